import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Json, Verdict } from "../document.ts";
import { charTables } from "../filters/char-classes.ts";
import { above, readFilterOptions } from "../filters/filter-options.ts";
import { scanText, type TextScan } from "../filters/text-scan.ts";
import { ADULT_WORDS } from "../filters/word-list.ts";
import type { MapStage } from "../stage.ts";
import { findDomain, readDomains } from "./domains.ts";
import {
  CONTEXT_WORDS,
  SAFETY_CATEGORIES,
  SAFETY_PHRASES,
  type SafetyCategory,
  THAI_SAFETY_PHRASES,
} from "./phrases.ts";

/** More than `maxCount` weighted hits of a category that are also more than `maxPerThousand` words drop a text. */
export const SAFETY_DEFAULTS = {
  categories: SAFETY_CATEGORIES as readonly string[],
  maxCount: 2,
  maxPerThousand: 4,
  /** Phrases of the user's own; they count in every category's place as "own". */
  phrases: [] as readonly string[],
} as const;

type Category = SafetyCategory | "own";

interface Phrase {
  category: Category;
  hashes: number[];
}

/**
 * Drops texts whose words offer pornography, gambling, instructions to kill or spam, and pages of the domains in the file
 * `domains`. It counts phrases: what is said in other words passes, and so do most single sentences.
 */
export function createSafety(written: Readonly<Record<string, Json>>, context: { folder: string }): MapStage {
  const { domains: file, ...rest } = written;
  const options = readFilterOptions("safety", rest, SAFETY_DEFAULTS);
  const stranger = options.categories.find((name) => !SAFETY_CATEGORIES.includes(name as SafetyCategory));
  if (stranger !== undefined)
    throw new SyntaxError(
      `safety: categories takes a list out of ${SAFETY_CATEGORIES.join(", ")}, not ${JSON.stringify(stranger)}`,
    );
  if (file !== undefined && typeof file !== "string")
    throw new SyntaxError(`safety: domains takes a path, not ${JSON.stringify(file)}`);
  const path = file === undefined ? null : resolve(context.folder, file);
  const domains = path === null ? null : readDomains(path);
  const categories = options.categories as readonly SafetyCategory[];
  const phrases = indexPhrases(categories, options.phrases);
  const about = new Set(CONTEXT_WORDS.split(" ").map(hashWord));
  const sha256 =
    path === null ? {} : { domainsSha256: createHash("sha256").update(readFileSync(path)).digest("hex") };
  return {
    kind: "map",
    name: "safety",
    version: 1,
    options: { ...options, ...sha256 },
    apply(document): Verdict {
      if (domains !== null && document.url !== undefined) {
        const name = findDomain(document.url, domains);
        if (name !== null) return { keep: false, reason: "blocked domain", detail: name };
      }
      const scan = scanText(document.text);
      const counts = countPhrases(scan, phrases);
      for (const category of categories) {
        if (scan.thaiLetters === 0) break;
        for (const phrase of THAI_SAFETY_PHRASES[category]) {
          const times = document.text.split(phrase).length - 1;
          if (times > 0) counts.set(category, (counts.get(category) ?? 0) + times);
        }
      }
      if (counts.size === 0) return { keep: true, document };
      const weight = 1 / (1 + countKinds(scan, about) / 3);
      for (const [category, count] of counts) {
        const weighted = count * weight;
        const density = (1000 * weighted) / Math.max(scan.numWords, 1);
        if (weighted > options.maxCount && density > options.maxPerThousand) {
          const detail = `${count} phrases; ${above(density, options.maxPerThousand)} in 1,000 words`;
          return { keep: false, reason: `unsafe: ${category}`, detail };
        }
      }
      return { keep: true, document };
    },
  };
}

/** As the scan of a text hashes a word. */
function hashWord(word: string): number {
  const { classes, fold } = charTables();
  let hash = 0;
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at);
    if (classes[code]! >= 2) hash = (Math.imul(hash ^ fold[code]!, 0x01000193) + 0x2f0b4a27) | 0;
  }
  return hash;
}

function indexPhrases(categories: readonly SafetyCategory[], own: readonly string[]): Map<number, Phrase[]> {
  const index = new Map<number, Phrase[]>();
  const add = (category: Category, phrase: string): void => {
    const hashes = phrase.trim().split(/\s+/).map(hashWord);
    const entries = index.get(hashes[0]!) ?? [];
    entries.push({ category, hashes });
    index.set(hashes[0]!, entries);
  };
  for (const category of categories) {
    for (const phrase of SAFETY_PHRASES[category].split("|")) add(category, phrase);
    if (category === "adult") for (const word of ADULT_WORDS) add(category, word);
  }
  for (const phrase of own) add("own", phrase);
  return index;
}

function countPhrases(
  { numWords, wordHash }: TextScan,
  index: ReadonlyMap<number, Phrase[]>,
): Map<Category, number> {
  const counts = new Map<Category, number>();
  for (let word = 0; word < numWords; word++) {
    const entries = index.get(wordHash[word]!);
    if (entries === undefined) continue;
    for (const { category, hashes } of entries) {
      if (!hashes.every((hash, step) => word + step < numWords && wordHash[word + step] === hash)) continue;
      counts.set(category, (counts.get(category) ?? 0) + 1);
    }
  }
  return counts;
}

/** How many different words of a set stand in a text. */
function countKinds({ numWords, wordHash }: TextScan, words: ReadonlySet<number>): number {
  const found = new Set<number>();
  for (let word = 0; word < numWords; word++) if (words.has(wordHash[word]!)) found.add(wordHash[word]!);
  return found.size;
}
