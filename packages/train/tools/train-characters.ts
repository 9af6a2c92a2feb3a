/**
 * Makes models/characters.bin: node --conditions=@llamero/source --import tsx packages/train/tools/train-characters.ts DATA.
 * Sources and credits: models/README.md.
 */
import { writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";

import { CHAR, charTables } from "../src/data/filters/char-classes.ts";
import { CHARACTER_MODEL_BITS, SURPRISE_STEPS, trigramSlot } from "../src/data/filters/character-model.ts";
import { readRows } from "./corpus.ts";

const folder = process.argv[2];
if (folder === undefined)
  throw new RangeError("No folder of training data: give the folder that holds pretrain/");
const { classes, fold } = charTables();
const trigrams = new Map<string, number>();
const contexts = new Map<string, number>();

function count(text: string, weight: number): void {
  let first = 32;
  let second = 32;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    let letter = classes[code]! >= CHAR.letter ? fold[code]! : 32;
    if (letter === 32 && (code === 0x27 || code === 0x2019)) letter = 0x27;
    if (letter === 32 && second === 32) continue;
    const context = String.fromCharCode(first, second);
    contexts.set(context, (contexts.get(context) ?? 0) + weight);
    const key = context + String.fromCharCode(letter);
    trigrams.set(key, (trigrams.get(key) ?? 0) + weight);
    first = second;
    second = letter;
  }
}

// Equal parts of the languages, so that none is surprising because it is rare.
for (const name of ["eltec_eng", "eltec_deu", "eltec_fra", "eltec_ita", "eltec_por", "eltec_spa"]) {
  let taken = 0;
  for await (const row of readRows(folder, name)) {
    const part = row.text.slice(2000, 42_000);
    count(part, 1);
    taken += part.length;
    if (taken > 2_000_000) break;
  }
}
for (const language of ["en", "de", "fr", "es", "it", "pt", "hi"]) {
  let taken = 0;
  for await (const row of readRows(folder, `libreoffice_help_${language}`)) {
    count(row.text, 1);
    taken += row.text.length;
    if (taken > 2_000_000) break;
  }
}
// The declaration is short: it stands for each further language and is all there is of Thai.
for await (const row of readRows(folder, "udhr2_all_languages")) count(row.text, row.lang === "th" ? 40 : 10);

const entries = new Uint16Array(1 << CHARACTER_MODEL_BITS);
const claims = new Float64Array(entries.length);
for (const [key, seen] of trigrams) {
  const hash = trigramSlot(key.charCodeAt(0), key.charCodeAt(1), key.charCodeAt(2));
  const slot = hash & (entries.length - 1);
  // The more frequent of two trigrams keeps the slot.
  if (claims[slot]! >= seen) continue;
  claims[slot] = seen;
  const bits = -Math.log2((seen * 0.98) / contexts.get(key.slice(0, 2))!);
  entries[slot] =
    (((hash >>> 24) & 255) << 8) | Math.max(1, Math.min(255, Math.round(bits * SURPRISE_STEPS)));
}
const packed = deflateSync(new Uint8Array(entries.buffer), { level: 9 });
writeFileSync(new URL("../models/characters.bin", import.meta.url), packed);
console.error(`${trigrams.size} trigrams, ${packed.length} bytes`);
