/**
 * Makes models/language.bin: node --conditions=@llamero/source --import tsx packages/train/tools/train-language.ts DATA
 * [--without=CODE,CODE]. Sources and credits: models/README.md.
 */
import { writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";

import { LANGUAGE_CLASSES, type Language } from "../src/data/language/classes.ts";
import {
  BUCKET_BITS,
  createLanguageFeatures,
  extractLanguageFeatures,
} from "../src/data/language/features.ts";
import { createRandom, cutPiece, readRows } from "./corpus.ts";

const folder = process.argv[2];
if (folder === undefined)
  throw new RangeError("No folder of training data: give the folder that holds pretrain/");
const output = process.env["LLAMERO_LANGUAGE_MODEL"] ?? new URL("../models/language.bin", import.meta.url);
const without = new Set((process.argv.find((a) => a.startsWith("--without="))?.slice(10) ?? "").split(","));

const NUM_CLASSES = 16;
const EPOCHS = Number(process.env["EPOCHS"] ?? 4);
const random = createRandom(7);
const features = createLanguageFeatures(1200);
let buckets = new Uint32Array(1 << 22);
let used = 0;
const starts: number[] = [0];
const labels: number[] = [];

function addSample(text: string, label: number): void {
  let piece = text;
  const draw = random();
  // Keyboards without accents; telegraph style without apostrophes.
  if (LANGUAGE_CLASSES[label]!.script === "latin" && draw < 0.12)
    piece = piece.normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  extractLanguageFeatures(piece, 0, Math.min(piece.length, 1000), features);
  if (features.length < 8) return;
  if (used + features.length > buckets.length) {
    const larger = new Uint32Array(2 * buckets.length);
    larger.set(buckets);
    buckets = larger;
  }
  buckets.set(features.buckets.subarray(0, features.length), used);
  used += features.length;
  starts.push(used);
  labels.push(label);
}

function labelOf(code: string, text: string): number {
  const named = LANGUAGE_CLASSES.findIndex((entry) => entry.codes.split(" ").includes(code));
  if (named >= 0) return named;
  const script = (text.match(/[\u0900-\u097f]/g)?.length ?? 0) > text.length / 4 ? "devanagari" : "latin";
  if ((text.match(/\p{Script=Latin}/gu)?.length ?? 0) < text.length / 4 && script === "latin") return -1;
  return LANGUAGE_CLASSES.findIndex((entry) => entry.codes === "" && entry.script === script);
}

const rowOf = (language: Language): number =>
  LANGUAGE_CLASSES.findIndex((entry) => entry.language === language);

const NOVELS: readonly [string, Language][] = [
  ["eltec_eng", "en"],
  ["eltec_deu", "de"],
  ["eltec_fra", "fr"],
  ["eltec_ita", "it"],
  ["eltec_por", "pt"],
  ["eltec_spa", "es"],
];
for (const [name, language] of NOVELS) {
  let count = 0;
  for await (const row of readRows(folder, name)) {
    const target = Math.min(60000, count + 640);
    while (count < target) {
      addSample(cutPiece(row.text, random), rowOf(language));
      count++;
    }
    if (count >= 60000) break;
  }
}
for (const language of ["en", "de", "fr", "it", "pt", "es", "hi"] as const) {
  let count = 0;
  for await (const row of readRows(folder, `libreoffice_help_${language}`)) {
    // The Hindi help holds untranslated pages.
    const lines = row.text
      .split("\n")
      .filter((line) => line.length >= 15 && (language !== "hi" || /[\u0900-\u097f]{3}/.test(line)));
    for (let pick = 0; pick < 14 && lines.length > 0 && count < 16000; pick++, count++) {
      const line = lines[Math.floor(random() * lines.length)]!;
      if (language === "hi" && (line.match(/[\u0900-\u097f]/g)?.length ?? 0) < line.length / 3) continue;
      addSample(cutPiece(line, random), rowOf(language));
    }
  }
}
for (const name of ["python_docs_rst", "rust_books", "factbook"]) {
  let count = 0;
  for await (const row of readRows(folder, name)) {
    const lines = row.text
      .split("\n")
      .filter((line) => /^[\p{L}\p{P}\s\d]*$/u.test(line) && line.split(" ").length > 4);
    for (let pick = 0; pick < 12 && lines.length > 0 && count < 5000; pick++, count++) {
      addSample(cutPiece(lines[Math.floor(random() * lines.length)]!, random), rowOf("en"));
    }
  }
}
for await (const row of readRows(folder, "udhr2_all_languages")) {
  if (row.lang === "th" || without.has(row.lang)) continue;
  const label = labelOf(row.lang, row.text);
  if (label < 0) continue;
  const { language, codes, script } = LANGUAGE_CLASSES[label]!;
  const count = language !== "other" ? 400 : script === "devanagari" ? 700 : codes === "" ? 130 : 500;
  for (let pick = 0; pick < count; pick++) addSample(cutPiece(row.text.replace(/\s+/g, " "), random), label);
}
console.error(`${labels.length} samples, ${used} features`);

const weights = new Float32Array((1 << BUCKET_BITS) * NUM_CLASSES);
const squares = new Float32Array(weights.length).fill(1e-3);
const bias = new Float32Array(NUM_CLASSES);
const order = Int32Array.from(labels.keys());
const scores = new Float64Array(NUM_CLASSES);
const DECAY = 2e-6;
for (let epoch = 0; epoch < EPOCHS; epoch++) {
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    const held = order[at]!;
    order[at] = order[other]!;
    order[other] = held;
  }
  const rate = 0.1 * (1 - epoch / EPOCHS);
  let loss = 0;
  for (const sample of order) {
    const from = starts[sample]!;
    const to = starts[sample + 1]!;
    const label = labels[sample]!;
    const share = 1 / Math.sqrt(to - from);
    scores.fill(0);
    for (let at = from; at < to; at++) {
      const row = buckets[at]! * NUM_CLASSES;
      for (let k = 0; k < NUM_CLASSES; k++) scores[k]! += weights[row + k]!;
    }
    let top = Number.NEGATIVE_INFINITY;
    const script = LANGUAGE_CLASSES[label]!.script;
    for (let k = 0; k < NUM_CLASSES; k++) {
      if (LANGUAGE_CLASSES[k]!.script !== script) continue;
      scores[k] = scores[k]! * share + bias[k]!;
      if (scores[k]! > top) top = scores[k]!;
    }
    let total = 0;
    for (let k = 0; k < NUM_CLASSES; k++) {
      scores[k] = LANGUAGE_CLASSES[k]!.script === script ? Math.exp(scores[k]! - top) : 0;
      total += scores[k]!;
    }
    loss -= Math.log(scores[label]! / total);
    for (let k = 0; k < NUM_CLASSES; k++) {
      scores[k] = scores[k]! / total - (k === label ? 0.99 : 0.01 / 15);
      bias[k]! -= 0.002 * rate * scores[k]!;
      scores[k]! *= share;
    }
    for (let at = from; at < to; at++) {
      const row = buckets[at]! * NUM_CLASSES;
      for (let k = 0; k < NUM_CLASSES; k++) {
        const gradient = scores[k]! + DECAY * weights[row + k]!;
        if (gradient === 0) continue;
        const square = squares[row + k]! + gradient * gradient;
        squares[row + k] = square;
        weights[row + k]! -= (rate * gradient) / Math.sqrt(square);
      }
    }
  }
  console.error(`epoch ${epoch + 1}: loss ${(loss / labels.length).toFixed(4)}`);
}
const magnitudes = weights.map(Math.abs).sort();
const limit = magnitudes[Math.floor(magnitudes.length * 0.9995)]!;
const file = new Uint8Array(8 + 4 * NUM_CLASSES + weights.length);
const view = new DataView(file.buffer);
view.setUint32(0, 0x44494c4c, true);
view.setFloat32(4, limit / 127, true);
for (let k = 0; k < NUM_CLASSES; k++) view.setFloat32(8 + 4 * k, bias[k]!, true);
for (let at = 0; at < weights.length; at++) {
  file[8 + 4 * NUM_CLASSES + at] =
    128 + Math.max(-127, Math.min(127, Math.round((weights[at]! / limit) * 127)));
}
const packed = deflateSync(file, { level: 9 });
writeFileSync(output, packed);
console.error(`${packed.length} bytes, weights up to ${limit.toFixed(3)}`);
