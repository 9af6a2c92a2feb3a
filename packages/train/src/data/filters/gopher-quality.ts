import type { Json } from "../document.ts";
import type { MapStage } from "../stage.ts";
import { charTables } from "./char-classes.ts";
import { above, below, filterStage, isCode, type Reason, readFilterOptions } from "./filter-options.ts";
import { STOP_WORDS, THAI_STOP_WORDS } from "./stop-words.ts";
import { scanText, type TextScan } from "./text-scan.ts";

/** Thresholds of table A1 in the Gopher paper (arXiv 2112.11446); Thai groups of signs are shorter than words. */
export const GOPHER_QUALITY_DEFAULTS = {
  minWords: 50,
  maxWords: 100_000,
  minMeanWordLength: 3,
  maxMeanWordLength: 10,
  maxSymbolsPerWord: 0.1,
  maxBulletLines: 0.9,
  maxEllipsisLines: 0.3,
  minAlphabeticWords: 0.8,
  minStopWords: 2,
} as const;

function hashWord(word: string): number {
  const { fold } = charTables();
  let hash = 0;
  for (let at = 0; at < word.length; at++)
    hash = Math.imul(hash ^ fold[word.charCodeAt(at)]!, 0x01000193) + 0x2f0b4a27;
  return hash | 0;
}

let stopHashes: { languages: string[]; masks: Map<number, number> } | null = null;

function stopTable(): { languages: string[]; masks: Map<number, number> } {
  if (stopHashes !== null) return stopHashes;
  const languages = Object.keys(STOP_WORDS);
  const masks = new Map<number, number>();
  for (const [at, language] of languages.entries()) {
    for (const word of STOP_WORDS[language]!.split(" ")) {
      const hash = hashWord(word);
      masks.set(hash, (masks.get(hash) ?? 0) | (1 << at));
    }
  }
  stopHashes = { languages, masks };
  return stopHashes;
}

/** Occurrences of stop words, counted up to `enough`: of one language, or the most of any where none is known. */
export function countStopWords(scan: TextScan, language: string | null, enough: number): number {
  if (2 * scan.thaiLetters > scan.letters) {
    let count = 0;
    for (const word of THAI_STOP_WORDS) {
      for (let at = scan.text.indexOf(word); at >= 0 && count < enough; at = scan.text.indexOf(word, at + 1))
        count++;
    }
    return count;
  }
  const { languages, masks } = stopTable();
  const wanted = language === null ? -1 : languages.indexOf(language);
  const mask = wanted < 0 ? -1 : 1 << wanted;
  const counts = new Int32Array(languages.length);
  let most = 0;
  for (let word = 0; word < scan.numWords && most < enough; word++) {
    const length = scan.wordEnd[word]! - scan.wordStart[word]!;
    if (length > 8) continue;
    const found = (masks.get(scan.wordHash[word]!) ?? 0) & mask;
    if (found === 0) continue;
    for (let at = 0; at < languages.length; at++) {
      if ((found & (1 << at)) !== 0 && ++counts[at]! > most) most = counts[at]!;
    }
  }
  return most;
}

/** Drops texts whose words, symbols and lines are not those of prose. */
export function createGopherQuality(written: Readonly<Record<string, Json>>): MapStage {
  const options = readFilterOptions("gopher-quality", written, GOPHER_QUALITY_DEFAULTS);
  return filterStage("gopher-quality", options, (document): Reason => {
    if (isCode(document)) return null;
    const scan = scanText(document.text);
    const words = scan.numWords;
    if (words < options.minWords) return { reason: "too few words", detail: below(words, options.minWords) };
    if (words > options.maxWords) return { reason: "too many words", detail: above(words, options.maxWords) };
    const spaceless = 2 * scan.thaiLetters > scan.letters;
    const mean = scan.wordCharacters / words;
    const shortest = spaceless ? Math.min(1, options.minMeanWordLength) : options.minMeanWordLength;
    if (mean < shortest) return { reason: "words too short", detail: below(mean, shortest) };
    if (mean > options.maxMeanWordLength)
      return { reason: "words too long", detail: above(mean, options.maxMeanWordLength) };
    const symbols = Math.max(scan.hashSigns, scan.ellipses) / words;
    if (symbols > options.maxSymbolsPerWord)
      return { reason: "too many symbols", detail: above(symbols, options.maxSymbolsPerWord) };
    const bullets = scan.bulletLines / scan.numLines;
    if (bullets > options.maxBulletLines)
      return { reason: "too many bullets", detail: above(bullets, options.maxBulletLines) };
    const ellipses = scan.ellipsisLines / scan.numLines;
    if (ellipses > options.maxEllipsisLines)
      return { reason: "too many ellipses", detail: above(ellipses, options.maxEllipsisLines) };
    const alphabetic = scan.alphabeticWords / words;
    if (alphabetic < options.minAlphabeticWords)
      return { reason: "too few letters", detail: below(alphabetic, options.minAlphabeticWords) };
    const found = document.meta["language"];
    const language = typeof found === "string" ? found : null;
    if (language === "other") return null;
    const stops = countStopWords(scan, language, options.minStopWords);
    return stops < options.minStopWords
      ? { reason: "too few stop words", detail: below(stops, options.minStopWords) }
      : null;
  });
}
