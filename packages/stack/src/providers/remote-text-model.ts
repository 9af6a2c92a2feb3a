import type {
  Embeddings,
  EmbedOptions,
  GenerateOptions,
  GeneratePart,
  Message,
  Ranking,
  ScoredPosition,
  TextModel,
} from "@llamero/core";
import { z } from "zod";
import { HttpError } from "../http/http-error.ts";
import { ChunkReader } from "./chunk-reader.ts";
import type { ProviderData } from "./provider-data.ts";
import type { RemoteModel } from "./remote-model.ts";

/**
 * A remote model in the words of the text layer, by chat completions: for Responses and kept answers, which providers
 * need not know. Its context is its provider's business.
 */
export class RemoteTextModel implements TextModel {
  readonly name: string;
  readonly contextLimit: number = Number.MAX_SAFE_INTEGER;
  readonly #remote: RemoteModel;
  readonly #data: ProviderData;

  /** `data` are keys that came with a request. */
  constructor(remote: RemoteModel, data: ProviderData = {}) {
    this.name = remote.name;
    this.#remote = remote;
    this.#data = data;
  }

  async *chat(messages: readonly Message[], options: GenerateOptions = {}): AsyncGenerator<GeneratePart> {
    const abort = new AbortController();
    const signal =
      options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
    const body = toChatBody(messages, options);
    const reply = await this.#remote.forward(
      { operation: "chat/completions", body: { ...body, model: this.name }, data: this.#data },
      signal,
    );
    if (reply.type !== "events") throw noStream(reply.provider);
    const reader = new ChunkReader(reply.provider, options.topLogprobs !== undefined);
    try {
      for await (const text of pull(reply.drain)) yield* reader.push(text);
      yield* reader.end();
    } finally {
      abort.abort();
    }
  }

  complete(): AsyncIterable<GeneratePart> {
    throw this.#cannot("continue texts this way");
  }

  async score(): Promise<ScoredPosition[]> {
    throw this.#cannot("score texts");
  }

  /** As its provider pools and scales them. */
  async embed(
    texts: string | readonly (string | readonly number[])[],
    { pooling, normalize = true, adapter, signal = new AbortController().signal }: EmbedOptions = {},
  ): Promise<Embeddings> {
    if (pooling !== undefined || !normalize || adapter !== undefined)
      throw this.#cannot("embed texts another way than its own");
    const reply = await this.#remote.forward(
      {
        operation: "embeddings",
        body: { model: this.name, input: texts, encoding_format: "float" },
        data: this.#data,
      },
      signal,
    );
    if (reply.type !== "whole") throw this.#cannot("embed texts as events");
    const { data, usage } = readEmbeddings(reply.json, reply.provider);
    return {
      vectors: data.map(({ embedding }) => Float32Array.from(embedding)),
      numTokens: usage?.prompt_tokens ?? 0,
    };
  }

  async rerank(): Promise<Ranking> {
    throw this.#cannot("rank documents");
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #cannot(what: string): HttpError {
    return new HttpError(400, `${this.name} is remote and cannot ${what}`, {
      param: "model",
      code: "unsupported_operation",
    });
  }
}

const noStream = (provider: string): HttpError =>
  new HttpError(502, `Provider ${provider} was asked for events and sent none`, {
    type: "server_error",
    code: "provider_error",
  });

const embeddingsSchema = z.object({
  data: z.array(z.object({ embedding: z.array(z.number()) })),
  usage: z.object({ prompt_tokens: z.int() }).nullish(),
});

function readEmbeddings(latin1: string, provider: string): z.infer<typeof embeddingsSchema> {
  try {
    return embeddingsSchema.parse(JSON.parse(latin1));
  } catch (error) {
    throw new HttpError(502, `Provider ${provider} sent no embeddings: ${String(error).slice(0, 300)}`, {
      type: "server_error",
      code: "provider_error",
    });
  }
}

type Drain = (sink: (text: string) => Promise<void> | undefined) => Promise<void>;

/** What a drain pushes, pulled; it waits while nobody takes. */
async function* pull(drain: Drain): AsyncGenerator<string> {
  const waiting: string[] = [];
  let wake = (): void => {};
  let taken = (): void => {};
  let isOver = false;
  let failure: unknown;
  void drain((text) => {
    waiting.push(text);
    wake();
    return new Promise((resolve) => {
      taken = resolve;
    });
  })
    .catch((error: unknown) => {
      failure = error ?? new Error("The stream ended");
    })
    .finally(() => {
      isOver = true;
      wake();
    });
  try {
    for (;;) {
      while (waiting.length > 0) yield Buffer.from(waiting.shift()!, "latin1").toString("utf8");
      if (isOver) break;
      const next = new Promise<void>((resolve) => {
        wake = resolve;
      });
      taken();
      if (waiting.length === 0 && !isOver) await next;
    }
    if (failure !== undefined) throw failure;
  } finally {
    // Who leaves early lets it run into its signal.
    taken();
  }
}

/** Fields of a chat completion, as a provider takes them. */
export function toChatBody(
  messages: readonly Message[],
  options: GenerateOptions,
): Record<string, unknown> & { model?: string } {
  const { sampling = {}, maxTokens, stop, tools, toolChoice, topLogprobs, responseFormat } = options;
  if (options.adapter !== undefined) {
    const param = "adapter";
    throw new HttpError(
      400,
      `An adapter of a remote model is named with the model: MODEL:${options.adapter}`,
      { param },
    );
  }
  const given: Record<string, unknown> = {
    messages: messages.map(toWireMessage),
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    min_p: sampling.minP,
    repetition_penalty: sampling.repetitionPenalty,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    logit_bias: sampling.logitBias,
    seed: sampling.seed ?? undefined,
    stop,
    context_policy: options.contextPolicy,
    parallel_tool_calls: options.parallelToolCalls,
    ...(topLogprobs !== undefined && { logprobs: true, top_logprobs: topLogprobs }),
    ...(responseFormat !== undefined && { response_format: toWireFormat(responseFormat) }),
    ...(tools !== undefined && {
      tools: tools.map(({ name, description, parameters, isStrict }) => ({
        type: "function",
        function: { name, description, parameters, ...(isStrict === true && { strict: true }) },
      })),
    }),
    ...(toolChoice !== undefined && {
      tool_choice:
        typeof toolChoice === "string"
          ? toolChoice
          : { type: "function", function: { name: toolChoice.name } },
    }),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function toWireMessage(message: Message): object {
  const { role, content } = message;
  if (role === "tool") return { role, tool_call_id: message.toolCallId, content };
  if (role !== "assistant" || message.toolCalls === undefined || message.toolCalls.length === 0)
    return { role, content };
  const calls = message.toolCalls.map((call) => ({
    id: call.id,
    type: "function",
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  return { role, content: content === "" ? null : content, tool_calls: calls };
}

function toWireFormat(format: NonNullable<GenerateOptions["responseFormat"]>): object {
  switch (format.type) {
    case "text":
      return { type: "text" };
    case "json-object":
      return { type: "json_object" };
    case "json-schema":
      return { type: "json_schema", json_schema: { name: "answer", strict: true, schema: format.schema } };
    default:
      throw new HttpError(400, `Remote models cannot be held to a ${format.type}`, {
        param: "response_format",
        code: "unsupported_value",
      });
  }
}
