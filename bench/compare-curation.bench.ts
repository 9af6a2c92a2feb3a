/**
 * Text MB/s of `data curate` and of datatrove on the same JSON lines, in turns, with one and two processes: four filters
 * (Gopher quality and repetition, C4, FineWeb), and MinHash (5-grams, 14 x 8). Each reads, decides and writes JSON lines.
 * DATATROVE=/path/to/python node --conditions=@llamero/source --import tsx bench/compare-curation.bench.ts [ROUNDS] [MB] [filters|minhash] [PROCESSES]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { sharedPath } from "../packages/core/src/testdata.ts";
import { parseCurateConfig } from "../packages/train/src/data/pipeline/config.ts";
import { curate } from "../packages/train/src/data/pipeline/curate.ts";
import { createRandom, readRows } from "../packages/train/tools/corpus.ts";
import { run } from "./paired.ts";

const python = process.env["DATATROVE"];
if (python === undefined) throw new RangeError("DATATROVE names the Python that has datatrove 0.10.1");
const data = sharedPath("data");
if (data === null) throw new RangeError("needs ../shared: data");
const rounds = Number(process.argv[2] ?? 5);
const sizeBytes = Number(process.argv[3] ?? 24) * 1e6;

const STAGES = {
  filters: ["gopher-quality", "gopher-repetition", "c4", "fineweb"],
  minhash: ["minhash: {ngram: 5, bands: 14, rows: 8, threshold: 0}"],
} as const;
type What = keyof typeof STAGES;

const folder = mkdtempSync(join(tmpdir(), "curation-"));
mkdirSync(join(folder, "in"));
const texts = await readEnglish(data);
const total = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
const half = Math.ceil(texts.length / 2);
for (const [at, part] of [texts.slice(0, half), texts.slice(half)].entries()) {
  const lines = part.map((text, row) => JSON.stringify({ text, id: `${at}-${row}` }));
  writeFileSync(join(folder, "in", `${at}.jsonl`), `${lines.join("\n")}\n`);
}

/** Documents of 1 to 8 thousand characters in English; one in ten comes a second time with some words changed. */
async function readEnglish(from: string): Promise<string[]> {
  const random = createRandom(9);
  const found: string[] = [];
  for (const name of ["rust_books", "libreoffice_help_en", "factbook", "eltec_eng"]) {
    const most = sizeBytes * (name === "eltec_eng" ? 0.55 : 0.15);
    let taken = 0;
    for await (const { text } of readRows(from, name)) {
      for (let start = 0; start < text.length && taken < most; ) {
        const piece = text.slice(start, start + 1000 + Math.floor(7000 * random()));
        start += piece.length;
        found.push(piece);
        taken += Buffer.byteLength(piece);
        if (random() >= 0.1) continue;
        const copy = piece.replace(/\b\w+\b/g, (word) => (random() < 0.01 ? "other" : word));
        found.push(copy);
        taken += Buffer.byteLength(copy);
      }
    }
  }
  return found;
}

async function runOwn(what: What, processes: number): Promise<{ seconds: number; kept: number }> {
  const out = join(folder, "out");
  rmSync(out, { recursive: true, force: true });
  const yaml = `name: bench
sources: [{name: english, files: in, license: unknown}]
stages:
${STAGES[what].map((stage) => `  - ${stage}`).join("\n")}
output: {folder: out, format: jsonl}
`;
  const start = performance.now();
  const config = parseCurateConfig(yaml, join(folder, "run.yaml"));
  const report = await curate(config, { workers: processes === 1 ? 0 : processes });
  return { seconds: (performance.now() - start) / 1000, kept: report.tally.kept.documents };
}

const peer = fileURLToPath(new URL("./peers/datatrove-curation.py", import.meta.url));
const runPeer = (what: What, processes: number): { seconds: number; kept: number } =>
  JSON.parse(
    run(python, [peer, what, join(folder, "in"), String(processes)])
      .trim()
      .split("\n")
      .at(-1)!,
  ) as {
    seconds: number;
    kept: number;
  };

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;
const versions = run(python, [
  "-c",
  "import sys, importlib.metadata as m; print('Python', sys.version.split()[0], 'datatrove', m.version('datatrove'), 'numpy', m.version('numpy'))",
]).trim();
console.log(
  `${texts.length} documents, ${(total / 1e6).toFixed(1)} MB of text; ${cpus()[0]?.model}, ${cpus().length} threads; Node ${process.version}; ${versions}`,
);
const [onlyWhat, onlyProcesses] = process.argv.slice(4);
for (const what of ["filters", "minhash"] as const) {
  for (const processes of [1, 2]) {
    if ((onlyWhat ?? what) !== what || Number(onlyProcesses ?? processes) !== processes) continue;
    const rates: Record<"own" | "peer", number[]> = { own: [], peer: [] };
    const kept = { own: 0, peer: 0 };
    const loads: string[] = [];
    await runOwn(what, processes);
    for (let round = 0; round < rounds; round++) {
      loads.push(loadavg()[0]!.toFixed(1));
      const own = await runOwn(what, processes);
      const other = runPeer(what, processes);
      rates.own.push(total / 1e6 / own.seconds);
      rates.peer.push(total / 1e6 / other.seconds);
      kept.own = own.kept;
      kept.peer = other.kept;
    }
    const format = (list: readonly number[]): string => list.map((rate) => rate.toFixed(2)).join(" ");
    const ratios = rates.own.map((rate, at) => rate / rates.peer[at]!);
    console.log(
      `${what}, ${processes} process${processes > 1 ? "es" : ""}: llamero ${median(rates.own).toFixed(2)} MB/s (${format(rates.own)}; keeps ${kept.own}), datatrove ${median(rates.peer).toFixed(2)} MB/s (${format(rates.peer)}; keeps ${kept.peer}), ratio by rounds median ${median(ratios).toFixed(2)}, least ${Math.min(...ratios).toFixed(2)}; load ${loads.join(" ")}`,
    );
  }
}
rmSync(folder, { recursive: true });
