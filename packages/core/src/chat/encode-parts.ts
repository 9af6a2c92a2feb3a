import { type ChatTokenizer, requireSpecial } from "./chat-tokenizer.ts";
import type { PromptPart } from "./guard/guard-prompt.ts";

/** Ids of a prompt in pieces: texts are encoded as plain text, special tokens are named. */
export function encodeParts(
  tokenizer: Pick<ChatTokenizer, "encode" | "specialId">,
  parts: readonly PromptPart[],
): number[] {
  return parts.flatMap((part) =>
    typeof part === "string" ? tokenizer.encode(part) : requireSpecial(tokenizer, part.special),
  );
}
