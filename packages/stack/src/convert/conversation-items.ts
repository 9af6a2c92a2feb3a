import {
  type ConversationItem,
  type ConversationItemParam,
  itemIdPrefixes,
} from "../api/conversation-items.ts";
import type { Json } from "../api/json.ts";

/** Texts of messages become parts, as answers have them. */
function toContent(content: unknown, role: unknown): Json {
  const type = role === "assistant" ? "output_text" : "input_text";
  const parts = typeof content === "string" ? [{ type, text: content }] : (content as { type: string }[]);
  return parts.map((part) =>
    part.type === "output_text" ? { annotations: [], logprobs: [], ...part } : part,
  ) as Json;
}

/** Item of a request -> item as it is kept. */
export function toConversationItem(
  param: ConversationItemParam,
  newId: (prefix: string) => string,
): ConversationItem {
  const type = (param.type ?? "message") as keyof typeof itemIdPrefixes;
  const item = {
    ...param,
    type,
    id: param.id ?? newId(itemIdPrefixes[type]),
    status: param.status ?? "completed",
  };
  if (type !== "message") return item as ConversationItem;
  return { ...item, content: toContent(param["content"], param["role"]) } as ConversationItem;
}
