/** The engine of test workers: real scheduling and sampling over a scripted model, and ways to die. Tests only. */
import { setTimeout as sleep } from "node:timers/promises";
import { Engine } from "../engine/engine.ts";
import { FakeBackend, fakeEngineOptions } from "../engine/fake-backend.ts";
import type { ModelPlan } from "../engine/plan.ts";
import type { LoadInWorker } from "./host.ts";

export const fakeVocabSize = 64;
export const fakeContext = 256;

/** Second tokens of a prompt with which a fake worker goes wrong. */
export const fatalTokens = {
  /** The process is killed when a step sees it. */
  kill: 63,
  /** The event loop stands still. */
  block: 62,
  /** The step never ends. */
  hang: 61,
} as const;

/** What stands in the place of a path. */
export interface FakeLoad {
  stepMs?: number;
  loadMs?: number;
  /** Loading fails with this message. */
  error?: string;
  /** Loading kills the process. */
  dies?: boolean;
  maxBatch?: number;
}

export const fakePath = (load: FakeLoad): string => JSON.stringify(load);

/** A plan of almost nothing. */
export const fakePlan: ModelPlan = {
  numParameters: 1,
  contextLimit: fakeContext,
  kv: { layers: 1, kvHeads: 1, headDim: 2, blocks: 32, dtype: "f16" },
  kvBytesPerToken: 4,
  limits: { maxBatch: 4, maxRows: 48, maxOutputs: 16, maxPrefillRowsBesideDecode: 20, queueLimit: 64 },
  weightBytes: 0,
  kvBytes: 0,
  scratchBytes: 0,
  adapterBytes: 0,
  variantBytes: 0,
  totalBytes: 1000,
};

/** Loads the fake; `die` ends its worker as a crash would. */
export const fakeEngineLoader =
  (die: () => void): LoadInWorker =>
  async ({ path }, { onProgress }) => {
    const { stepMs = 0, loadMs = 0, error, dies, maxBatch = 4 } = JSON.parse(path) as FakeLoad;
    onProgress({ numTensors: 1, totalTensors: 1, loadedBytes: 1, totalBytes: 1 });
    await sleep(loadMs);
    if (dies) die();
    if (error !== undefined) throw new RangeError(error);
    const backend = new FakeBackend({ vocabSize: fakeVocabSize });
    backend.onRun = async ({ tokens, sequences }) => {
      backend.steps.length = 0;
      const starting = sequences.filter(({ position }) => position === 0);
      const seconds = starting.map(({ rowStart }) => tokens[rowStart + 1]);
      if (seconds.includes(fatalTokens.kill)) die();
      if (seconds.includes(fatalTokens.block)) for (;;);
      if (seconds.includes(fatalTokens.hang)) await new Promise(() => {});
      if (stepMs > 0) await sleep(stepMs);
    };
    const engine = new Engine(
      fakeEngineOptions(backend, {
        contextLimit: fakeContext,
        kvBlocks: maxBatch * 8,
        limits: { maxBatch, maxOutputs: Math.max(16, maxBatch), queueLimit: 256 },
      }),
    );
    return { engine, plan: fakePlan, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() };
  };
