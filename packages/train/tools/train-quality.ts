/**
 * Makes models/quality.bin: node --conditions=@llamero/source --import tsx packages/train/tools/train-quality.ts DATA.
 * With --evaluate it trains once without each good source and once without each bad kind, and tests on what was left
 * out. Sources and credits: models/README.md.
 */
import { writeFileSync } from "node:fs";

import { QualityModel, serializeQualityModel } from "../src/data/quality/quality-model.ts";
import { shuffleWords, trainQualityModel } from "../src/data/quality/train-quality.ts";
import { BAD_KINDS, makeBadTexts } from "./bad-texts.ts";
import { createRandom, readRows } from "./corpus.ts";

const folder = process.argv[2];
if (folder === undefined)
  throw new RangeError("No folder of training data: give the folder that holds pretrain/");

const SOURCES: readonly string[] = [
  "factbook",
  "python_docs_rst",
  "rust_books",
  "nltk_public_domain_en",
  ...["en", "de", "fr", "it", "pt", "es", "hi"].map((language) => `libreoffice_help_${language}`),
  ...["eng", "deu", "fra", "ita", "por", "spa"].map((language) => `eltec_${language}`),
];
const random = createRandom(11);

async function readPieces(name: string, wanted: number): Promise<string[]> {
  const pieces: string[] = [];
  for await (const { text } of readRows(folder!, name)) {
    for (let pick = 0; pick < (name.startsWith("eltec") ? 20 : 3) && text.length > 300; pick++) {
      const size = 200 + Math.floor(2000 * random() ** 2);
      let start = Math.floor(random() * Math.max(1, text.length - size));
      const line = text.indexOf("\n", start);
      if (start > 0 && line >= 0 && line - start < 400) start = line + 1;
      const piece = text.slice(start, start + size);
      const isUntranslated =
        name.endsWith("_hi") && (piece.match(/[\u0900-\u097f]/g)?.length ?? 0) < piece.length / 4;
      if (!isUntranslated && piece.length > 150) pieces.push(piece.slice(0, piece.lastIndexOf(" ")));
    }
    if (pieces.length >= wanted) break;
  }
  return pieces;
}

const good = new Map<string, string[]>();
for (const name of SOURCES) good.set(name, await readPieces(name, 800));
const all = [...good.values()].flat();
const makeBad = (from: readonly string[]): Map<string, string[]> =>
  new Map(BAD_KINDS.map((kind, at) => [kind, makeBadTexts(kind, from, 1200, 100 + at)]));
const bad = makeBad(all);
const share = (model: QualityModel, texts: readonly string[]): string =>
  (texts.filter((text) => model.score(text) >= 0.5).length / texts.length).toFixed(3);

const only = process.argv
  .find((word) => word.startsWith("--only="))
  ?.slice(7)
  .split(",");
if (process.argv.includes("--evaluate")) {
  for (const [left, texts] of good) {
    if (only !== undefined && !only.includes(left)) continue;
    const rest = [...good].filter(([name]) => name !== left).flatMap(([, pieces]) => pieces);
    // Words of the source must not be known as bad ones either.
    const model = new QualityModel(
      trainQualityModel(rest, [...makeBad(rest).values()].flat(), { epochs: 3 }).model,
    );
    const foreign = texts.map((text, at) => shuffleWords(text, 90_000 + at));
    console.log(`  its words shuffled: ${share(model, foreign)} score as good`);
    const parts = texts.map((text) => model.scoreParts(text));
    const of = (part: "content" | "order"): string =>
      (parts.filter((p) => p[part] >= 0.5).length / parts.length).toFixed(3);
    console.log(`  its content ${of("content")}, its order ${of("order")}`);
    console.log(`without ${left}: ${share(model, texts)} of its ${texts.length} pieces score as good`);
  }
  for (const [left, texts] of bad) {
    if (only !== undefined && !only.includes(left)) continue;
    const rest = [...bad].filter(([name]) => name !== left).flatMap(([, pieces]) => pieces);
    const model = new QualityModel(trainQualityModel(all, rest, { epochs: 3 }).model);
    console.log(`without ${left}: ${share(model, texts)} of its ${texts.length} texts score as good`);
  }
} else {
  const { model, training } = trainQualityModel(all, [...bad.values()].flat());
  const packed = serializeQualityModel(model);
  writeFileSync(new URL("../models/quality.bin", import.meta.url), packed);
  console.error(`${JSON.stringify(training)}, ${packed.length} bytes`);
}
