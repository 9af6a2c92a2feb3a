import {
  type GenerateOptions,
  type GeneratePart,
  type Message,
  plainFinish,
  type TextModel,
  type ToolCall,
} from "@llamero/core";

/** What a scripted model says: words, or calls of tools. */
export type ScriptedReply = string | readonly ToolCall[];

/** One call of a tool, as a model would make it. */
export function callTool(name: string, args: ToolCall["arguments"]): readonly ToolCall[] {
  return [{ id: `call_${++numCalls}`, name, arguments: args }];
}
let numCalls = 0;

/**
 * A model that reads from a script. Tests use it, and `--demo` of the examples, which shows what an app does with a
 * model that follows instructions without fetching one.
 */
export class ScriptedModel implements TextModel {
  readonly name = "scripted";
  readonly contextLimit = 8192;
  /** What each chat was asked. */
  readonly prompts: (readonly Message[])[] = [];
  readonly #reply: (messages: readonly Message[]) => ScriptedReply;

  constructor(reply: (messages: readonly Message[]) => ScriptedReply) {
    this.#reply = reply;
  }

  async *chat(messages: readonly Message[], options: GenerateOptions = {}): AsyncGenerator<GeneratePart> {
    this.prompts.push(messages);
    const reply = this.#reply(messages);
    const text = typeof reply === "string" ? reply : "";
    const words = text.match(/\s*\S+/g) ?? [];
    for (const word of words) {
      options.signal?.throwIfAborted();
      yield { type: "text-delta", text: word, tokens: [] };
    }
    const toolCalls = typeof reply === "string" ? [] : reply;
    for (const call of toolCalls) yield { type: "tool-call", call };
    const promptTokens = messages.reduce((sum, { content }) => sum + content.length, 0);
    yield plainFinish(this.contextLimit, {
      reason: toolCalls.length > 0 ? "tool-calls" : "stop",
      text,
      toolCalls,
      usage: {
        promptTokens,
        cachedTokens: 0,
        completionTokens: words.length,
        contextUsed: promptTokens + words.length,
        contextLimit: this.contextLimit,
      },
      backend: "script",
    });
  }

  complete(): AsyncIterable<GeneratePart> {
    throw new TypeError("A scripted model only chats");
  }

  score(): Promise<never> {
    return Promise.reject(new TypeError("A scripted model only chats"));
  }

  embed(): Promise<never> {
    return Promise.reject(new TypeError("A scripted model only chats"));
  }

  rerank(): Promise<never> {
    return Promise.reject(new TypeError("A scripted model only chats"));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
