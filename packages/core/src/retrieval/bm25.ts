/** A document and how well it fits. */
export interface Scored {
  id: string;
  score: number;
}

/** Words of a text as they are compared: lower case, without marks; Chinese, Japanese and Thai as pairs of signs. */
export function searchTerms(text: string): string[] {
  const plain = text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase();
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).flatMap((word) => {
    if (!/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word)) return [word];
    const signs = [...word];
    return signs.length === 1 ? signs : signs.slice(1).map((sign, at) => signs[at]! + sign);
  });
}

/** Best-match ranking (Okapi BM25, k1 = 1.2, b = 0.75) of documents that come and go. */
export class Bm25 {
  /** Term -> document -> how often. */
  readonly #postings = new Map<string, Map<string, number>>();
  readonly #terms = new Map<string, readonly string[]>();
  #numTerms = 0;

  get size(): number {
    return this.#terms.size;
  }

  /** Takes a document up, in place of an earlier one of the id. */
  add(id: string, text: string): void {
    this.remove(id);
    const terms = searchTerms(text);
    this.#terms.set(id, terms);
    this.#numTerms += terms.length;
    for (const term of terms) {
      const documents = this.#postings.get(term) ?? new Map<string, number>();
      this.#postings.set(term, documents.set(id, (documents.get(id) ?? 0) + 1));
    }
  }

  remove(id: string): void {
    const terms = this.#terms.get(id);
    if (terms === undefined) return;
    this.#terms.delete(id);
    this.#numTerms -= terms.length;
    for (const term of terms) {
      const documents = this.#postings.get(term);
      documents?.delete(id);
      if (documents?.size === 0) this.#postings.delete(term);
    }
  }

  /** The best documents that have a word of the query, the best first; equals by id. */
  search(query: string, limit: number, accepts: (id: string) => boolean = () => true): Scored[] {
    const average = this.#numTerms / Math.max(1, this.size);
    const scores = new Map<string, number>();
    for (const term of new Set(searchTerms(query))) {
      const documents = this.#postings.get(term);
      if (documents === undefined) continue;
      const weight = Math.log(1 + (this.size - documents.size + 0.5) / (documents.size + 0.5));
      for (const [id, times] of documents) {
        if (!accepts(id)) continue;
        const length = this.#terms.get(id)!.length / average;
        const gain = (times * 2.2) / (times + 1.2 * (0.25 + 0.75 * length));
        scores.set(id, (scores.get(id) ?? 0) + weight * gain);
      }
    }
    const all = [...scores].map(([id, score]) => ({ id, score }));
    return all.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, limit);
  }
}

/** One ranking of several (reciprocal rank fusion); scores are from 0 to 1, which is first in each of them. */
export function fuseRankings(rankings: readonly (readonly Scored[])[], smoothing = 60): Scored[] {
  const scores = new Map<string, number>();
  for (const ranking of rankings) {
    for (const [rank, { id }] of ranking.entries()) {
      const part = (smoothing + 1) / (smoothing + rank + 1) / rankings.length;
      scores.set(id, (scores.get(id) ?? 0) + part);
    }
  }
  return [...scores]
    .map(([id, score]) => ({ id, score }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

/** One ranking of several by their scores, each spread over 0 to 1 and weighted; who is missing in one has 0 there. */
export function fuseWeighted(rankings: readonly (readonly Scored[])[], weights: readonly number[]): Scored[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (weights.length !== rankings.length || weights.some((weight) => !(weight >= 0)) || !(total > 0)) {
    throw new RangeError(
      `The weights are ${weights.join(", ")}; give ${rankings.length}, none below 0 and not all 0`,
    );
  }
  const scores = new Map<string, number>();
  for (const [at, ranking] of rankings.entries()) {
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (const { score } of ranking) {
      least = Math.min(least, score);
      most = Math.max(most, score);
    }
    for (const { id, score } of ranking) {
      const share = most === least ? 1 : (score - least) / (most - least);
      scores.set(id, (scores.get(id) ?? 0) + (share * weights[at]!) / total);
    }
  }
  return [...scores]
    .map(([id, score]) => ({ id, score }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}
