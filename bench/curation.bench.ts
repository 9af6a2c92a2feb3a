/**
 * MB/s (UTF-8) of each curation filter alone and of all in a row, in one thread, filters in turns; and what the gibberish
 * filter finds of planted texts. Needs ../shared/data:
 * node --conditions=@llamero/source --import tsx bench/curation.bench.ts [ROUNDS] [MB]
 */
import { cpus, loadavg } from "node:os";

import { sharedPath } from "../packages/core/src/testdata.ts";
import type { Document } from "../packages/train/src/data/document.ts";
import type { MapStage } from "../packages/train/src/data/stage.ts";
import { stageFactories } from "../packages/train/src/data/stages.ts";
import { readBenchTexts } from "../packages/train/tools/curation-texts.ts";
import { readHeldOutSentences } from "../packages/train/tools/heldout-language.ts";
import { plantGibberish } from "../packages/train/tools/planted-gibberish.ts";

const folder = sharedPath("data");
if (folder === null) throw new RangeError("needs ../shared: data");
const rounds = Number(process.argv[2] ?? 5);
const NAMES = [
  "language",
  "gopher-quality",
  "gopher-repetition",
  "c4",
  "fineweb",
  "word-list",
  "word-distribution",
  "gibberish",
  "quality",
] as const;

const texts = await readBenchTexts(folder, Number(process.argv[3] ?? 8) * 1e6);
const documents: Document[] = texts.map((text, at) => ({ id: String(at), text, source: "bench", meta: {} }));
const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
const stages: MapStage[] = [];
for (const name of NAMES) {
  const stage = await (await stageFactories[name]!())({}, { folder: "." });
  if (stage.kind === "map") stages.push(stage);
}

/** Runs stages in a row over all documents; a dropped one goes no further. Returns MB/s and the number kept. */
function run(row: readonly MapStage[]): { rate: number; kept: number } {
  const start = performance.now();
  let kept = 0;
  for (const first of documents) {
    let document: Document | null = first;
    for (const stage of row) {
      const verdict = stage.apply(document);
      if (!verdict.keep) {
        document = null;
        break;
      }
      document = verdict.document;
    }
    if (document !== null) kept++;
  }
  return { rate: (1000 * megabytes) / (performance.now() - start), kept };
}

const rows: [string, MapStage[]][] = [
  ...stages.map((stage): [string, MapStage[]] => [stage.name, [stage]]),
  ["all in a row", stages],
];
const rates = new Map<string, number[]>(rows.map(([name]) => [name, []]));
const kept = new Map<string, number>();
for (let round = 0; round <= rounds; round++) {
  for (const [name, row] of rows) {
    const result = run(row);
    kept.set(name, result.kept);
    if (round > 0) rates.get(name)!.push(result.rate);
  }
}
console.log(`${documents.length} documents, ${megabytes.toFixed(1)} MB`);
for (const [name, list] of rates) {
  const sorted = [...list].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1]!;
  console.log(
    `${name.padEnd(18)} best ${sorted.at(-1)!.toFixed(1)}, median ${median.toFixed(1)} MB/s, keeps ${kept.get(name)}; raw ${list.map((r) => r.toFixed(0)).join(" ")}`,
  );
}

const gibberish = stages.find((stage) => stage.name === "gibberish")!;
const counts = { found: 0, wrong: 0, missed: 0 };
const planted = plantGibberish(readHeldOutSentences(folder, 600), 5);
for (const { isGibberish, text } of planted) {
  const isDropped = !gibberish.apply({ id: "", text, source: "planted", meta: {} }).keep;
  if (isDropped && isGibberish) counts.found++;
  else if (isDropped) counts.wrong++;
  else if (isGibberish) counts.missed++;
}
const precision = counts.found / (counts.found + counts.wrong);
const recall = counts.found / (counts.found + counts.missed);
console.log(
  `planted gibberish, ${planted.length} texts: precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}`,
);
console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} threads, load ${loadavg()
    .map((l) => l.toFixed(1))
    .join(" ")}, Node ${process.version}`,
);
