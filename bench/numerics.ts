/**
 * How far a backend is from the truth on real text, position by position.
 * Truth: the same stored weights dequantized and multiplied in f32 (native generic backend, mode exact, f16 KV).
 *
 *   LLAMERO_MODELS=folder node --conditions=@llamero/source --import tsx bench/numerics.ts \
 *     --run avx2:fast --run avx2:fast:int8 --run wasm:fast --windows 6 --window 384
 *
 * --run backend:mode[:f16|int8[:prefill|decode]]; prefill computes a window at once, decode token by token.
 * --text FILE: English text; default ../shared/data/eval/xquad/xquad.en.json, paragraphs of Wikipedia.
 * --dump-ids FILE: write the ids, int32 [windows, window], for other engines. --logits name=FILE: what one of them gave,
 * f32 [windows, window, vocabulary].
 * --oracle N: compare the truth with f64 arithmetic without a KV cache on the first N positions.
 */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type BackendChoice,
  type Checkpoint,
  chooseBackend,
  llamaProgram,
  loadTokenizer,
  openCheckpoint,
  readTensorRows,
  toTensorData,
} from "@llamero/core";
import { type Backend, KV_BLOCK, type KvDtype, type Mode } from "@llamero/kernels";
import { evaluateProgram } from "../packages/core/src/models/evaluate-program.ts";
import { modelPath, sharedPath } from "../packages/core/src/testdata.ts";

const { values: options } = parseArgs({
  options: {
    model: { type: "string", default: "SmolLM2-135M-Instruct.Q4_1.gguf" },
    run: { type: "string", multiple: true, default: ["avx2:fast"] },
    text: { type: "string" },
    windows: { type: "string", default: "6" },
    window: { type: "string", default: "384" },
    threads: { type: "string", default: "2" },
    oracle: { type: "string", default: "0" },
    "dump-ids": { type: "string" },
    logits: { type: "string", multiple: true, default: [] },
  },
});
const numWindows = Number(options.windows);
const windowTokens = Number(options.window);

/** One way to compute the logits of a window. */
interface Run {
  name: string;
  backend: BackendChoice;
  mode: Mode;
  kv: KvDtype;
  path: "prefill" | "decode";
}

function parseRun(name: string): Run {
  const [backend, mode = "fast", kv = "f16", path = "prefill"] = name.split(":");
  if (!["fast", "exact", "deterministic"].includes(mode) || !["f16", "int8"].includes(kv)) {
    throw new RangeError(`Run is ${name}; it must be backend:mode:kv:path, such as avx2:fast:f16:prefill`);
  }
  return { name, backend, mode, kv, path } as Run;
}

/** A compiled model that gives all logits of a window. */
class Model {
  readonly #backend: Backend;
  readonly #executable;
  readonly #path: Run["path"];
  readonly #blocks: Int32Array;
  readonly #vocabSize: number;

  private constructor(backend: Backend, checkpoint: Checkpoint, run: Run) {
    const { config, ropeLayout, tensors } = checkpoint;
    const program = llamaProgram(config, ropeLayout);
    const weights = program.weights.map(({ name, rows, cols }) => {
      const { format, data } = tensors.get(name)!;
      return backend.createWeight({ name, format, rows, cols, data: toTensorData(data) });
    });
    const blocks = Math.ceil(windowTokens / KV_BLOCK);
    const { numHiddenLayers: layers, numKeyValueHeads: kvHeads, headDim } = config;
    const kv = backend.createKv({ layers, kvHeads, headDim, blocks, dtype: run.kv });
    const maxRows = run.path === "decode" ? 1 : windowTokens;
    this.#executable = backend.compile(program, {
      weights,
      kv,
      maxRows,
      maxOutputs: maxRows,
      mode: run.mode,
    });
    this.#backend = backend;
    this.#path = run.path;
    this.#blocks = Int32Array.from({ length: blocks }, (_, i) => blocks - 1 - i);
    this.#vocabSize = config.vocabSize;
  }

  static async create(checkpoint: Checkpoint, run: Run): Promise<Model> {
    const threads = Number(options.threads);
    const { backend } = await chooseBackend({ backend: run.backend, threads });
    return new Model(backend, checkpoint, run);
  }

  /** Logits [T, V] of a window that starts at position 0. */
  async logits(tokens: Int32Array): Promise<Float32Array> {
    const all = new Float32Array(tokens.length * this.#vocabSize);
    const step = this.#path === "decode" ? 1 : tokens.length;
    for (let position = 0; position < tokens.length; position += step) {
      await this.#executable.run({
        tokens: tokens.subarray(position, position + step),
        sequences: [{ rowStart: 0, rowCount: step, position, blocks: this.#blocks }],
        outputRows: Int32Array.from({ length: step }, (_, i) => i),
      });
      all.set(this.#executable.read("logits", 0, step), position * this.#vocabSize);
    }
    return all;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#executable[Symbol.asyncDispose]();
    await this.#backend[Symbol.asyncDispose]();
  }
}

/** What one position's logits say: log of the sum, the best two and their distance. */
interface RowStats {
  logSum: number;
  best: number;
  gap: number;
}

function rowStats(row: Float32Array): RowStats {
  let best = 0;
  let second = Number.NEGATIVE_INFINITY;
  for (let i = 1; i < row.length; i++) {
    const value = row[i]!;
    if (value > row[best]!) {
      second = row[best]!;
      best = i;
    } else if (value > second) second = value;
  }
  const top = row[best]!;
  let sum = 0;
  for (const value of row) sum += Math.exp(value - top);
  return { logSum: top + Math.log(sum), best, gap: top - second };
}

/** Sum over the vocabulary of p log(p / q), p the truth. */
function divergence(truth: Float32Array, p: RowStats, ours: Float32Array, q: RowStats): number {
  let sum = 0;
  const shift = q.logSum - p.logSum;
  for (let i = 0; i < truth.length; i++) {
    sum += Math.exp(truth[i]! - p.logSum) * (truth[i]! - ours[i]! + shift);
  }
  return sum;
}

/** Sums over all positions of one run. */
interface Tally {
  divergences: number[];
  numClear: number;
  numClearEqual: number;
  numEqual: number;
  /** Negative log-probability of the next tokens: the truth's and ours. */
  truthLoss: number;
  loss: number;
  numScored: number;
  seconds: number;
}

const newTally = (): Tally => ({
  divergences: [],
  numClear: 0,
  numClearEqual: 0,
  numEqual: 0,
  truthLoss: 0,
  loss: 0,
  numScored: 0,
  seconds: 0,
});

const clearGap = 0.05;

function tallyWindow(tally: Tally, tokens: Int32Array, truth: Float32Array, ours: Float32Array): void {
  const size = truth.length / tokens.length;
  for (let at = 0; at < tokens.length; at++) {
    const expected = truth.subarray(at * size, (at + 1) * size);
    const actual = ours.subarray(at * size, (at + 1) * size);
    const [p, q] = [rowStats(expected), rowStats(actual)];
    tally.divergences.push(divergence(expected, p, actual, q));
    if (p.best === q.best) tally.numEqual++;
    if (p.gap > clearGap) {
      tally.numClear++;
      if (p.best === q.best) tally.numClearEqual++;
    }
    if (at + 1 < tokens.length) {
      const next = tokens[at + 1]!;
      tally.truthLoss += p.logSum - expected[next]!;
      tally.loss += q.logSum - actual[next]!;
      tally.numScored++;
    }
  }
}

function readText(): { text: string; source: string } {
  if (options.text !== undefined) return { text: readFileSync(options.text, "utf8"), source: options.text };
  const name = "data/eval/xquad/xquad.en.json";
  const path = sharedPath(name);
  if (path === null) throw new TypeError(`No ../shared/${name}; give a text with --text`);
  const { data } = JSON.parse(readFileSync(path, "utf8")) as {
    data: { paragraphs: { context: string }[] }[];
  };
  const text = data.flatMap(({ paragraphs }) => paragraphs.map(({ context }) => context)).join("\n\n");
  return { text, source: `XQuAD ${name.split("/").at(-1)}` };
}

/** Windows at equal distances over the whole text. */
function cutWindows(ids: readonly number[]): Int32Array[] {
  const stride = Math.floor(ids.length / numWindows);
  if (stride < windowTokens) throw new RangeError(`The text has ${ids.length} tokens; choose fewer windows`);
  return Array.from({ length: numWindows }, (_, i) =>
    Int32Array.from(ids.slice(i * stride, i * stride + windowTokens)),
  );
}

/** Largest and mean difference of log-probabilities between the truth and f64 arithmetic, and their divergence. */
function compareWithOracle(checkpoint: Checkpoint, tokens: Int32Array, truth: Float32Array): string {
  const program = llamaProgram(checkpoint.config, checkpoint.ropeLayout);
  const dense = new Map<number, Float32Array>();
  const weightOf = (slot: number): Float32Array => {
    const { name, rows } = program.weights[slot]!;
    // The head is wanted once, the others too: keep the last few only.
    const found = dense.get(slot) ?? readTensorRows(checkpoint.tensors.get(name)!, 0, rows);
    if (!dense.has(slot)) {
      for (const key of dense.keys()) if (key !== 0) dense.delete(key);
      dense.set(slot, found);
    }
    return found;
  };
  const rows = evaluateProgram(program, weightOf, [...tokens])[program.outputs["logits"]!]!;
  const size = checkpoint.config.vocabSize;
  let largest = 0;
  let mean = 0;
  let kl = 0;
  let numEqual = 0;
  rows.forEach((oracle, at) => {
    const exact = Float32Array.from(oracle);
    const row = truth.subarray(at * size, (at + 1) * size);
    const [p, q] = [rowStats(exact), rowStats(row)];
    kl += divergence(exact, p, row, q) / rows.length;
    if (p.best === q.best) numEqual++;
    for (let i = 0; i < size; i++) {
      const error = Math.abs(exact[i]! - p.logSum - (row[i]! - q.logSum));
      largest = Math.max(largest, error);
      mean += error / (size * rows.length);
    }
  });
  return (
    `Truth against f64 arithmetic on ${rows.length} positions: KL ${kl.toExponential(2)}, top-1 equal in ` +
    `${numEqual}, log-probabilities off by ${mean.toExponential(2)} on average, ${largest.toExponential(2)} at most.`
  );
}

function tableRow(name: string, tally: Tally): string {
  const sorted = [...tally.divergences].sort((a, b) => a - b);
  const mean = sorted.reduce((sum, each) => sum + each, 0) / sorted.length;
  const quantile = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))]!;
  const ppl = Math.exp(tally.loss / tally.numScored);
  const change = (Math.exp((tally.loss - tally.truthLoss) / tally.numScored) - 1) * 100;
  const cells = [
    name,
    mean.toExponential(2),
    quantile(0.99).toExponential(2),
    quantile(1).toExponential(2),
    `${((tally.numClearEqual / tally.numClear) * 100).toFixed(2)} % of ${tally.numClear}`,
    `${((tally.numEqual / sorted.length) * 100).toFixed(2)} %`,
    ppl.toFixed(4),
    `${change >= 0 ? "+" : ""}${change.toFixed(4)} %`,
    tally.seconds === 0 ? "" : (sorted.length / tally.seconds).toFixed(0),
  ];
  return `| ${cells.join(" | ")} |`;
}

// Before anything is computed: the checkout may move on meanwhile.
const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], {
  cwd: join(import.meta.dirname, ".."),
  encoding: "utf8",
}).trim();
const path = modelPath(options.model);
if (path === null) throw new TypeError(`LLAMERO_MODELS must name a folder with ${options.model}`);
const checkpoint = openCheckpoint(path);
const { text, source } = readText();
const windows = cutWindows(loadTokenizer(checkpoint.tokenizer!).encode(text));
if (options["dump-ids"] !== undefined) {
  writeFileSync(options["dump-ids"], Buffer.concat(windows.map(({ buffer }) => Buffer.from(buffer))));
}
const truthRun: Run = { name: "truth", backend: "generic", mode: "exact", kv: "f16", path: "prefill" };
await using truthModel = await Model.create(checkpoint, truthRun);
const runs = options.run.map((name) => ({ run: parseRun(name), tally: newTally() }));
const truths: Float32Array[] = [];
for (const tokens of windows) truths.push(await truthModel.logits(tokens));
let oracle = "";
const numOracle = Number(options.oracle);
if (numOracle > 0) oracle = compareWithOracle(checkpoint, windows[0]!.subarray(0, numOracle), truths[0]!);
for (const { run, tally } of runs) {
  await using model = await Model.create(checkpoint, run);
  for (const [i, tokens] of windows.entries()) {
    const start = performance.now();
    const logits = await model.logits(tokens);
    tally.seconds += (performance.now() - start) / 1000;
    tallyWindow(tally, tokens, truths[i]!, logits);
  }
  process.stderr.write(`${tableRow(run.name, tally)}\n`);
}
const others = options.logits.map((option) => {
  const [name, file] = option.split("=") as [string, string];
  const tally = newTally();
  const fd = openSync(file, "r");
  for (const [i, tokens] of windows.entries()) {
    const logits = new Float32Array(truths[i]!.length);
    readSync(fd, logits, 0, logits.byteLength, i * logits.byteLength);
    tallyWindow(tally, tokens, truths[i]!, logits);
  }
  closeSync(fd);
  return { name, tally };
});

console.log(`# Numerics on real text, ${new Date().toISOString().slice(0, 10)}

${options.model}, ${windows.length} windows of ${windowTokens} tokens of ${source}: ${windows.length * windowTokens} positions, teacher-forced.
Truth: the same stored weights dequantized, f32 products (generic, exact, f16 KV); its perplexity is in the row that equals it.
KL is truth || run, natural logarithm. Top-1: of the positions whose two best log-probabilities are more than ${clearGap} apart in the truth.
${cpus().length} x ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}, commit ${commit}, ${options.threads} threads.
${oracle === "" ? "" : `${oracle}\n`}
Command: \`LLAMERO_MODELS=folder node --conditions=@llamero/source --import tsx bench/numerics.ts ${process.argv.slice(2).join(" ")}\`

| backend:mode:KV:path | mean KL | p99 KL | largest KL | top-1, clear positions | top-1, all | perplexity | against truth | positions/s |
|---|---|---|---|---|---|---|---|---|
${[...runs.map(({ run, tally }) => tableRow(run.name, tally)), ...others.map(({ name, tally }) => tableRow(name, tally))].join("\n")}`);
