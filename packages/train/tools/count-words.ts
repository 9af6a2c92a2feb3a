/**
 * Makes models/words.bin: node --conditions=@llamero/source --import tsx packages/train/tools/count-words.ts DATA.
 * Sources and credits: models/README.md.
 */
import { writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";

import { scanText } from "../src/data/filters/text-scan.ts";
import {
  REFERENCE_LANGUAGES,
  REFERENCE_STEPS,
  WORD_BUCKET_BITS,
  wordBucket,
} from "../src/data/filters/word-distribution.ts";
import { readRows } from "./corpus.ts";

const folder = process.argv[2];
if (folder === undefined)
  throw new RangeError("No folder of training data: give the folder that holds pretrain/");
const BUCKETS = 1 << WORD_BUCKET_BITS;
const NOVELS: Readonly<Record<string, string>> = {
  en: "eltec_eng",
  de: "eltec_deu",
  fr: "eltec_fra",
  it: "eltec_ita",
  pt: "eltec_por",
  es: "eltec_spa",
};
const table = new Uint8Array(BUCKETS * REFERENCE_LANGUAGES.length);
for (const [row, language] of REFERENCE_LANGUAGES.entries()) {
  const counts = new Float64Array(BUCKETS).fill(0.5);
  let total = BUCKETS / 2;
  const sources = [NOVELS[language], `libreoffice_help_${language}`].filter((name) => name !== undefined);
  for (const name of sources) {
    let taken = 0;
    for await (const entry of readRows(folder, name)) {
      const scan = scanText(entry.text.slice(0, 60_000));
      for (let word = 0; word < scan.numWords; word++) {
        if (scan.wordHash[word] === 0) continue;
        counts[wordBucket(scan.wordHash[word]!)]!++;
        total++;
      }
      taken += Math.min(entry.text.length, 60_000);
      if (taken > 3_000_000) break;
    }
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    table[row * BUCKETS + bucket] = Math.min(
      255,
      Math.round(-Math.log2(counts[bucket]! / total) * REFERENCE_STEPS),
    );
  }
}
const packed = deflateSync(table, { level: 9 });
writeFileSync(new URL("../models/words.bin", import.meta.url), packed);
console.error(`${packed.length} bytes`);
