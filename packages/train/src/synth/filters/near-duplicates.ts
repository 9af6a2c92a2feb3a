import { createMinhash } from "../../data/dedup/minhash.ts";
import type { GlobalStage } from "../../data/stage.ts";

/** Tells prompts that came before, or nearly: MinHash over pairs of words, exact for prompts of few words. */
export class NearDuplicates {
  readonly #exact = new Set<string>();
  readonly #stage: GlobalStage;

  constructor(threshold: number) {
    this.#stage = createMinhash({ ngram: 2, threshold });
  }

  /** Why the prompt is a duplicate; null where it is new, and it is remembered. */
  check(prompt: string): string | null {
    const key = prompt
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}]+/gu, " ")
      .trim();
    if (this.#exact.has(key)) return "the same as one before";
    const document = { id: "", text: prompt, source: "", meta: {} };
    const verdict = this.#stage.decide(document, this.#stage.digest(document));
    if (!verdict.keep) return verdict.detail ?? verdict.reason;
    this.#exact.add(key);
    return null;
  }
}
