import type { Message, ToolDefinition } from "@llamero/core";

/** A conversation to learn from: what assistants say in it is trained unless a message says `trainable: false`. */
export interface Conversation {
  /** `chat.jsonl:12`. */
  source: string;
  messages: readonly Message[];
  tools: readonly ToolDefinition[];
}

/** Two ways to go on from one prompt, of which the first is better. */
export interface PreferencePair {
  source: string;
  /** Nothing in it is trained. */
  prompt: readonly Message[];
  chosen: readonly Message[];
  rejected: readonly Message[];
  tools: readonly ToolDefinition[];
}

/** What files of chat data held. */
export interface ChatData<T> {
  records: readonly T[];
  /** What was left out or is worth knowing, a sentence each. */
  notes: readonly string[];
}
