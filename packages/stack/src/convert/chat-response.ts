import { createHash } from "node:crypto";
import type {
  CacheMiss,
  DroppedContext,
  FinishReason,
  GeneratePart,
  TokenDetail,
  ToolCall,
  Usage,
} from "@llamero/core";
import type {
  AnswerDetails,
  AnswerToolCall,
  ChatCompletion,
  ChatCompletionChunk,
  ChunkDelta,
  ToolCallDelta,
  WireCacheMiss,
  WireFinishReason,
  WireLogprobs,
  WireTokenLogprob,
  WireUsage,
} from "../api/chat-response.ts";
import type { ServedTier } from "../api/service-tier.ts";
import { obfuscation } from "./obfuscation.ts";

export type FinishPart = Extract<GeneratePart, { type: "finish" }>;

/** What all parts of one answer share. */
export interface AnswerHead {
  id: string;
  created: number;
  model: string;
  wantsLogprobs: boolean;
  /** Streams then say `usage: null` until their last chunk. */
  wantsUsage: boolean;
  /** Where the request names one. */
  serviceTier?: ServedTier;
  /** Whether pieces of text are padded. */
  pads?: boolean;
  /** The request had the older `functions`, so the answer has `function_call`. */
  hasFunctions?: boolean;
}

/** One choice, complete. */
export interface CollectedChoice {
  tokens: TokenDetail[];
  finish: FinishPart;
}

const finishReasons: { readonly [K in FinishReason]: WireFinishReason } = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
};

const toReason = ({ hasFunctions }: AnswerHead, reason: FinishReason): WireFinishReason =>
  hasFunctions === true && reason === "tool-calls" ? "function_call" : finishReasons[reason];

/** The older form has one call, and the request for it asked for no more. */
function toCalls(
  { hasFunctions }: AnswerHead,
  calls: readonly ToolCall[],
): Pick<ChatCompletion["choices"][number]["message"], "tool_calls" | "function_call"> {
  if (calls.length === 0) return {};
  const all = calls.map(toWireCall);
  return hasFunctions === true ? { function_call: all[0]!.function } : { tool_calls: all };
}

const tierOf = ({ serviceTier }: AnswerHead): Pick<ChatCompletion, "service_tier"> =>
  serviceTier === undefined ? {} : { service_tier: serviceTier };

/** Complete choices -> answer. */
export function toChatCompletion(head: AnswerHead, choices: readonly CollectedChoice[]): ChatCompletion {
  const { id, created, model } = head;
  return {
    id,
    object: "chat.completion",
    created,
    model,
    choices: choices.map(({ tokens, finish }, index) => ({
      index,
      message: {
        role: "assistant",
        content:
          finish.text === "" && (finish.toolCalls.length > 0 || finish.refusal !== undefined)
            ? null
            : finish.text,
        refusal: finish.refusal ?? null,
        ...toCalls(head, finish.toolCalls),
      },
      logprobs: head.wantsLogprobs ? toLogprobs(tokens) : null,
      finish_reason: toReason(head, finish.reason),
    })),
    usage: toUsage(choices.map(({ finish }) => finish.usage)),
    ...tierOf(head),
    system_fingerprint: fingerprint(model, choices[0]!.finish),
    llamero: toDetails(choices[0]!.finish),
  };
}

/** Parts of one choice -> chunks. Holds what a stream needs to remember: how many calls there were. */
export class ChunkConverter {
  readonly #head: AnswerHead;
  readonly #index: number;
  #numCalls = 0;
  /** Places of the calls whose arguments are streamed. */
  readonly #streamed = new Map<string, number>();

  constructor(head: AnswerHead, index: number) {
    this.#head = head;
    this.#index = index;
  }

  /** The chunk that opens the choice. */
  open(): ChatCompletionChunk {
    return this.#chunk({ role: "assistant", content: "" });
  }

  /** Null for a part that has been said already. */
  convert(part: GeneratePart): ChatCompletionChunk | null {
    switch (part.type) {
      case "text-delta":
        return this.#chunk(
          { content: part.text },
          this.#head.wantsLogprobs ? { logprobs: toLogprobs(part.tokens) } : {},
        );
      case "tool-call-start": {
        const { id, name } = part;
        this.#streamed.set(id, this.#numCalls);
        const call = { id, type: "function", function: { name, arguments: "" } } as const;
        return this.#chunk(this.#callDelta({ index: this.#numCalls++, ...call }));
      }
      case "tool-call-delta": {
        const index = this.#streamed.get(part.id)!;
        return this.#chunk(this.#callDelta({ index, function: { arguments: part.arguments } }));
      }
      case "tool-call":
        if (this.#streamed.has(part.call.id)) return null;
        return this.#chunk(this.#callDelta({ index: this.#numCalls++, ...toWireCall(part.call) }));
      case "finish":
        return {
          ...this.#chunk(part.refusal === undefined ? {} : { refusal: part.refusal }, {
            finish_reason: toReason(this.#head, part.reason),
          }),
          system_fingerprint: fingerprint(this.#head.model, part),
          llamero: toDetails(part),
        };
      default:
        return part satisfies never;
    }
  }

  #callDelta(call: ToolCallDelta): ChunkDelta {
    return this.#head.hasFunctions === true ? { function_call: call.function } : { tool_calls: [call] };
  }

  #chunk(delta: ChunkDelta, rest: Partial<ChatCompletionChunk["choices"][number]> = {}): ChatCompletionChunk {
    const choice = { index: this.#index, delta, logprobs: null, finish_reason: null, ...rest };
    const { wantsUsage, pads } = this.#head;
    return {
      ...chunkHead(this.#head),
      choices: [choice],
      ...(wantsUsage && { usage: null }),
      ...(pads === true && { obfuscation: obfuscation(JSON.stringify(delta)) }),
    };
  }
}

/** The chunk that ends a stream whose client asked for the usage. */
export function toUsageChunk(head: AnswerHead, usages: readonly Usage[]): ChatCompletionChunk {
  return { ...chunkHead(head), choices: [], usage: toUsage(usages) };
}

function chunkHead(head: AnswerHead): Omit<ChatCompletionChunk, "choices"> {
  const { id, created, model } = head;
  return { id, object: "chat.completion.chunk", created, model, ...tierOf(head) };
}

function toWireCall({ id, name, arguments: value }: ToolCall): AnswerToolCall {
  return { id, type: "function", function: { name, arguments: JSON.stringify(value) } };
}

/** What other models count apart. */
export const noSpecialTokens: NonNullable<WireUsage["completion_tokens_details"]> = {
  reasoning_tokens: 0,
  audio_tokens: 0,
  accepted_prediction_tokens: 0,
  rejected_prediction_tokens: 0,
};

/** The choices share one prompt. */
function toUsage(usages: readonly Usage[]): WireUsage {
  const { promptTokens, cachedTokens } = usages[0]!;
  const completionTokens = usages.reduce((sum, usage) => sum + usage.completionTokens, 0);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
    completion_tokens_details: noSpecialTokens,
  };
}

/** Short name of a model and of what computed it. */
export function fingerprint(model: string, { backend, mode }: Pick<FinishPart, "backend" | "mode">): string {
  const digest = createHash("sha256").update(JSON.stringify([model, backend, mode]));
  return `fp_${digest.digest("hex").slice(0, 12)}`;
}

function toDetails(finish: FinishPart): AnswerDetails {
  const { backend, mode, degraded, usage, timings, ledger, dropped } = finish;
  return {
    backend,
    mode,
    degraded: [...degraded],
    context: { used: usage.contextUsed, limit: usage.contextLimit },
    ...(ledger && { ledger }),
    ...(dropped && { dropped: toWireDropped(dropped) }),
    cache: { from_disk: usage.cachedFromDisk ?? 0, miss: toWireMiss(usage.cacheMiss) },
    timings: {
      queue_ms: finite(timings.queueMs),
      prefill_ms: finite(timings.prefillMs),
      decode_ms: finite(timings.decodeMs),
      tokens_per_second: finite(timings.decodeTokensPerSecond),
    },
  };
}

function toWireDropped({
  policy,
  messages,
  tokens,
  summaryTokens,
}: DroppedContext): AnswerDetails["dropped"] {
  return { policy, messages, tokens, summary_tokens: summaryTokens };
}

function toWireMiss(miss: CacheMiss | undefined): WireCacheMiss | null {
  if (miss === undefined) return null;
  if (miss.reason !== "differs") return miss;
  const { wantedText, cachedText, ...rest } = miss;
  return { ...rest, wanted_text: wantedText, cached_text: cachedText };
}

/** JSON has no infinity: a single token has no rate. */
const finite = (value: number): number => (Number.isFinite(value) ? Math.round(value * 100) / 100 : 0);

const decoder = new TextDecoder();

function toLogprob(detail: { logprob: number; bytes: Uint8Array }): WireTokenLogprob {
  // JSON has no infinity; OpenAI uses the same floor.
  const logprob = Math.max(detail.logprob, -9999);
  return { token: decoder.decode(detail.bytes), logprob, bytes: [...detail.bytes] };
}

export function toLogprobs(tokens: readonly TokenDetail[]): WireLogprobs {
  const content = tokens.map((token) => ({ ...toLogprob(token), top_logprobs: token.top.map(toLogprob) }));
  return { content, refusal: null };
}
