import type { Degradation, Mode } from "@llamero/kernels";
import type { GrammarSpec } from "../grammar/grammar-spec.ts";
import type { SamplingParams } from "../sample/params.ts";
import type { CacheMiss } from "./cache-miss.ts";
import type { Pooling } from "./sequence.ts";

/**
 * Guesses at the next tokens, which the model then checks in one step. The tokens that come out are those that would
 * come out without: `ngram` repeats what followed the last tokens earlier, `draft` asks the engine's draft model.
 */
export interface Speculation {
  kind: "ngram" | "draft";
  /** Tokens guessed at once at most, 1 to 64; how many follows from how many were right and what a row costs. */
  maxDraft: number;
}

/** Who goes first when not all can: within a step and in the waiting line. Whoever waits long rises. */
export type Priority = "high" | "normal" | "low";

/** One generation, in token ids only. */
export interface GenerateRequest {
  promptIds: readonly number[] | Int32Array;
  /** Tokens to generate at most; the engine refuses prompt + maxTokens beyond the context. */
  maxTokens: number;
  sampling: SamplingParams;
  /** Generation ends when one of these is drawn; the token itself is not reported as output. */
  stopIds: readonly number[];
  /** How many alternatives to report per token, 0 to 20. */
  topLogprobs: number;
  /** Name of a loaded adapter that the tokens run through. */
  adapter?: string;
  /**
   * Output of an earlier run of this request, which goes on after it: the same seed draws what it would have drawn, and
   * penalties, limits and usage count these tokens as generated. They are not reported again.
   */
  generatedIds?: readonly number[];
  /** Absent: as the model was loaded; null: none. */
  speculation?: Speculation | null;
  /** What the text must be; stop tokens are then drawn just where it is whole. */
  grammar?: GrammarSpec;
  /** Default normal. */
  priority?: Priority;
  /** Whoever asks: requests of different clients take turns, however many each has made. */
  client?: string;
  signal?: AbortSignal;
}

export interface TokenLogprob {
  token: number;
  logprob: number;
}

/**
 * Why a generation ended: a stop token or stop string, the token limit, a tool call, a guard of the server around the
 * model. Aborts reject instead.
 */
export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter";

export interface Usage {
  promptTokens: number;
  /** Prompt tokens whose KV came from the prefix cache. */
  cachedTokens: number;
  /** Those of them that came from the disk, if any. */
  cachedFromDisk?: number;
  /** Why no more came from the prefix cache; absent when only the last token, which always is, was computed. */
  cacheMiss?: CacheMiss;
  completionTokens: number;
  /** What speculation did; absent without. */
  speculation?: { draftedTokens: number; acceptedTokens: number };
  contextUsed: number;
  contextLimit: number;
}

export interface Timings {
  queueMs: number;
  prefillMs: number;
  decodeMs: number;
  timeToFirstTokenMs: number;
  prefillTokensPerSecond: number;
  decodeTokensPerSecond: number;
}

export type TokenEvent =
  | { type: "token"; token: number; logprob: number; top: readonly TokenLogprob[] }
  | { type: "finish"; reason: "stop" | "length"; stopToken: number | null; usage: Usage; timings: Timings };

/** Teacher-forced scores of a given sequence: what the model thought of each next token. */
export interface ScoredPosition {
  /** The token at this position, and its log-probability given everything before it. */
  token: number;
  logprob: number;
  top: readonly TokenLogprob[];
}

/** How `Engine.score` scores. */
export interface ScoreOptions {
  /** How many alternatives to report per position, 0 to 20; default none. */
  topLogprobs?: number;
  /** First position that is scored: tokens before it cost no logits and may come from the prefix cache. Default 0. */
  from?: number;
  /** Name of a loaded adapter. */
  adapter?: string;
  signal?: AbortSignal;
}

/** How `Engine.embed` makes one vector of a sequence. */
export interface EmbedOptions {
  /** Mean of the final hidden states of all tokens, or the last token's; default mean. */
  pooling?: Pooling;
  /** Whether the vector is scaled to length 1; default true. */
  normalize?: boolean;
  /** Name of a loaded adapter. */
  adapter?: string;
  signal?: AbortSignal;
}

export interface EngineInfo {
  backend: string;
  threads: number;
  mode: Mode;
  contextLimit: number;
  /** Names of the loaded adapters, if there are any. */
  adapters?: readonly string[];
  degraded: readonly Degradation[];
}
