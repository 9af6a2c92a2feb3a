/**
 * Tokens per second of whole training steps (forward, backward, clipping, AdamW; f32) beside a plain PyTorch loop, eager
 * and compiled, in turns; by the clock, and by processor time, which with one thread says something on a busy machine too.
 * Needs a Python with torch for the peers:
 * TORCH_PYTHON=.../bin/python node --conditions=@llamero/source --import tsx bench/training.bench.ts [ROUNDS] [THREADS] [SHAPE]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { loadavg } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { randomIntegers, randomNumbers } from "../packages/kernels/src/conformance/random-data.ts";
import { trainingLlama } from "../packages/kernels/src/conformance/training-llama.ts";
import { createNativeTraining } from "../packages/kernels/src/native/training.ts";
import { best, machineLine, median, showRate } from "./paired.ts";

const rounds = Number(process.argv[2] ?? 5);
const threads = Number(process.argv[3] ?? 2);
const WARM_UP = 1;

const small = { layers: 6, hidden: 288, heads: 6, kvHeads: 6, headDim: 48, inner: 768 };
/** The first and last are those of the targets. */
const shapes = {
  "7.2M, vocabulary 4,096": { ...small, vocabulary: 4096, sequences: 16, length: 256 },
  "8.0M, vocabulary 8,192": {
    ...{ layers: 8, hidden: 256, heads: 4, kvHeads: 2, headDim: 64, inner: 704 },
    ...{ vocabulary: 8192, sequences: 4, length: 512 },
  },
  "15.2M, vocabulary 32,000": { ...small, vocabulary: 32000, sequences: 16, length: 256 },
} as const;
type Shape = (typeof shapes)[keyof typeof shapes];

/** What a step took. */
interface Seconds {
  seconds: number;
  processor: number;
}

interface Side {
  step(): Promise<Seconds>;
  close(): Promise<void>;
}

function ours(shape: Shape): Side {
  const backend = createNativeTraining({ threads });
  const program = trainingLlama({ ...shape, rank: 0, layout: "halves" });
  const params = program.params.map(({ rows, cols }, slot) => ({
    value: randomNumbers(slot, rows * cols).map((x) => (rows === 1 ? 1 : x * 0.03)),
    gradient: new Float32Array(rows * cols),
  }));
  const moments = params.map(({ value: { length } }) => ({
    moment1: new Float32Array(length),
    moment2: new Float32Array(length),
  }));
  const rows = shape.sequences * shape.length;
  const outputRows = Int32Array.from({ length: rows }, (_, row) => row);
  const batch = {
    tokens: randomIntegers(1, rows, shape.vocabulary),
    positions: outputRows.map((row) => row % shape.length),
    starts: Int32Array.from({ length: shape.sequences }, (_, i) => i * shape.length),
    outputRows,
    targetIds: randomIntegers(2, rows, shape.vocabulary),
    targetProbs: new Float32Array(rows).fill(1),
  };
  const executable = backend.compile(program, { params, maxRows: rows, maxOutputs: rows, products: "f32" });
  const rowLoss = new Float32Array(rows).fill(1 / rows);
  const rates = { learningRate: 1e-3, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1 };
  let step = 0;
  return {
    async step() {
      const start = performance.now();
      const before = process.cpuUsage();
      await executable.forward(batch);
      await executable.backward({ rowLoss });
      const squares = params.reduce((sum, { gradient }) => sum + backend.sumOfSquares(gradient), 0);
      const gradientScale = Math.min(1, 1 / Math.sqrt(squares));
      step++;
      for (const [i, { value, gradient }] of params.entries()) {
        backend.adamw({ value, gradient, ...moments[i]!, ...rates, step, gradientScale });
        gradient.fill(0);
      }
      const { user, system } = process.cpuUsage(before);
      return { seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
    },
    close: async () => backend[Symbol.asyncDispose](),
  };
}

function torch(python: string, shape: Shape, flags: readonly string[]): Side {
  const script = fileURLToPath(new URL("peers/torch-training.py", import.meta.url));
  const args = [script, "--shape", JSON.stringify(shape), "--threads", String(threads), ...flags];
  const child: ChildProcess = spawn(python, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    async step() {
      child.stdin!.write("\n");
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${python} ended (${flags.join(" ") || "eager"})`);
      return JSON.parse(value) as Seconds;
    },
    async close() {
      child.stdin!.end();
    },
  };
}

const python = process.env["TORCH_PYTHON"];
console.log(machineLine());
console.log(`${threads} threads, ${rounds} rounds after ${WARM_UP}; tokens/s, best / median`);
for (const [name, shape] of Object.entries(shapes)) {
  if (!name.startsWith(process.argv[4] ?? "")) continue;
  const sides = new Map<string, Side>([["llamero", ours(shape)]]);
  if (python !== undefined) {
    sides.set("torch eager", torch(python, shape, []));
    sides.set("torch compiled", torch(python, shape, ["--compile"]));
  }
  const samples = new Map<string, Seconds[]>([...sides.keys()].map((side) => [side, []]));
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const [side, { step }] of sides) {
      try {
        const seconds = await step();
        if (round >= 0) samples.get(side)!.push(seconds);
      } catch (error) {
        console.log(`${name}: ${side} left out: ${error instanceof Error ? error.message : error}`);
        sides.delete(side);
        samples.delete(side);
      }
    }
  }
  const tokens = shape.sequences * shape.length;
  for (const [side, taken] of samples)
    for (const [clock, part] of [
      ["clock", "seconds"],
      ["processor", "processor"],
    ] as const) {
      const rates = taken.map((each) => tokens / each[part]);
      const figures = `${showRate(best(rates))} / ${showRate(median(rates))} | ${rates.map(showRate).join(" ")}`;
      console.log(`${name} | ${side} | ${clock} | ${figures} | load ${loadavg()[0]!.toFixed(1)}`);
    }
  for (const { close } of sides.values()) await close();
}
