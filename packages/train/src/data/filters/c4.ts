import type { Json, Verdict } from "../document.ts";
import type { MapStage } from "../stage.ts";
import { below, isCode, readFilterOptions } from "./filter-options.ts";
import { scanText } from "./text-scan.ts";

/** Rules of C4 (section 2.2 of arXiv 1910.10683). Thai writes no terminal marks, so that rule skips it. */
export const C4_DEFAULTS = {
  terminalPunctuation: true,
  minWordsPerLine: 3,
  minSentences: 5,
  maxWordLength: 1000,
  dropCurlyBraces: true,
  dropLoremIpsum: true,
  dropScriptNotices: true,
  dropPolicyLines: true,
} as const;

const POLICY = [
  "terms of use",
  "privacy policy",
  "cookie policy",
  "uses cookies",
  "use of cookies",
  "use cookies",
];
const TERMINAL = new Set([..."।॥.!?。！？\"'”’»…"].map((char) => char.charCodeAt(0)));

/** ASCII search without regard to case and without a copy of the text. */
function indexOfFolded(text: string, wanted: string, from: number, to: number): number {
  const first = wanted.charCodeAt(0);
  const last = to - wanted.length;
  for (let at = from; at <= last; at++) {
    if ((text.charCodeAt(at) | 32) !== first) continue;
    let step = 1;
    while (step < wanted.length && (text.charCodeAt(at + step) | 32) === (wanted.charCodeAt(step) | 32))
      step++;
    if (step === wanted.length) return at;
  }
  return -1;
}

/** Keeps lines that end like sentences, and drops texts with marks of pages that are not prose. */
export function createC4(written: Readonly<Record<string, Json>>): MapStage {
  const options = readFilterOptions("c4", written, C4_DEFAULTS);
  return {
    kind: "map",
    name: "c4",
    version: 1,
    options,
    apply(document): Verdict {
      if (isCode(document)) return { keep: true, document };
      const { text } = document;
      if (options.dropCurlyBraces && text.includes("{")) return { keep: false, reason: "curly brace" };
      const lower = text.toLowerCase();
      if (options.dropLoremIpsum && lower.includes("lorem ipsum"))
        return { keep: false, reason: "lorem ipsum" };
      // Most texts hold none of these, so their lines need not be searched.
      const hasScript = options.dropScriptNotices && lower.includes("javascript");
      const hasPolicy = options.dropPolicyLines && POLICY.some((phrase) => lower.includes(phrase));
      const scan = scanText(text);
      const { numLines, numWords, lineStart, lineEnd, lineFirstWord, wordStart, wordEnd } = scan;
      const spaceless = 2 * scan.thaiLetters > scan.letters;
      let kept = "";
      let from = -1;
      let previous = -1;
      let numDropped = 0;
      for (let line = 0; line < numLines; line++) {
        const start = lineStart[line]!;
        const end = lineEnd[line]!;
        const first = lineFirstWord[line]!;
        const next = line + 1 < numLines ? lineFirstWord[line + 1]! : numWords;
        let stays = next - first >= options.minWordsPerLine;
        if (stays && options.terminalPunctuation && !spaceless) {
          stays =
            TERMINAL.has(text.charCodeAt(end - 1)) && !(end - start >= 3 && text.startsWith("...", end - 3));
        }
        for (let word = first; stays && word < next; word++)
          stays = wordEnd[word]! - wordStart[word]! <= options.maxWordLength;
        if (stays && hasScript) stays = indexOfFolded(text, "javascript", start, end) < 0;
        if (stays && hasPolicy) stays = POLICY.every((phrase) => indexOfFolded(text, phrase, start, end) < 0);
        if (stays) {
          if (from < 0) from = start;
          previous = end;
        } else {
          numDropped++;
          if (from >= 0) kept += `${kept === "" ? "" : "\n"}${text.slice(from, previous)}`;
          from = -1;
        }
      }
      if (from >= 0) kept += `${kept === "" ? "" : "\n"}${text.slice(from, previous)}`;
      if (kept === "") return { keep: false, reason: "no line of prose", detail: `${numLines} lines` };
      const whole = numDropped === 0 ? text : kept;
      const sentences = spaceless ? options.minSentences : scanText(whole).sentenceEnds;
      if (sentences < options.minSentences) {
        return { keep: false, reason: "too few sentences", detail: below(sentences, options.minSentences) };
      }
      if (numDropped === 0) return { keep: true, document };
      return { keep: true, document: { ...document, text: whole }, changed: `${numDropped} lines` };
    },
  };
}
