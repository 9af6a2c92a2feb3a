import type { LlamaConfig } from "@llamero/core";
import type { TrainBatch } from "@llamero/kernels";
import type { ModelParams, SessionState, TrainSession } from "../session/session.ts";
import type { TrainMethod } from "./method.ts";

const config: LlamaConfig = {
  hiddenSize: 8,
  intermediateSize: 8,
  numHiddenLayers: 0,
  numAttentionHeads: 1,
  numKeyValueHeads: 1,
  headDim: 8,
  vocabSize: 4,
  rmsNormEps: 1e-5,
  ropeTheta: 1e4,
  ropeScaling: null,
  maxPositionEmbeddings: 64,
  tieWordEmbeddings: true,
};

/** A table of one number per token that learns its loss (number - token)^2 by gradient descent with momentum. */
export class FakeSession implements TrainSession {
  readonly backend = "fake";
  readonly trainableCount: number;
  readonly parameterCount: number;
  readonly #value: Float32Array;
  readonly #moment: Float32Array;
  readonly #gradient: Float32Array;
  #step = 0;
  #batch: TrainBatch | null = null;

  constructor(vocabSize = 4) {
    this.trainableCount = vocabSize;
    this.parameterCount = vocabSize;
    this.#value = Float32Array.from({ length: vocabSize }, (_, i) => Math.sin(i));
    this.#moment = new Float32Array(vocabSize);
    this.#gradient = new Float32Array(vocabSize);
  }

  get step(): number {
    return this.#step;
  }

  async forward(batch: TrainBatch, signal?: AbortSignal): Promise<Float32Array> {
    signal?.throwIfAborted();
    this.#batch = batch;
    return Float32Array.from(batch.targetIds, (id) => (this.#value[id]! - id) ** 2);
  }

  async backward(seeds: Float32Array): Promise<void> {
    for (const [row, id] of this.#batch!.targetIds.entries())
      this.#gradient[id]! += seeds[row]! * 2 * (this.#value[id]! - id);
  }

  gradientNorm(): number {
    return Math.hypot(...this.#gradient);
  }

  update(learningRate: number, gradientScale = 1): { gradientNorm: number } {
    const gradientNorm = this.gradientNorm() * gradientScale;
    for (let i = 0; i < this.#value.length; i++) {
      this.#moment[i] = 0.9 * this.#moment[i]! + this.#gradient[i]! * gradientScale;
      this.#value[i]! -= learningRate * this.#moment[i]!;
    }
    this.#step++;
    this.zeroGradients();
    return { gradientNorm };
  }

  zeroGradients(): void {
    this.#gradient.fill(0);
  }

  state(): SessionState {
    return {
      step: this.#step,
      tensors: new Map([
        ["value/model.embed_tokens.weight", this.#value],
        ["moment1/model.embed_tokens.weight", this.#moment],
      ]),
    };
  }

  restore(state: SessionState): void {
    for (const [name, values] of this.state().tensors) {
      const from = state.tensors.get(name);
      if (from?.length !== values.length) throw new RangeError(`Tensor ${name} does not fit`);
      values.set(from);
    }
    this.#step = state.step;
  }

  model(): ModelParams {
    return { config, ropeLayout: "halves", values: new Map([["model.embed_tokens.weight", this.#value]]) };
  }

  adapter(): ReadonlyMap<string, Float32Array> {
    return new Map();
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Learns token `step % 4` in every step; `loss` may stand in for the loss of a step. */
export function fakeMethod(steps: number, loss?: (step: number) => number): TrainMethod {
  return {
    name: "fake",
    steps,
    async accumulate(session, step, signal) {
      const id = step % 4;
      const one = Int32Array.of(0);
      const losses = await session.forward(
        {
          tokens: one,
          positions: one,
          starts: one,
          outputRows: one,
          targetIds: Int32Array.of(id),
          targetProbs: Float32Array.of(1),
        },
        signal,
      );
      await session.backward(Float32Array.of(1));
      return { loss: loss?.(step) ?? losses[0]!, tokens: 1, gradientScale: 1, records: `record ${step}` };
    },
    async evaluate(session) {
      const [value] = session.model().values.values();
      return { validationLoss: value!.reduce((sum, x, id) => sum + (x - id) ** 2, 0) };
    },
    async sample() {
      return [{ prompt: "once", text: " upon" }];
    },
  };
}
