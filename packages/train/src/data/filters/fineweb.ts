import type { Json } from "../document.ts";
import type { MapStage } from "../stage.ts";
import { above, below, filterStage, isCode, type Reason, readFilterOptions } from "./filter-options.ts";
import { measureDuplicateLines } from "./gopher-repetition.ts";
import { scanText } from "./text-scan.ts";

/** Thresholds of FineWeb (section 3.6 of arXiv 2406.17557): lists and menus have many short lines without an end mark. */
export const FINEWEB_DEFAULTS = {
  minTerminalLines: 0.12,
  maxShortLines: 0.67,
  shortLineLength: 30,
  maxDuplicateLineCharacters: 0.1,
  maxNewLinesPerWord: 0.3,
} as const;

/** Drops lists, menus and tables of contents. */
export function createFineweb(written: Readonly<Record<string, Json>>): MapStage {
  const options = readFilterOptions("fineweb", written, FINEWEB_DEFAULTS);
  return filterStage("fineweb", options, (document): Reason => {
    if (isCode(document)) return null;
    const scan = scanText(document.text);
    const { numLines, lineStart, lineEnd } = scan;
    if (numLines === 0) return { reason: "empty", detail: "no line" };
    const terminal = scan.terminalLines / numLines;
    if (terminal < options.minTerminalLines && 2 * scan.thaiLetters <= scan.letters) {
      return { reason: "lines without an end mark", detail: below(terminal, options.minTerminalLines) };
    }
    let short = 0;
    for (let line = 0; line < numLines; line++)
      if (lineEnd[line]! - lineStart[line]! <= options.shortLineLength) short++;
    if (short / numLines > options.maxShortLines)
      return { reason: "short lines", detail: above(short / numLines, options.maxShortLines) };
    const repeated = measureDuplicateLines(scan).lineCharacters;
    if (repeated > options.maxDuplicateLineCharacters) {
      return {
        reason: "characters of duplicate lines",
        detail: above(repeated, options.maxDuplicateLineCharacters),
      };
    }
    const feeds = scan.newLines / Math.max(scan.numWords, 1);
    return feeds > options.maxNewLinesPerWord
      ? { reason: "new lines", detail: above(feeds, options.maxNewLinesPerWord) }
      : null;
  });
}
