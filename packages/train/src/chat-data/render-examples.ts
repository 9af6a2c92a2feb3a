import type { ChatFormat, Message, ToolDefinition } from "@llamero/core";
import type { TrainExample } from "../batch/example.ts";
import type { Conversation } from "./conversation.ts";

/** Day that dialects with a date in the system message are rendered with, so that data gives the same ids any day. */
export const trainingDate: Date = new Date(2024, 6, 26, 12);

export interface RenderLimits {
  /** Tokens of the longest conversation. */
  maxTokens: number;
  /** Cut what is longer at its end instead of refusing it. */
  truncate: boolean;
}

/** A rendered conversation. */
export interface RenderedExample extends TrainExample {
  source: string;
}

/** What rendering gave. */
export interface RenderedData<T> {
  examples: readonly T[];
  notes: readonly string[];
}

/** Told once each, with how often. */
export class RenderNotes {
  readonly #counts = new Map<string, number>();

  add(text: string): void {
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1);
  }

  list(): string[] {
    return [...this.#counts].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`));
  }
}

/**
 * Renders with the chat format that the model is also run with. Weights are 1 on what trained messages of the assistant
 * consist of, the token that ends them included. Throws SyntaxError naming the record whose mask cannot be told.
 */
export function renderMessages(
  format: Pick<ChatFormat, "render">,
  record: { source: string; messages: readonly Message[]; tools: readonly ToolDefinition[] },
  notes: RenderNotes,
): RenderedExample {
  const { source, messages, tools } = record;
  const { ids, mask } = format.render(messages, {
    ...(tools.length > 0 && { tools }),
    addGenerationPrompt: false,
    now: trainingDate,
    onDegraded: ({ what, wanted, used, why }) => {
      if (what === "loss mask") throw new SyntaxError(`${source}: The loss mask cannot be told: ${why}`);
      notes.add(`${what}: ${used} instead of ${wanted} (${why})`);
    },
  });
  const weights = Float32Array.from(mask);
  // Nothing is before the first token.
  weights[0] = 0;
  if (!weights.includes(1)) throw new SyntaxError(`${source}: The chat format leaves no token to learn`);
  return { source, ids: Int32Array.from(ids), weights };
}

/** Renders conversations to examples. Throws RangeError naming the conversations that are too long. */
export function renderConversations(
  format: Pick<ChatFormat, "render">,
  conversations: readonly Conversation[],
  limits: RenderLimits,
): RenderedData<RenderedExample> {
  const notes = new RenderNotes();
  const rendered = conversations.map((conversation) => renderMessages(format, conversation, notes));
  const tooLong = rendered.filter(({ ids }) => ids.length > limits.maxTokens);
  if (tooLong.length === 0) return { examples: rendered, notes: notes.list() };
  if (!limits.truncate) throw tooLongError("conversations", tooLong, limits.maxTokens);
  const cut = rendered.map(({ source, ids, weights }) => ({
    source,
    ids: ids.subarray(0, limits.maxTokens),
    weights: weights.subarray(0, limits.maxTokens),
  }));
  const examples = cut.filter(({ weights }) => weights.includes(1));
  const dropped = cut.length - examples.length;
  const left = dropped === 0 ? "" : `; ${dropped} of them are left out, since no token to learn remains`;
  const cutNote = `${tooLong.length} of ${cut.length} conversations are cut to ${limits.maxTokens} tokens${left}`;
  if (examples.length === 0) throw new RangeError(`${cutNote}; raise the length`);
  return { examples, notes: [...notes.list(), cutNote] };
}

/** The error for what is longer than the limit. */
export function tooLongError(
  what: string,
  tooLong: readonly { source: string; ids: Int32Array }[],
  maxTokens: number,
): RangeError {
  const told = tooLong.slice(0, 3).map(({ source, ids }) => `${source} has ${ids.length}`);
  const more = tooLong.length > told.length ? ", ..." : "";
  return new RangeError(
    `${tooLong.length} ${what} are longer than ${maxTokens} tokens (${told.join(", ")}${more}); raise the length or truncate`,
  );
}
