import type { Row } from "../task.ts";
import { HashTable } from "./hash-table.ts";
import { hashesOfWords, normalWords } from "./ngrams.ts";

/** Words of a run that makes an item suspicious by itself (GPT-3 and the decontamination of Llama's data). */
export const longGram = 13;
/** Words of the runs whose share of an item is reported (Llama 3 paper, section 5.1.4). */
export const shortGram = 8;

/** What the corpus holds of one item. */
export interface ItemOverlap {
  index: number;
  /** Share of the item's words that are in a run of 8 words that the corpus has too. */
  share: number;
  /** Whether the corpus has a run of 13 words of it. */
  hasLongGram: boolean;
}

/** What the corpus holds of a set. */
export interface ContaminationReport {
  task: string;
  numItems: number;
  /** Items of fewer than 8 words in each of their texts: nothing can be said about them. */
  numTooShort: number;
  /** Items with a run of 13 words in the corpus. */
  numWithLongGram: number;
  /** Items whose share is at least the threshold. */
  numAboveThreshold: number;
  threshold: number;
  /** Mean share over the items that are long enough. */
  meanShare: number;
  /** Items with either, most overlapping first. */
  contaminated: readonly ItemOverlap[];
}

/** Texts of all sets, to be held against a corpus that streams by. */
export class ContaminationCheck {
  readonly #grams = { long: new HashTable(), short: new HashTable() };
  readonly #sets: { task: string; items: string[][][] }[] = [];
  /** Words of the corpus so far. */
  numWords = 0;
  numDocuments = 0;

  /** Adds the records of a set; every text in a record counts, each by itself. */
  addSet(task: string, rows: readonly Row[]): void {
    const items = rows.map((row) => {
      const texts: string[][] = [];
      const { _file: _, ...fields } = row;
      collect(fields, texts);
      return texts;
    });
    for (const words of items.flat()) {
      for (const hash of hashesOfWords(words, longGram)) this.#grams.long.add(hash);
      for (const hash of hashesOfWords(words, shortGram)) this.#grams.short.add(hash);
    }
    this.#sets.push({ task, items });
  }

  /** Adds a document of the corpus. */
  addDocument(text: string): void {
    const words = normalWords(text);
    this.numWords += words.length;
    this.numDocuments++;
    for (const hash of hashesOfWords(words, longGram)) this.#grams.long.mark(hash);
    for (const hash of hashesOfWords(words, shortGram)) this.#grams.short.mark(hash);
  }

  /** What was found of each set. Llama 3 sets a threshold for each set; a single one is the simple way. */
  report({ threshold = 0.7 }: { threshold?: number } = {}): ContaminationReport[] {
    return this.#sets.map(({ task, items }) => {
      const overlaps = items.map((texts, index) => this.#overlap(texts, index));
      const known = overlaps.filter((each) => each !== null);
      const contaminated = known
        .filter(({ share, hasLongGram }) => hasLongGram || share >= threshold)
        .sort((a, b) => b.share - a.share || a.index - b.index);
      return {
        task,
        numItems: items.length,
        numTooShort: items.length - known.length,
        numWithLongGram: known.filter(({ hasLongGram }) => hasLongGram).length,
        numAboveThreshold: known.filter(({ share }) => share >= threshold).length,
        threshold,
        meanShare: known.length === 0 ? 0 : known.reduce((sum, { share }) => sum + share, 0) / known.length,
        contaminated,
      };
    });
  }

  #overlap(texts: readonly string[][], index: number): ItemOverlap | null {
    const long = texts.filter((words) => words.length >= shortGram);
    if (long.length === 0) return null;
    let numCovered = 0;
    let numWords = 0;
    let hasLongGram = false;
    for (const words of long) {
      numWords += words.length;
      // Words before this one are counted already.
      let countedTo = 0;
      hashesOfWords(words, shortGram).forEach((hash, at) => {
        if (!this.#grams.short.isMarked(hash)) return;
        numCovered += at + shortGram - Math.max(countedTo, at);
        countedTo = at + shortGram;
      });
      hasLongGram ||= hashesOfWords(words, longGram).some((hash) => this.#grams.long.isMarked(hash));
    }
    return { index, share: numCovered / numWords, hasLongGram };
  }
}

function collect(value: unknown, texts: string[][]): void {
  if (typeof value === "string") texts.push(normalWords(value));
  else if (typeof value === "object" && value !== null)
    for (const each of Object.values(value)) collect(each, texts);
}
