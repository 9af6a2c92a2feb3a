/**
 * Language identification of held-out sentences beside eld, in turns: accuracy by length and source, sentences a second.
 * Needs ../shared/data: node --conditions=@llamero/source --import tsx bench/language.bench.ts [ROUNDS]
 */
import { cpus, loadavg } from "node:os";

import { eld } from "eld/large";

import { sharedPath } from "../packages/core/src/testdata.ts";
import { createLanguageDetector } from "../packages/train/src/data/language/detector.ts";
import { type HeldOutSentence, readHeldOutSentences } from "../packages/train/tools/heldout-language.ts";

const folder = sharedPath("data");
if (folder === null) throw new RangeError("needs ../shared: data");
const rounds = Number(process.argv[2] ?? 7);
const detector = createLanguageDetector();
const detectors: Readonly<Record<string, (text: string) => string>> = {
  llamero: (text) => detector.detect(text).language,
  eld: (text) => eld.detect(text).language as string,
};
const sentences = readHeldOutSentences(folder, 1000);
const BUCKETS = [
  [20, 39],
  [40, 79],
  [80, 119],
  [120, 200],
] as const;

function accuracy(detect: (text: string) => string, list: readonly HeldOutSentence[]): string {
  return (list.filter(({ text, language }) => detect(text) === language).length / list.length).toFixed(4);
}

function row(name: string, list: readonly HeldOutSentence[]): void {
  if (list.length === 0) return;
  const columns = Object.entries(detectors).map(([who, detect]) => `${who} ${accuracy(detect, list)}`);
  console.log(`${name.padEnd(16)} ${String(list.length).padStart(6)}  ${columns.join("  ")}`);
}

const clean = sentences.filter(({ source }) => source !== "handbook");
for (const source of new Set(sentences.map((sentence) => sentence.source)))
  row(
    source,
    sentences.filter((s) => s.source === source),
  );
for (const [low, high] of BUCKETS)
  row(
    `${low} to ${high} long`,
    clean.filter(({ text }) => text.length >= low && text.length <= high),
  );
for (const language of new Set(clean.map((sentence) => sentence.language)))
  row(
    language,
    clean.filter((s) => s.language === language),
  );
row("without handbook", clean);
row("all", sentences);

const rates: Record<string, number[]> = { llamero: [], eld: [] };
for (let round = 0; round < rounds; round++) {
  for (const [who, detect] of Object.entries(detectors)) {
    const start = performance.now();
    for (const { text } of sentences) detect(text);
    rates[who]!.push((1000 * sentences.length) / (performance.now() - start));
  }
}
for (const [who, list] of Object.entries(rates)) {
  const sorted = [...list].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1]!;
  console.log(
    `${who}: best ${sorted.at(-1)!.toFixed(0)}, median ${median.toFixed(0)} sentences/s; raw ${list.map((r) => r.toFixed(0)).join(" ")}`,
  );
}
console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} threads, load ${loadavg()
    .map((l) => l.toFixed(1))
    .join(" ")}, Node ${process.version}`,
);
