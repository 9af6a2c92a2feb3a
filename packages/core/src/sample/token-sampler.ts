import { type SampleParams, uniform } from "@llamero/kernels";
import type { TokenMatcher } from "../grammar/lazy-matcher.ts";
import type { SamplingParams } from "./params.ts";

const noIds = new Int32Array(0);
const noMask = new Uint32Array(0);

/**
 * Sampling of one sequence: the user's parameters and the token history that penalties look at.
 * The repetition penalty sees prompt and output, as its authors meant it; frequency and presence penalties see output
 * only, as OpenAI defines them. A backend knows one history, so the latter two go to it as biases.
 */
export class TokenSampler {
  readonly seed: number;
  readonly #params: SamplingParams;
  readonly #topLogprobs: number;
  /** Tokens for the repetition penalty; null while it is off. */
  readonly #repeated: Set<number> | null;
  /** Count of each output token; null while frequency and presence penalties are off. */
  readonly #counts: Map<number, number> | null;

  readonly #grammar: TokenMatcher | null;

  constructor(
    params: SamplingParams,
    options: { promptIds: Iterable<number>; topLogprobs: number; grammar?: TokenMatcher | null },
  ) {
    this.#params = params;
    this.#grammar = options.grammar ?? null;
    this.#topLogprobs = options.topLogprobs;
    this.seed = params.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
    this.#repeated = params.repetitionPenalty === 1 ? null : new Set(options.promptIds);
    this.#counts = params.frequencyPenalty === 0 && params.presencePenalty === 0 ? null : new Map();
  }

  /** Adds a generated token to the history. */
  accept(token: number): void {
    if (this.#grammar?.accept(token) === false)
      throw new RangeError(`Token ${token} is not allowed by the grammar`);
    this.#repeated?.add(token);
    this.#counts?.set(token, (this.#counts.get(token) ?? 0) + 1);
  }

  /** The grammar allows nothing more. */
  get isFinished(): boolean {
    return this.#grammar?.isFinished === true;
  }

  /**
   * Parameters of the draw of the token at `position` of the sequence, prompt included, when the `guessed` tokens come
   * before it that have not been accepted yet.
   */
  at(position: number, guessed: readonly number[] = []): SampleParams {
    const { temperature, topK, topP, minP, repetitionPenalty } = this.#params;
    const bias = this.#bias(guessed);
    const repeated = this.#repeated === null ? noIds : Int32Array.from(withGuessed(this.#repeated, guessed));
    return {
      temperature,
      topK,
      topP,
      minP,
      repetitionPenalty,
      frequencyPenalty: 0,
      presencePenalty: 0,
      // The request number is 0: a seeded request draws the same whatever else runs.
      uniform: uniform(this.seed, 0, position),
      penaltyIds: repeated,
      penaltyCounts: repeated.length === 0 ? noIds : new Int32Array(repeated.length).fill(1),
      biasIds: Int32Array.from(bias.keys()),
      biasValues: Float32Array.from(bias.values()),
      mask: this.#mask(guessed),
      topLogprobs: this.#topLogprobs,
    };
  }

  /** Behind a guess that the grammar refuses nothing is drawn, so there the mask is of no use. */
  #mask(guessed: readonly number[]): Uint32Array {
    if (this.#grammar === null) return noMask;
    const ahead = guessed.length === 0 ? this.#grammar : this.#grammar.fork();
    return guessed.every((token) => ahead.accept(token)) ? (ahead.mask() ?? noMask) : noMask;
  }

  #bias(guessed: readonly number[]): Map<number, number> {
    const { logitBias, frequencyPenalty, presencePenalty } = this.#params;
    const bias = new Map(Object.entries(logitBias).map(([id, value]) => [Number(id), value]));
    if (this.#counts === null) return bias;
    const counts = guessed.length === 0 ? this.#counts : new Map(this.#counts);
    for (const id of guessed) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, count] of counts) {
      bias.set(id, (bias.get(id) ?? 0) - frequencyPenalty * count - presencePenalty);
    }
    return bias;
  }
}

function withGuessed(ids: ReadonlySet<number>, guessed: readonly number[]): ReadonlySet<number> {
  return guessed.length === 0 ? ids : new Set([...ids, ...guessed]);
}
