import type { Json } from "../document.ts";
import type { MapStage } from "../stage.ts";
import { loadCharacterModel } from "./character-model.ts";
import { above, filterStage, isCode, type Reason, readFilterOptions } from "./filter-options.ts";
import { scanText } from "./text-scan.ts";

/** `maxBits` is the surprise above which a piece is gibberish; a text goes when `maxShare` of its characters is such. */
export const GIBBERISH_DEFAULTS = { maxBits: 4.7, maxShare: 0.3 } as const;

/** Characters a piece has: long enough to judge, short enough to find a bad paragraph. */
const PIECE = 240;
const MIN_LETTERS = 12;

/** Share of the characters in pieces that no language of the model would write, and the most surprising piece's bits. */
export function measureGibberish(text: string, maxBits: number): { share: number; worst: number } {
  const model = loadCharacterModel();
  const scan = scanText(text);
  const { numLines, lineStart, lineEnd } = scan;
  let judged = 0;
  let bad = 0;
  let worst = 0;
  for (let line = 0; line < numLines; ) {
    const start = lineStart[line]!;
    let end = lineEnd[line++]!;
    while (line < numLines && end - start < PIECE) end = lineEnd[line++]!;
    for (let from = start; from < end; ) {
      const to = end - from < 2 * PIECE ? end : from + PIECE;
      const bits = model.surprise(text, from, to, MIN_LETTERS);
      if (bits !== null) {
        judged += to - from;
        if (bits > worst) worst = bits;
        if (bits > maxBits) bad += to - from;
      }
      from = to;
    }
  }
  return { share: judged === 0 ? 0 : bad / judged, worst };
}

/**
 * Drops texts whose letters follow each other as in no language: random keys, shuffled letters, encoded bytes, broken
 * encodings. Well-spelled words in a senseless order are not found.
 */
export function createGibberish(written: Readonly<Record<string, Json>>): MapStage {
  const options = readFilterOptions("gibberish", written, GIBBERISH_DEFAULTS);
  loadCharacterModel();
  return filterStage("gibberish", options, (document): Reason => {
    if (isCode(document)) return null;
    const { share, worst } = measureGibberish(document.text, options.maxBits);
    if (share <= options.maxShare) return null;
    return {
      reason: "gibberish",
      detail: `share ${above(share, options.maxShare)}; worst piece ${worst.toFixed(1)} bits a letter`,
    };
  });
}
