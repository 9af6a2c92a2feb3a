/** Words in a row that two texts do not share by chance. */
const runWords = 20;

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function* runsOf(text: string): Generator<string> {
  const words = wordsOf(text);
  for (let at = 0; at + runWords <= words.length; at++) yield words.slice(at, at + runWords).join(" ");
}

/** Finds texts again in others, by twenty words in a row. */
export class SharedRuns {
  readonly #owners = new Map<string, number>();

  constructor(texts: readonly string[]) {
    for (const [index, text] of texts.entries()) for (const run of runsOf(text)) this.#owners.set(run, index);
  }

  /** Whether the text repeats a part of one of the texts. */
  isIn(text: string): boolean {
    for (const run of runsOf(text)) if (this.#owners.has(run)) return true;
    return false;
  }

  /** Which of the texts are repeated in part. */
  indexesIn(texts: readonly string[]): Set<number> {
    const found = new Set<number>();
    for (const text of texts)
      for (const run of runsOf(text)) {
        const owner = this.#owners.get(run);
        if (owner !== undefined) found.add(owner);
      }
    return found;
  }
}
