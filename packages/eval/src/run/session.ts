import type { Generation, GenerationRequest, Generator, Loglikelihood, Prompt } from "../generator.ts";
import type { RunCode, Session } from "../task.ts";
import type { AnswerCache } from "./answer-cache.ts";

/** The model cannot do what the task asks of every item. */
export class UnsupportedTaskError extends Error {
  override name = "UnsupportedTaskError";
}

/** Tokens that went into one item. */
export interface TokenCounts {
  prompt: number;
  completion: number;
  /** Tokens whose log-probability was asked for. */
  scored: number;
}

/** A model with its known answers. */
export interface CachedGenerator {
  generator: Generator;
  cache: AnswerCache;
}

type PartialRequest = Partial<GenerationRequest> & { prompt: Prompt };

/** What an item may use. `tokens` counts as it goes. */
export function createSession(
  model: CachedGenerator,
  options: {
    seed: number;
    signal: AbortSignal;
    tokens: TokenCounts;
    judge: CachedGenerator | null;
    runCode: RunCode | null;
  },
): Session {
  const { seed, signal, tokens, judge } = options;

  async function answer({ generator, cache }: CachedGenerator, partial: PartialRequest): Promise<Generation> {
    const { signal: own, ...request } = complete(partial, seed);
    return await cache.get({ kind: "generation", ...request }, () =>
      generator.generate({ ...request, signal: own === undefined ? signal : AbortSignal.any([own, signal]) }),
    );
  }

  return {
    async generate(request): Promise<Generation> {
      const generation = await answer(model, request);
      tokens.prompt += generation.promptTokens;
      tokens.completion += generation.completionTokens;
      return generation;
    },
    async loglikelihood(context, continuation, { overflow = "error" } = {}): Promise<Loglikelihood> {
      const { generator, cache } = model;
      const { loglikelihood } = generator;
      if (loglikelihood === null) {
        throw new UnsupportedTaskError(
          `${generator.identity.model} gives no log-probabilities of a prompt; take a local model, or a server whose /completions knows echo and logprobs`,
        );
      }
      const request = { context, continuation, overflow };
      const likelihood = await cache.get({ kind: "loglikelihood", ...request }, () =>
        loglikelihood.call(generator, { ...request, signal }),
      );
      tokens.scored += likelihood.numTokens;
      return likelihood;
    },
    runCode:
      options.runCode ??
      (() => {
        throw new UnsupportedTaskError(
          "The task runs code that the model wrote, but there is no sandbox here",
        );
      }),
    judge: judge === null ? null : (request) => answer(judge, request),
    signal,
  };
}

function complete(
  { prompt, maxTokens = 256, temperature = 0, topP = 1, seed, stop = [], signal }: PartialRequest,
  fallbackSeed: number,
): GenerationRequest {
  const request = { prompt, maxTokens, temperature, topP, seed: seed ?? fallbackSeed, stop };
  return signal === undefined ? request : { ...request, signal };
}
