import { createRandom } from "../random.ts";

/** Characters of a passage: short enough for a context of 1,024 tokens, long enough to tell something. */
const minCharacters = 1200;
const maxCharacters = 3200;
/** Words counted as common, by rank in the passages themselves. */
const commonWords = 2500;

/** Cuts a long text into passages of whole paragraphs. */
export function cutPassages(text: string): string[] {
  const passages: string[] = [];
  let current = "";
  for (const line of text.split(/\n+/)) {
    const paragraph = line.trim();
    if (paragraph === "" || paragraph.length > maxCharacters || isHeading(paragraph)) continue;
    if (current.length + paragraph.length > maxCharacters && current.length >= minCharacters) {
      passages.push(current);
      current = "";
    }
    current = current === "" ? paragraph : `${current}\n\n${paragraph}`;
  }
  if (current.length >= minCharacters) passages.push(current);
  return passages.filter((passage) => passage.length <= 2 * maxCharacters);
}

const isHeading = (paragraph: string): boolean =>
  paragraph.length < 60 && !/[a-z]/.test(paragraph.replace(/[^\p{L}]/gu, ""));

const wordsOf = (text: string): string[] => text.toLowerCase().match(/\p{L}+/gu) ?? [];

/**
 * Passages of the plainest language, up to `bytes`: those where most words are among the most common ones of all.
 * A seeded choice among the plainest 40 of 100, so that not all are bare dialogue.
 */
export function plainestPassages(passages: readonly string[], bytes: number, seed: number): string[] {
  const counts = new Map<string, number>();
  for (const passage of passages)
    for (const word of wordsOf(passage)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const common = new Set(
    [...counts.entries()]
      .sort((a, b) => b[1] - a[1])
      .slice(0, commonWords)
      .map(([word]) => word),
  );
  const scored = passages.map((passage) => {
    const words = wordsOf(passage);
    return { passage, share: words.filter((word) => common.has(word)).length / Math.max(1, words.length) };
  });
  scored.sort((a, b) => b.share - a.share);
  const plain = scored.slice(0, Math.ceil(scored.length * 0.4)).map(({ passage }) => passage);
  const chosen: string[] = [];
  let total = 0;
  for (const passage of createRandom(seed).shuffle(plain)) {
    if (total >= bytes) break;
    chosen.push(passage);
    total += Buffer.byteLength(passage);
  }
  return chosen;
}
