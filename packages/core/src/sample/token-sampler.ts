import type { SampleParams } from "@llamero/kernels";
import type { SamplingParams } from "./params.ts";
import { uniform } from "./uniform.ts";

const noIds = new Int32Array(0);
const noMask = new Uint32Array(0);

/**
 * Sampling of one sequence: the user's parameters and the token history that penalties look at.
 * Repetition penalty sees prompt and output; frequency and presence penalties count output tokens only,
 * so a token that is only in the prompt is listed with count 0.
 */
export class TokenSampler {
  readonly seed: number;
  readonly #params: SamplingParams;
  readonly #topLogprobs: number;
  readonly #biasIds: Int32Array;
  readonly #biasValues: Float32Array;
  /** Count of each token of the history; null while no penalty is on. */
  readonly #counts: Map<number, number> | null;

  constructor(params: SamplingParams, options: { promptIds: Iterable<number>; topLogprobs: number }) {
    this.#params = params;
    this.#topLogprobs = options.topLogprobs;
    this.seed = params.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
    const bias = Object.entries(params.logitBias);
    this.#biasIds = Int32Array.from(bias, ([id]) => Number(id));
    this.#biasValues = Float32Array.from(bias, ([, value]) => value);
    const looksAtPrompt = params.repetitionPenalty !== 1;
    const looksAtOutput = looksAtPrompt || params.frequencyPenalty !== 0 || params.presencePenalty !== 0;
    this.#counts = looksAtOutput ? new Map() : null;
    if (looksAtPrompt) for (const id of options.promptIds) this.#counts!.set(id, 0);
  }

  /** Adds a generated token to the history. */
  accept(token: number): void {
    this.#counts?.set(token, (this.#counts.get(token) ?? 0) + 1);
  }

  /** Parameters of the draw of the token at `position` of the sequence, prompt included. */
  at(position: number): SampleParams {
    const { temperature, topK, topP, minP, repetitionPenalty, frequencyPenalty, presencePenalty } =
      this.#params;
    return {
      temperature,
      topK,
      topP,
      minP,
      repetitionPenalty,
      frequencyPenalty,
      presencePenalty,
      // The request number is 0: a seeded request draws the same whatever else runs.
      uniform: uniform(this.seed, 0, position),
      penaltyIds: this.#counts === null ? noIds : Int32Array.from(this.#counts.keys()),
      penaltyCounts: this.#counts === null ? noIds : Int32Array.from(this.#counts.values()),
      biasIds: this.#biasIds,
      biasValues: this.#biasValues,
      mask: noMask,
      topLogprobs: this.#topLogprobs,
    };
  }
}
