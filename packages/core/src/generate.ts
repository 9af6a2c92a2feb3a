import type { Degradation, Mode } from "@llamero/kernels";
import type { Message, ToolCall, ToolDefinition } from "./chat/message.ts";
import type { FinishReason, ScoredPosition, Timings, TokenLogprob, Usage } from "./engine/request.ts";
import type { SamplingParams } from "./sample/params.ts";

/** Options of one text generation. */
export interface GenerateOptions {
  /** Default: what is left of the context. */
  maxTokens?: number;
  sampling?: Partial<SamplingParams>;
  /** Stop strings; the text ends before the first that appears. */
  stop?: readonly string[];
  tools?: readonly ToolDefinition[];
  /** Report this many alternatives per token, 0 to 20; absent: no log-probabilities at all. */
  topLogprobs?: number;
  signal?: AbortSignal;
}

export interface TokenDetail extends TokenLogprob {
  /** Bytes of the token, which may be part of a character. */
  bytes: Uint8Array;
  top: readonly (TokenLogprob & { bytes: Uint8Array })[];
}

/** What a generation streams. `text-delta` parts concatenate to the finish part's text. */
export type GeneratePart =
  | { type: "text-delta"; text: string; tokens: readonly TokenDetail[] }
  | { type: "tool-call"; call: ToolCall }
  | {
      type: "finish";
      reason: FinishReason;
      text: string;
      toolCalls: readonly ToolCall[];
      ids: readonly number[];
      usage: Usage;
      timings: Timings;
      backend: string;
      mode: Mode;
      degraded: readonly Degradation[];
    };

/** The text layer over an engine: what the server, the command line and library users call. */
export interface TextModel {
  readonly name: string;
  readonly contextLimit: number;
  /** Renders the conversation with the model's own chat format and streams the answer. */
  chat(messages: readonly Message[], options?: GenerateOptions): AsyncIterable<GeneratePart>;
  /** Raw continuation of a text or of ids; no template. */
  complete(prompt: string | readonly number[], options?: GenerateOptions): AsyncIterable<GeneratePart>;
  /** Teacher-forced log-probabilities; element i scores ids[i + 1]. */
  score(
    ids: readonly number[],
    options?: { topLogprobs?: number; signal?: AbortSignal },
  ): Promise<ScoredPosition[]>;
  [Symbol.asyncDispose](): Promise<void>;
}
