import type { Degradation, Mode } from "@llamero/kernels";
import type { ChatFormat } from "./chat/chat-format.ts";
import { encodeParts } from "./chat/encode-parts.ts";
import type { PromptPart } from "./chat/guard/guard-prompt.ts";
import type { Message, RenderedChat, ToolCall, ToolDefinition } from "./chat/message.ts";
import type { ToolCallParser } from "./chat/tools/parse-tool-calls.ts";
import type { EngineClient } from "./engine/engine-client.ts";
import { ContextOverflowError } from "./engine/errors.ts";
import type {
  EmbedOptions,
  FinishReason,
  Priority,
  ScoredPosition,
  ScoreOptions,
  Speculation,
  Timings,
  TokenEvent,
  TokenLogprob,
  Usage,
} from "./engine/request.ts";
import type { GrammarSpec } from "./grammar/grammar-spec.ts";
import { completeSampling, type SamplingParams } from "./sample/params.ts";
import { Answer } from "./text/answer.ts";
import { holdAnswer, type ResponseFormat, type ToolChoice } from "./text/answer-grammar.ts";
import { streamCalls } from "./text/call-stream.ts";
import { Compactor } from "./text/compact.ts";
import { type Embeddings, embedAll } from "./text/embed.ts";
import {
  answerReserve,
  type ContextPolicy,
  type DroppedContext,
  dropMiddle,
  type FittedChat,
} from "./text/fit-context.ts";
import { type Ranking, rankByLikelihood, rerankPrefix } from "./text/rerank.ts";
import type { ShowTokens } from "./text/show-tokens.ts";
import type { Tokenizer } from "./tokenizer/tokenizer.ts";

/** Options of a ranking. */
export type RerankOptions = Pick<ScoreOptions, "adapter" | "signal">;

/** Options of one text generation. */
export interface GenerateOptions {
  /** Default: what is left of the context. */
  maxTokens?: number;
  sampling?: Partial<SamplingParams>;
  /** Stop strings; the text ends before the first that appears. */
  stop?: readonly string[];
  tools?: readonly ToolDefinition[];
  /** Whether the model must call a function, and which; default auto. */
  toolChoice?: ToolChoice;
  /** Whether several calls may come in one answer; default true. */
  parallelToolCalls?: boolean;
  /** What the answer must be; default any text. Throws GrammarError for what cannot be enforced. */
  responseFormat?: ResponseFormat;
  /** What to do with a conversation that does not fit; default refuse. */
  contextPolicy?: ContextPolicy;
  /** Name of a loaded LoRA adapter. */
  adapter?: string;
  /** Guesses ahead; default as the model was loaded, null for none. */
  speculation?: Speculation | null;
  /** Who goes first when not all can; default normal. */
  priority?: Priority;
  /** Whoever asks: requests of different clients take turns. */
  client?: string;
  /** Report this many alternatives per token, 0 to 20; absent: no log-probabilities at all. */
  topLogprobs?: number;
  signal?: AbortSignal;
  /** Ends the answer where it is when it fires, as a stop string would: a finish part still comes. */
  halt?: AbortSignal;
}

export interface TokenDetail extends TokenLogprob {
  /** Bytes of the token, which may be part of a character. */
  bytes: Uint8Array;
  top: readonly (TokenLogprob & { bytes: Uint8Array })[];
}

/** What a generation streams. `text-delta` parts concatenate to the finish part's text. */
export type GeneratePart =
  | { type: "text-delta"; text: string; tokens: readonly TokenDetail[] }
  /** Only where a grammar holds calls to their form: what comes of a call before it is whole. */
  | { type: "tool-call-start"; id: string; name: string }
  | { type: "tool-call-delta"; id: string; arguments: string }
  | { type: "tool-call"; call: ToolCall }
  | {
      type: "finish";
      reason: FinishReason;
      /** What is said instead of the answer, or of the rest of it, where the reason is content-filter. */
      refusal?: string;
      /** The stop string that ended the text, if one did. */
      stopString?: string;
      text: string;
      toolCalls: readonly ToolCall[];
      ids: readonly number[];
      usage: Usage;
      timings: Timings;
      backend: string;
      mode: Mode;
      degraded: readonly Degradation[];
      /** Prompt tokens by origin, and those that the context policy left out; absent for a raw continuation. */
      ledger?: RenderedChat["ledger"] & { dropped?: number };
      /** What the context policy left out, if anything. */
      dropped?: DroppedContext;
    };

/** The text layer over an engine: what the server, the command line and library users call. */
export interface TextModel {
  readonly name: string;
  readonly contextLimit: number;
  /** What its files recommend: how a request that does not say is sampled. */
  readonly sampling?: Partial<SamplingParams>;
  /** Renders the conversation with the model's own chat format and streams the answer. */
  chat(messages: readonly Message[], options?: GenerateOptions): AsyncIterable<GeneratePart>;
  /** Raw continuation of a text, of ids, or of texts with special tokens between them; no template. */
  complete(
    prompt: string | readonly number[] | readonly PromptPart[],
    options?: GenerateOptions,
  ): AsyncIterable<GeneratePart>;
  /** Teacher-forced log-probabilities; element i scores ids[from + i + 1]. */
  score(ids: readonly number[], options?: ScoreOptions): Promise<ScoredPosition[]>;
  /** One vector for each text, from the model's final hidden states. */
  embed(texts: string | readonly (string | readonly number[])[], options?: EmbedOptions): Promise<Embeddings>;
  /** Ranks documents by the log-probability per token of the query after each. */
  rerank(query: string, documents: readonly string[], options?: RerankOptions): Promise<Ranking>;
  /** What a prompt is before it is computed; absent where the tokenizer is elsewhere. */
  readonly showTokens?: ShowTokens;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a text model is made of. */
export interface TextModelParts {
  name: string;
  engine: EngineClient;
  tokenizer: TextTokenizer;
  format: Pick<ChatFormat, "stopIds" | "render" | "createParser" | "toolCallFormat">;
  /** Ids that end a raw continuation. */
  eosIds: readonly number[];
  /** What the model's files recommend, for requests that do not say. */
  sampling?: Partial<SamplingParams>;
  /** Gives back what the model holds besides the engine. */
  dispose?: () => Promise<void>;
}

/** What the text layer needs of a tokenizer; `Tokenizer` has all of it. */
export type TextTokenizer = Pick<Tokenizer, "encode" | "createDecoder" | "tokenBytes" | "bosId" | "addBos"> &
  // Only prompts that name special tokens, and showing them, need these.
  Partial<Pick<Tokenizer, "specialId" | "specialTokens">>;

interface Prompt {
  ids: readonly number[];
  stopIds: readonly number[];
  parser: ToolCallParser | null;
  grammar?: GrammarSpec | null;
  ledger: RenderedChat["ledger"] | null;
  dropped: DroppedContext | null;
  /** What the chat format could not do as asked. */
  degraded: readonly Degradation[];
}

const lossy = new TextDecoder();

const withoutUndefined = (params: Partial<SamplingParams> = {}): Partial<SamplingParams> =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));

/** Usage with the texts of the tokens that a cache miss names. */
function withTexts(usage: Usage, textOf: (id: number) => string): Usage {
  const { cacheMiss } = usage;
  if (cacheMiss?.reason !== "differs") return usage;
  const { wanted, cached } = cacheMiss;
  const texts = { wantedText: textOf(wanted), cachedText: textOf(cached) };
  return { ...usage, cacheMiss: { ...cacheMiss, ...texts } };
}

const isInParts = (
  prompt: string | readonly number[] | readonly PromptPart[],
): prompt is readonly PromptPart[] =>
  typeof prompt !== "string" && typeof prompt[0] !== "number" && prompt.length > 0;

/** Text layer over an engine. */
export function createTextModel(parts: TextModelParts): TextModel {
  const { name, engine, tokenizer, format, eosIds } = parts;

  async function* generate(prompt: Prompt, options: GenerateOptions): AsyncGenerator<GeneratePart> {
    const { sampling, stop = [], topLogprobs, adapter, signal, speculation, priority, client } = options;
    const turn = {
      ...(speculation !== undefined && { speculation }),
      ...(priority !== undefined && { priority }),
      ...(client !== undefined && { client }),
    };
    const { ids: promptIds, stopIds, parser, grammar } = prompt;
    const { contextLimit } = engine;
    if (promptIds.length >= contextLimit) {
      throw new ContextOverflowError({
        promptTokens: promptIds.length,
        maxTokens: options.maxTokens ?? 1,
        contextLimit,
      });
    }
    const answer = new Answer({
      // Parsers know special tokens by name; without one they are no part of the text.
      decoder: tokenizer.createDecoder({ skipSpecial: parser === null }),
      stop,
      parser,
      tokenBytes: topLogprobs === undefined ? null : (id) => tokenizer.tokenBytes(id),
    });
    const events = engine.generate({
      promptIds,
      maxTokens: options.maxTokens ?? contextLimit - promptIds.length,
      sampling: completeSampling({ ...parts.sampling, ...withoutUndefined(sampling) }),
      stopIds,
      topLogprobs: topLogprobs ?? 0,
      ...(grammar && { grammar }),
      ...(adapter !== undefined && { adapter }),
      ...turn,
      ...(signal && { signal }),
    });
    try {
      for (;;) {
        const { value: event } = await events.next(
          answer.isStopped || options.halt?.aborted === true ? "stop" : undefined,
        );
        if (!event) return;
        // Also when the engine was done before the signal: who aborts gets no more parts.
        signal?.throwIfAborted();
        if (event.type === "token") yield* answer.push(event);
        else {
          yield* answer.end();
          yield finishOf(answer, event, prompt);
        }
      }
    } finally {
      await events.return();
    }
  }

  function finishOf(
    answer: Answer,
    { reason, usage, timings }: Extract<TokenEvent, { type: "finish" }>,
    prompt: Prompt,
  ): GeneratePart {
    const { text, toolCalls, ids } = answer;
    const { backend, mode, degraded } = engine.info();
    const { ledger, dropped } = prompt;
    const isToolCall = toolCalls.length > 0 && reason === "stop";
    return {
      type: "finish",
      reason: isToolCall ? "tool-calls" : reason,
      ...(answer.stopString !== null && { stopString: answer.stopString }),
      text,
      toolCalls,
      ids,
      usage: withTexts(usage, (id) => lossy.decode(tokenizer.tokenBytes(id))),
      timings,
      backend,
      mode,
      degraded: [...degraded, ...prompt.degraded],
      ...(ledger && { ledger: { ...ledger, ...(dropped && { dropped: dropped.tokens }) } }),
      ...(dropped && { dropped }),
    };
  }

  const compactor = new Compactor();
  const specialId = (name: string): number | undefined => tokenizer.specialId?.(name);

  /** Text as raw ids, begun as the tokenizer begins texts. */
  function toIds(text: string | readonly number[]): readonly number[] {
    if (typeof text !== "string") return text;
    const bos = tokenizer.addBos && tokenizer.bosId !== null ? [tokenizer.bosId] : [];
    return [...bos, ...tokenizer.encode(text)];
  }

  async function fit(messages: readonly Message[], options: GenerateOptions): Promise<FittedChat> {
    const { contextPolicy = "refuse", tools, maxTokens, signal } = options;
    if (contextPolicy === "refuse") return { messages, dropped: null };
    const { contextLimit } = engine;
    const count = (each: readonly Message[]): number => format.render(each, { tools }).ids.length;
    const room = contextLimit - (maxTokens ?? answerReserve(contextLimit));
    if (contextPolicy === "drop-middle") return dropMiddle(messages, { maxTokens: room, count });
    return await compactor.compact(messages, {
      maxTokens: room,
      count,
      countPlain: (each) => format.render(each).ids.length,
      contextLimit,
      answer: (each, limit) => answerPlain(each, limit, signal),
    });
  }

  async function answerPlain(
    messages: readonly Message[],
    maxTokens: number,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const { ids, ledger } = format.render(messages);
    const prompt = { ids, stopIds: format.stopIds, parser: null, ledger, dropped: null, degraded: [] };
    let text = "";
    const sampling = { temperature: 0 };
    for await (const part of generate(prompt, { maxTokens, sampling, ...(signal && { signal }) })) {
      if (part.type === "text-delta") text += part.text;
    }
    return text;
  }

  const showTokens: ShowTokens = (prompt, options = {}) => {
    const { ids, ledger } =
      typeof prompt === "string" ? { ids: toIds(prompt), ledger: null } : format.render(prompt, options);
    const special = new Set(tokenizer.specialTokens?.values());
    const tokens = ids.map((id) => ({ id, bytes: tokenizer.tokenBytes(id), isSpecial: special.has(id) }));
    return { tokens, ledger };
  };

  return {
    name,
    contextLimit: engine.contextLimit,
    showTokens,
    ...(parts.sampling && { sampling: parts.sampling }),
    async *chat(messages, options = {}) {
      const { tools } = options;
      const held = holdAnswer(options, format.toolCallFormat);
      const { messages: kept, dropped } = await fit(messages, options);
      const degraded: Degradation[] = [];
      const { ids, ledger } = format.render(kept, { tools, onDegraded: (each) => degraded.push(each) });
      const plain = tools === undefined || tools.length === 0 ? null : format.createParser({ tools });
      const parser = plain === null ? null : streamCalls(plain, held.grammar);
      degraded.push(...held.degraded);
      const { grammar } = held;
      yield* generate({ ids, stopIds: format.stopIds, parser, grammar, ledger, dropped, degraded }, options);
    },
    async *complete(prompt, options = {}) {
      const ids = isInParts(prompt)
        ? encodeParts({ encode: (text) => tokenizer.encode(text), specialId }, prompt)
        : toIds(prompt);
      const { grammar } = holdAnswer({ ...options, tools: [] }, "json");
      yield* generate(
        // With special tokens in it, a prompt is that of a template: what ends a message ends it.
        {
          ids,
          stopIds: isInParts(prompt) ? [...eosIds, ...format.stopIds] : eosIds,
          parser: null,
          grammar,
          ledger: null,
          dropped: null,
          degraded: [],
        },
        options,
      );
    },
    score: (ids, options) => engine.score(ids, options),
    embed(texts, options = {}) {
      const list = typeof texts === "string" ? [texts] : texts;
      return embedAll(engine, list.map(toIds), options);
    },
    async rerank(query, documents, options = {}) {
      const queryIds = tokenizer.encode(` ${query}`);
      const prompts = documents.map((text) => ({ document: toIds(rerankPrefix(text)), query: queryIds }));
      return await rankByLikelihood(engine, prompts, options);
    },
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]();
      await parts.dispose?.();
    },
  };
}
