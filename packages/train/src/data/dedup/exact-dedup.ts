import type { Json, Verdict } from "../document.ts";
import { readFilterOptions } from "../filters/filter-options.ts";
import type { GlobalStage } from "../stage.ts";
import { KeyMap } from "./key-map.ts";
import { loadWords, saveArray } from "./memory-file.ts";
import { hashDocument } from "./text-hash.ts";

/** `normalize: false` compares every character; otherwise case, punctuation and space do not count in prose. */
export const EXACT_DEDUP_DEFAULTS = { normalize: true } as const;

/** Keeps the first of equal texts. */
export function createExactDedup(written: Readonly<Record<string, Json>>): GlobalStage {
  const options = readFilterOptions("exact-dedup", written, EXACT_DEDUP_DEFAULTS);
  const seen = new KeyMap();
  return {
    kind: "global",
    name: "exact-dedup",
    version: 1,
    options,
    digest: (document) => hashDocument(document, !options.normalize) ?? new Uint32Array(0),
    decide(document, digest): Verdict {
      if (digest.length === 0) return { keep: true, document };
      const [low, high] = [digest[0]!, digest[1]!];
      if (seen.get(low, high) >= 0) return { keep: false, reason: "same text" };
      seen.set(low, high, 0);
      return { keep: true, document };
    },
    save: (folder) => saveArray(folder, "texts.bin", seen.pack()),
    async load(folder) {
      seen.unpack(await loadWords(folder, "texts.bin"));
    },
  };
}
