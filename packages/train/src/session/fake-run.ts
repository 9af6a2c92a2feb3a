import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LlamaConfig } from "@llamero/core";
import { type TrainBackend, type TrainBatch, uniform } from "@llamero/kernels";
import { createSession, sessionProgram } from "./create-session.ts";
import { randomParams } from "./model-params.ts";
import { isAdapterParam, storeParams } from "./param-store.ts";
import type { LoraOptions, OptimizerOptions, SessionOptions } from "./session.ts";

/** Shape of the model of comparisons: grouped queries, and every width different. */
export const smallConfig: LlamaConfig = {
  hiddenSize: 32,
  intermediateSize: 48,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 8,
  vocabSize: 61,
  rmsNormEps: 1e-5,
  ropeTheta: 1000,
  ropeScaling: null,
  maxPositionEmbeddings: 64,
  tieWordEmbeddings: true,
};

export const optimizer: OptimizerOptions = {
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weightDecay: 0.1,
  clipNorm: 1,
};

/** Losses and gradient norms of the steps of a run. */
export interface RunFigures {
  losses: number[];
  norms: number[];
}

export interface RunOptions {
  config: LlamaConfig;
  steps: number;
  lora?: LoraOptions;
}

const ROWS = 40;

/** Three sequences with a rule in them: each token follows from the two before, or is drawn; every fifth row has no loss. */
export function ruledBatch(index: number, vocabulary: number, rows: number = ROWS): TrainBatch {
  const starts = [0, Math.floor(rows / 4), Math.floor(rows / 2)];
  const tokens = new Int32Array(rows + 1);
  for (let i = 0; i <= rows; i++) {
    const isDrawn = i < 2 || uniform(11, index, 2 * i) < 0.3;
    tokens[i] = isDrawn
      ? Math.floor(uniform(11, index, 2 * i + 1) * vocabulary)
      : (tokens[i - 1]! * 3 + tokens[i - 2]! + 1) % vocabulary;
  }
  const outputRows = Int32Array.from(Array.from({ length: rows }, (_, i) => i).filter((i) => i % 5 !== 4));
  return {
    tokens: tokens.slice(0, rows),
    positions: Int32Array.from({ length: rows }, (_, i) => i - starts.findLast((start) => start <= i)!),
    starts: Int32Array.from(starts),
    outputRows,
    targetIds: outputRows.map((row) => tokens[row + 1]!),
    targetProbs: new Float32Array(outputRows.length).fill(1),
  };
}

const NUM_BATCHES = 8;
const batchesOf = (config: LlamaConfig): TrainBatch[] =>
  Array.from({ length: NUM_BATCHES }, (_, index) => ruledBatch(index, config.vocabSize));

/** Warm-up over ten steps. */
const learningRates = (steps: number): number[] =>
  Array.from({ length: steps }, (_, step) => 0.004 * Math.min(1, (step + 1) / 10));

function sessionOptions({ config, lora }: RunOptions): SessionOptions {
  return {
    model: randomParams(config, 5),
    head: "next-token",
    seed: 6,
    maxRows: ROWS,
    maxOutputs: ROWS,
    optimizer,
    trainable: true,
    ...(lora === undefined ? {} : { lora }),
  };
}

/** The run by a session. */
export async function runSession(options: RunOptions, backend: TrainBackend): Promise<RunFigures> {
  await using session = createSession(sessionOptions(options), backend);
  const figures: RunFigures = { losses: [], norms: [] };
  const batches = batchesOf(options.config);
  for (const [step, learningRate] of learningRates(options.steps).entries()) {
    const rowLoss = await session.forward(batches[step % NUM_BATCHES]!);
    await session.backward(new Float32Array(rowLoss.length).fill(1 / rowLoss.length));
    figures.norms.push(session.update(learningRate).gradientNorm);
    figures.losses.push(rowLoss.reduce((sum, loss) => sum + loss, 0) / rowLoss.length);
  }
  return figures;
}

/** The same run by PyTorch, from the same initial weights on the same batches. */
export function runTorch(options: RunOptions, python: string): RunFigures {
  const { config, lora, steps } = options;
  const session = sessionOptions(options);
  const params = storeParams(sessionProgram(session), session.model, session.seed);
  const folder = mkdtempSync(join(tmpdir(), "llamero-torch-"));
  try {
    writeFileSync(
      join(folder, "params.f32"),
      Buffer.concat(params.map(({ value }) => Buffer.from(value.buffer))),
    );
    const run = {
      config,
      optimizer,
      loraScale: lora === undefined ? 0 : lora.alpha / lora.rank,
      learningRates: learningRates(steps),
      params: params.map(({ param }) => ({
        ...param,
        isMatrix: param.rows > 1 || isAdapterParam(param.name),
      })),
      batches: batchesOf(config).map((batch) =>
        Object.fromEntries(Object.entries(batch).map(([name, values]) => [name, [...values]])),
      ),
    };
    writeFileSync(join(folder, "run.json"), JSON.stringify(run));
    const script = fileURLToPath(new URL("../../test/torch_loop.py", import.meta.url));
    return JSON.parse(execFileSync(python, [script, folder], { encoding: "utf8" })) as RunFigures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
