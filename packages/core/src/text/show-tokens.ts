import type { Message, RenderedChat, ToolDefinition } from "../chat/message.ts";

/** One token of a prompt. */
export interface PromptToken {
  id: number;
  /** Which may be part of a character. */
  bytes: Uint8Array;
  /** A control token, which no text makes. */
  isSpecial: boolean;
}

/** A prompt as the model reads it. */
export interface PromptTokens {
  tokens: readonly PromptToken[];
  /** By origin; null for a text that no chat format surrounds. */
  ledger: RenderedChat["ledger"] | null;
}

/** Gives the tokens of a text, begun as a completion begins it, or of a conversation in the model's chat format. */
export type ShowTokens = (
  prompt: string | readonly Message[],
  options?: { tools?: readonly ToolDefinition[] },
) => PromptTokens;
