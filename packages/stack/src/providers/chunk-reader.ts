import type { FinishReason, GeneratePart, JsonValue, TokenDetail, ToolCall } from "@llamero/core";
import { HttpError } from "../http/http-error.ts";

/** What we read of a chunk; all of it may be absent. */
interface Chunk {
  choices?: {
    delta?: {
      content?: string | null;
      refusal?: string | null;
      tool_calls?: { index?: number; id?: string; function?: { name?: string; arguments?: string } }[];
    };
    finish_reason?: string | null;
    logprobs?: { content?: WireToken[] | null } | null;
  }[];
  usage?: {
    prompt_tokens?: number;
    completion_tokens?: number;
    prompt_tokens_details?: { cached_tokens?: number } | null;
  } | null;
  error?: { message?: string } | null;
}

interface WireToken {
  token: string;
  logprob: number;
  top_logprobs?: WireToken[];
}

interface OpenCall {
  id: string;
  name: string;
  text: string;
}

const reasons: Readonly<Record<string, FinishReason>> = {
  length: "length",
  content_filter: "content-filter",
};

const utf8 = new TextEncoder();

/** Chunks of a provider's chat completion -> parts of an answer. */
export class ChunkReader {
  readonly #provider: string;
  readonly #wantsTokens: boolean;
  readonly #start = performance.now();
  #firstMs: number | null = null;
  #rest = "";
  #text = "";
  #refusal = "";
  #calls: OpenCall[] = [];
  #reason: string | null = null;
  #usage: Chunk["usage"] = null;

  constructor(provider: string, wantsTokens: boolean) {
    this.#provider = provider;
    this.#wantsTokens = wantsTokens;
  }

  *push(text: string): Generator<GeneratePart> {
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = lines.pop()!;
    for (const line of lines) {
      const data = /^data: ?(.*)$/.exec(line)?.[1];
      if (data === undefined || data === "" || data === "[DONE]") continue;
      yield* this.#take(this.#parse(data));
    }
  }

  /** The calls and the end, when there is nothing more to come. */
  *end(): Generator<GeneratePart> {
    if (this.#reason === null) throw this.#fault("ended its answer early");
    const toolCalls = this.#calls.filter(Boolean).map((call) => this.#toCall(call));
    for (const call of toolCalls) yield { type: "tool-call", call };
    const now = performance.now();
    const firstMs = this.#firstMs ?? now - this.#start;
    const promptTokens = this.#usage?.prompt_tokens ?? 0;
    const completionTokens = this.#usage?.completion_tokens ?? 0;
    const decodeMs = now - this.#start - firstMs;
    const rate = (tokens: number, ms: number): number => (ms > 0 ? (tokens / ms) * 1000 : 0);
    yield {
      type: "finish",
      reason: toolCalls.length > 0 ? "tool-calls" : (reasons[this.#reason] ?? "stop"),
      ...(this.#refusal !== "" && { refusal: this.#refusal }),
      text: this.#text,
      toolCalls,
      ids: [],
      usage: {
        promptTokens,
        cachedTokens: this.#usage?.prompt_tokens_details?.cached_tokens ?? 0,
        completionTokens,
        contextUsed: promptTokens + completionTokens,
        // Its provider does not say.
        contextLimit: 0,
      },
      timings: {
        queueMs: 0,
        prefillMs: firstMs,
        decodeMs,
        timeToFirstTokenMs: firstMs,
        prefillTokensPerSecond: rate(promptTokens, firstMs),
        decodeTokensPerSecond: rate(completionTokens, decodeMs),
      },
      backend: this.#provider,
      mode: "fast",
      degraded: [],
    };
  }

  #parse(data: string): Chunk {
    try {
      const value: unknown = JSON.parse(data);
      if (typeof value === "object" && value !== null) return value as Chunk;
    } catch {
      // Told below.
    }
    throw this.#fault("sent an event that is no JSON object");
  }

  *#take({ choices, usage, error }: Chunk): Generator<GeneratePart> {
    if (error) throw this.#fault(`failed: ${String(error.message ?? "no reason given").slice(0, 500)}`);
    this.#usage = usage ?? this.#usage;
    const choice = choices?.[0];
    if (choice === undefined) return;
    const { delta = {}, finish_reason: reason, logprobs } = choice;
    if (delta.content) {
      this.#firstMs ??= performance.now() - this.#start;
      this.#text += delta.content;
      const tokens = this.#wantsTokens ? (logprobs?.content ?? []).map(toDetail) : [];
      yield { type: "text-delta", text: delta.content, tokens };
    }
    this.#refusal += delta.refusal ?? "";
    for (const { index = 0, id, function: called } of delta.tool_calls ?? []) {
      this.#firstMs ??= performance.now() - this.#start;
      if (!Number.isSafeInteger(index) || index < 0 || index > 127)
        throw this.#fault("sent a call without a place");
      this.#calls[index] ??= { id: id ?? `call_${index}`, name: "", text: "" };
      this.#calls[index].name += called?.name ?? "";
      this.#calls[index].text += called?.arguments ?? "";
    }
    this.#reason = reason ?? this.#reason;
  }

  #toCall({ id, name, text }: OpenCall): ToolCall {
    try {
      const value = JSON.parse(text === "" ? "{}" : text) as JsonValue;
      if (typeof value === "object" && value !== null && !Array.isArray(value))
        return { id, name, arguments: value as ToolCall["arguments"] };
    } catch {
      // Told below.
    }
    throw this.#fault(`sent a call of ${name} whose arguments are no JSON object`);
  }

  #fault(what: string): HttpError {
    return new HttpError(502, `Provider ${this.#provider} ${what}`, {
      type: "server_error",
      code: "provider_error",
    });
  }
}

/** Providers do not tell ids of tokens. */
function toDetail({ token, logprob, top_logprobs: top = [] }: WireToken): TokenDetail {
  const one = (each: WireToken): { token: number; logprob: number; bytes: Uint8Array } => ({
    token: -1,
    logprob: each.logprob,
    bytes: utf8.encode(each.token),
  });
  return { ...one({ token, logprob }), top: top.map(one) };
}
