import {
  type AdapterHandle,
  type Backend,
  type CompileOptions,
  type Degradation,
  type Executable,
  KV_BLOCK,
  type KvHandle,
  type KvSpec,
  type LiveCounts,
  type Program,
  type SampleParams,
  type SampleResult,
  type Step,
  type WeightHandle,
} from "@llamero/kernels";
import type { EngineOptions } from "./engine.ts";

/** Logits of the fake model. */
export type FakeModel = (history: readonly number[], vocabSize: number) => Float32Array;

/** A model whose logits depend on every token before: any mistake with KV blocks changes what follows. */
export const hashModel: FakeModel = (history, vocabSize) => {
  let hash = 0x811c9dc5;
  for (const token of history) hash = Math.imul(hash ^ (token + 1), 0x01000193) ^ (hash >>> 15);
  return Float32Array.from({ length: vocabSize }, (_, i) => {
    const mixed = Math.imul((hash ^ Math.imul(i + 1, 0x9e3779b9)) >>> 7, 0x85ebca6b);
    return ((mixed ^ (mixed >>> 13)) >>> 20) / 1024;
  });
};

/** Backend for engine tests: its KV holds token ids, and it checks what the engine hands to it. */
export class FakeBackend implements Backend {
  readonly name = "reference";
  readonly threads = 1;
  readonly degradations: readonly Degradation[] = [];
  readonly steps: Step[] = [];
  /** Runs before each step; may throw or wait. */
  onRun: (step: Step, signal: AbortSignal | undefined) => Promise<void> | void = () => {};
  numAbortedSteps = 0;
  readonly #vocabSize: number;
  readonly #model: FakeModel;
  readonly #sample: typeof rankedSample;
  /** Token of each KV slot, -1 where nothing was written. */
  #slots: Int32Array | null = null;
  #numExecutables = 0;
  #numWeights = 0;
  #numAdapters = 0;

  constructor(options: { vocabSize: number; model?: FakeModel; sample?: typeof rankedSample }) {
    this.#vocabSize = options.vocabSize;
    this.#model = options.model ?? hashModel;
    this.#sample = options.sample ?? rankedSample;
  }

  createWeight(): WeightHandle {
    this.#numWeights++;
    return 0 as WeightHandle;
  }
  freeWeight(): void {
    this.#numWeights--;
  }
  /** Replaceable, for plans of any size. */
  packedBytes: () => number = () => 1;
  createKv({ blocks }: KvSpec): KvHandle {
    this.#slots = new Int32Array(blocks * KV_BLOCK).fill(-1);
    return 1 as KvHandle;
  }
  freeKv(): void {
    this.#slots = null;
  }
  kvBytes({ blocks }: KvSpec): number {
    return blocks * KV_BLOCK * 4;
  }
  copyKvBlock(_: KvHandle, from: number, to: number): void {
    this.#slots!.copyWithin(to * KV_BLOCK, from * KV_BLOCK, (from + 1) * KV_BLOCK);
  }
  readKvBlock(_: KvHandle, block: number): Uint8Array {
    const slots = this.#slots!.slice(block * KV_BLOCK, (block + 1) * KV_BLOCK);
    return new Uint8Array(slots.buffer);
  }
  writeKvBlock(_: KvHandle, block: number, bytes: Uint8Array): void {
    this.#slots!.set(new Int32Array(bytes.slice().buffer), block * KV_BLOCK);
  }
  createAdapter(): AdapterHandle {
    return ++this.#numAdapters as AdapterHandle;
  }
  freeAdapter(): void {
    this.#numAdapters--;
  }
  live(): LiveCounts {
    return {
      weights: this.#numWeights,
      kvPools: this.#slots === null ? 0 : 1,
      adapters: this.#numAdapters,
      executables: this.#numExecutables,
      bytes: 0,
    };
  }
  async [Symbol.asyncDispose](): Promise<void> {}

  compile(_: Program, options: CompileOptions): Executable {
    let logits: Float32Array[] = [];
    let isRunning = false;
    this.#numExecutables++;
    return {
      scratchBytes: 0,
      run: async (step, signal) => {
        if (isRunning) throw new Error("Two steps are in flight");
        if (step.tokens.length > options.maxRows) throw new Error("Too many rows");
        if (step.outputRows.length > options.maxOutputs) throw new Error("Too many outputs");
        isRunning = true;
        try {
          this.steps.push(step);
          await this.onRun(step, signal);
          signal?.throwIfAborted();
          logits = this.#forward(step);
        } catch (error) {
          if (signal?.aborted) this.numAbortedSteps++;
          throw error;
        } finally {
          isRunning = false;
        }
      },
      read: (_, from, count) =>
        Float32Array.from(logits.slice(from, from + count).flatMap((row) => [...row])),
      sample: (_, rows) => rows.map(({ row, params }) => this.#sample(logits[row]!, params)),
      [Symbol.asyncDispose]: async () => {
        this.#numExecutables--;
      },
    };
  }

  #forward({ tokens, sequences, outputRows }: Step): Float32Array[] {
    const slots = this.#slots!;
    const outputs: Float32Array[] = [];
    for (const { rowStart, rowCount, position, blocks } of sequences) {
      const slotOf = (at: number): number => blocks[Math.floor(at / KV_BLOCK)]! * KV_BLOCK + (at % KV_BLOCK);
      for (let i = 0; i < rowCount; i++) slots[slotOf(position + i)] = tokens[rowStart + i]!;
    }
    for (const { rowStart, rowCount, position, blocks } of sequences) {
      const slotOf = (at: number): number => blocks[Math.floor(at / KV_BLOCK)]! * KV_BLOCK + (at % KV_BLOCK);
      for (let i = 0; i < rowCount; i++) {
        if (!outputRows.includes(rowStart + i)) continue;
        const history = Array.from({ length: position + i + 1 }, (_, at) => slots[slotOf(at)]!);
        outputs[outputRows.indexOf(rowStart + i)] = this.#model(history, this.#vocabSize);
      }
    }
    return outputs;
  }
}

/** Greedy at temperature 0, else the token whose rank the uniform number falls on. A bias of -100 fails. */
function rankedSample(logits: Float32Array, params: SampleParams): SampleResult {
  if (params.biasValues.includes(-100)) throw new RangeError("No token can be sampled");
  const adjusted = logits.slice();
  for (const [i, id] of params.biasIds.entries()) adjusted[id]! += params.biasValues[i]!;
  const order = [...adjusted.keys()].sort((a, b) => adjusted[b]! - adjusted[a]! || a - b);
  const rank = params.temperature === 0 ? 0 : Math.floor(params.uniform * order.length);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  const logprob = (id: number): number => logits[id]! - Math.log(total);
  const topIds = Int32Array.from(order.slice(0, params.topLogprobs));
  return {
    token: order[rank]!,
    logprob: logprob(order[rank]!),
    topIds,
    topLogprobs: Float32Array.from(topIds, logprob),
  };
}

/** Options of an engine on a fake backend; small enough that everything is scarce. */
export function fakeEngineOptions(
  backend: FakeBackend,
  overrides: { contextLimit?: number; kvBlocks?: number; limits?: Partial<EngineOptions["limits"]> } = {},
): EngineOptions {
  const { contextLimit = 256, kvBlocks = Math.ceil(contextLimit / KV_BLOCK) * 4, limits } = overrides;
  return {
    backend,
    program: { weights: [], frequencies: [], ops: [], outputs: {} },
    weights: [],
    modelId: "fake",
    vocabSize: 64,
    contextLimit,
    kv: { layers: 1, kvHeads: 1, headDim: 2, blocks: kvBlocks, dtype: "f16" },
    mode: "deterministic",
    limits: {
      maxBatch: 4,
      maxRows: 48,
      maxOutputs: 16,
      maxPrefillRowsBesideDecode: 20,
      queueLimit: 64,
      ...limits,
    },
  };
}
