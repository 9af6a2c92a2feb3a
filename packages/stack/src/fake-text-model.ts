import {
  ContextOverflowError,
  type Embeddings,
  type EmbedOptions,
  type GenerateOptions,
  type GeneratePart,
  type Message,
  type PromptPart,
  type PromptToken,
  type PromptTokens,
  QueueFullError,
  type Ranking,
  type TextModel,
  type TokenDetail,
  type ToolCall,
} from "@llamero/core";

/** What the fake says: words, or calls. */
export type FakeReply = string | readonly ToolCall[];

export interface FakeTextModelOptions {
  /** Default: "Echo: " and the last message. */
  reply?: (messages: readonly Message[]) => FakeReply;
  /** Before each word. */
  delayMs?: number;
  contextLimit?: number;
  /** Chats at once; the next is refused. */
  queueLimit?: number;
  /** What a word was drawn from; default itself alone. */
  detail?: (text: string, numTop: number) => TokenDetail;
}

const utf8 = new TextEncoder();

function plainDetail(text: string, numTop: number): TokenDetail {
  const token = { token: text.length, logprob: -0.5, bytes: utf8.encode(text) };
  return { ...token, top: Array.from({ length: numTop }, () => token) };
}

/** A text model whose tokens are words; it keeps what it was asked and how each chat ended. */
export class FakeTextModel implements TextModel {
  readonly name = "fake";
  readonly contextLimit: number;
  readonly calls: { messages: readonly Message[]; options: GenerateOptions }[] = [];
  numRunning = 0;
  numAborted = 0;
  readonly #options: FakeTextModelOptions;

  constructor(options: FakeTextModelOptions = {}) {
    this.#options = options;
    this.contextLimit = options.contextLimit ?? 1000;
  }

  async *chat(messages: readonly Message[], options: GenerateOptions = {}): AsyncGenerator<GeneratePart> {
    this.calls.push({ messages, options });
    this.#check(messages, options);
    this.numRunning++;
    try {
      yield* this.#say(messages, options);
    } finally {
      this.numRunning--;
      if (options.signal?.aborted) this.numAborted++;
    }
  }

  #check(messages: readonly Message[], { sampling = {}, maxTokens = 1 }: GenerateOptions): void {
    const { contextLimit } = this;
    const { queueLimit = Number.POSITIVE_INFINITY } = this.#options;
    const promptTokens = numWords(messages);
    if (promptTokens + maxTokens > contextLimit) {
      throw new ContextOverflowError({ promptTokens, maxTokens, contextLimit });
    }
    if (this.numRunning >= queueLimit) throw new QueueFullError(queueLimit);
    for (const id of Object.keys(sampling.logitBias ?? {})) {
      if (Number(id) >= 100) throw new RangeError(`logitBias token id is ${id}; it must be from 0 to 99`);
    }
  }

  async *#say(messages: readonly Message[], options: GenerateOptions): AsyncGenerator<GeneratePart> {
    const { reply = echo, delayMs = 0, detail = plainDetail } = this.#options;
    const { signal, halt, topLogprobs, stop = [], maxTokens = Number.POSITIVE_INFINITY } = options;
    const answer = reply(messages);
    const full = typeof answer === "string" ? answer : "";
    const stopString = stop.find((each) => full.includes(each));
    const ends = stop.map((each) => full.indexOf(each)).filter((at) => at !== -1);
    const text = full.slice(0, Math.min(full.length, ...ends));
    const words = text.match(/\s*\S+/g) ?? [];
    const said = words.slice(0, maxTokens);
    for (const word of said) {
      await new Promise((resolve) => (delayMs === 0 ? setImmediate(resolve) : setTimeout(resolve, delayMs)));
      signal?.throwIfAborted();
      if (halt?.aborted) break;
      const tokens = topLogprobs === undefined ? [] : [detail(word, topLogprobs)];
      yield { type: "text-delta", text: word, tokens };
    }
    const toolCalls = typeof answer === "string" ? [] : answer;
    for (const call of toolCalls) yield { type: "tool-call", call };
    const promptTokens = numWords(messages);
    yield {
      type: "finish",
      reason: toolCalls.length > 0 ? "tool-calls" : said.length < words.length ? "length" : "stop",
      ...(stopString !== undefined && said.length === words.length && { stopString }),
      text: said.join(""),
      toolCalls,
      ids: said.map((word) => word.length),
      usage: {
        promptTokens,
        cachedTokens: 1,
        completionTokens: said.length,
        contextUsed: promptTokens + said.length,
        contextLimit: this.contextLimit,
      },
      timings: {
        queueMs: 0,
        prefillMs: 1,
        decodeMs: 1,
        timeToFirstTokenMs: 1,
        prefillTokensPerSecond: 1000,
        decodeTokensPerSecond: 42,
      },
      backend: "fake",
      mode: "fast",
      degraded: [],
    };
  }

  /** Continues a text as it would answer it. */
  complete(
    prompt: string | readonly number[] | readonly PromptPart[],
    options: GenerateOptions = {},
  ): AsyncIterable<GeneratePart> {
    const text = (part: number | PromptPart): string =>
      typeof part === "object" ? part.special : String(part);
    const isIds = typeof prompt[0] === "number";
    const content = typeof prompt === "string" ? prompt : prompt.map(text).join(isIds ? " " : "");
    return this.chat([{ role: "user", content }], options);
  }

  /** Tokens are words; a conversation has a mark before each message. */
  showTokens(prompt: string | readonly Message[]): PromptTokens {
    const wordsOf = (text: string): PromptToken[] =>
      (text.match(/\s*\S+/g) ?? []).map((word) => ({
        id: word.length,
        bytes: utf8.encode(word),
        isSpecial: false,
      }));
    if (typeof prompt === "string") return { tokens: wordsOf(prompt), ledger: null };
    const ledger = { system: 0, messages: 0, tools: 0, template: prompt.length };
    const tokens = prompt.flatMap(({ role, content }) => {
      const words = wordsOf(content);
      ledger[role === "system" ? "system" : "messages"] += words.length;
      return [{ id: 0, bytes: utf8.encode(`<${role}>`), isSpecial: true }, ...words];
    });
    return { tokens, ledger };
  }

  score(): Promise<never> {
    throw new TypeError("The fake only chats");
  }

  /** Words and characters of each text. */
  async embed(
    texts: string | readonly (string | readonly number[])[],
    { normalize = true }: EmbedOptions = {},
  ): Promise<Embeddings> {
    const list = typeof texts === "string" ? [texts] : texts;
    const words = list.map((text) => (typeof text === "string" ? text.split(" ") : text.map(String)));
    for (const each of words) this.#check([{ role: "user", content: each.join(" ") }], {});
    const vectors = words
      .map((each) => [each.length, each.join(" ").length])
      .map((vector) => {
        const length = normalize ? Math.hypot(...vector) : 1;
        return Float32Array.from(vector, (value) => value / length);
      });
    return { vectors, numTokens: words.reduce((sum, { length }) => sum + length, 0) };
  }

  /** By how many words of the query a document has. */
  async rerank(query: string, documents: readonly string[]): Promise<Ranking> {
    const words = query.split(" ");
    const results = documents.map((document, index) => ({
      index,
      score: -words.filter((word) => !document.includes(word)).length,
    }));
    results.sort((a, b) => b.score - a.score || a.index - b.index);
    return { results, numTokens: documents.length * words.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const echo = (messages: readonly Message[]): string => `Echo: ${messages.at(-1)?.content ?? ""}`;

function numWords(messages: readonly Message[]): number {
  return messages.reduce((sum, { content }) => sum + (content.match(/\S+/g)?.length ?? 0) + 1, 0);
}
