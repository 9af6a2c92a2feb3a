import type { Json, Verdict } from "../document.ts";
import { isCode, readFilterOptions } from "../filters/filter-options.ts";
import { scanText } from "../filters/text-scan.ts";
import type { GlobalStage } from "../stage.ts";
import { LineCounter } from "./line-counter.ts";
import { loadWords, saveArray } from "./memory-file.ts";
import { mixPair } from "./text-hash.ts";

/** As Llama 3 has it: lines seen more than 6 times in 30 million documents. `memoryMegabytes` is all that counts take. */
export const LINE_DEDUP_DEFAULTS = {
  maxCount: 6,
  bucketDocuments: 30_000_000,
  memoryMegabytes: 256,
} as const;

const WORDS_PER_LINE = 4;

/**
 * Drops lines that were seen too often; the first `maxCount` stay, as their documents are written before the count is
 * known. Lines are compared by letters and digits; those without any, and program text, pass.
 */
export function createLineDedup(written: Readonly<Record<string, Json>>): GlobalStage {
  const options = readFilterOptions("line-dedup", written, LINE_DEDUP_DEFAULTS);
  const { maxCount, bucketDocuments, memoryMegabytes } = options;
  if (!(maxCount >= 1 && maxCount <= 254))
    throw new SyntaxError(`line-dedup: maxCount takes 1 to 254, not ${maxCount}`);
  if (!(memoryMegabytes >= 1 && memoryMegabytes <= 8192))
    throw new SyntaxError(`line-dedup: memoryMegabytes takes 1 to 8192, not ${memoryMegabytes}`);
  // Only the place that decides needs it; workers digest alone.
  let counter: LineCounter | null = null;
  let documents = 0;
  const count = (): LineCounter => {
    counter ??= new LineCounter(memoryMegabytes * 2 ** 20);
    return counter;
  };
  return {
    kind: "global",
    name: "line-dedup",
    version: 1,
    options,
    /** A line: two words of hash (both 0: not compared), its start and its end. */
    digest(document) {
      if (isCode(document)) return new Uint32Array(0);
      const { numLines, numWords, lineFirstWord, lineStart, lineEnd, wordHash } = scanText(document.text);
      const digest = new Uint32Array(WORDS_PER_LINE * numLines);
      const pair = new Int32Array(2);
      for (let line = 0; line < numLines; line++) {
        const next = line + 1 < numLines ? lineFirstWord[line + 1]! : numWords;
        pair[0] = 0x811c9dc5;
        pair[1] = 0x2545f491;
        let words = 0;
        for (let word = lineFirstWord[line]!; word < next; word++) {
          if (wordHash[word] === 0) continue;
          mixPair(pair, wordHash[word]!);
          words++;
        }
        const at = WORDS_PER_LINE * line;
        if (words > 0) {
          digest[at] = pair[0]!;
          digest[at + 1] = pair[1]! | 256;
        }
        digest[at + 2] = lineStart[line]!;
        digest[at + 3] = lineEnd[line]!;
      }
      return digest;
    },
    decide(document, digest): Verdict {
      if (digest.length === 0) return { keep: true, document };
      if (documents > 0 && documents % bucketDocuments === 0) count().slots.fill(0);
      documents++;
      const { text } = document;
      const lines = digest.length / WORDS_PER_LINE;
      const stays = new Uint8Array(lines);
      let numDropped = 0;
      for (let line = 0; line < lines; line++) {
        const at = WORDS_PER_LINE * line;
        const isCounted = digest[at + 1] !== 0;
        if (isCounted && count().add(digest[at]!, digest[at + 1]!) > maxCount) numDropped++;
        else stays[line] = 1;
      }
      if (numDropped === 0) return { keep: true, document };
      const detail = `${numDropped} of ${lines} lines`;
      if (numDropped === lines) return { keep: false, reason: "only frequent lines", detail };
      // A dropped line takes its leading space and line feed with it.
      let kept = "";
      let from = 0;
      for (let line = 0; line < lines; line++) {
        const end = digest[WORDS_PER_LINE * line + 3]!;
        if (stays[line] === 1) kept += text.slice(from, end);
        from = end;
      }
      return { keep: true, document: { ...document, text: kept.replace(/^\s*\n/, "") }, changed: detail };
    },
    async save(folder) {
      await saveArray(folder, "lines.bin", count().slots);
      await saveArray(folder, "documents.bin", new Uint32Array([documents]));
    },
    async load(folder) {
      const slots = await loadWords(folder, "lines.bin");
      if (slots.length !== count().slots.length)
        throw new SyntaxError(`${folder} holds ${slots.length} counts, ${count().slots.length} are expected`);
      count().slots.set(slots);
      documents = (await loadWords(folder, "documents.bin"))[0]!;
    },
  };
}
