import type { JsonValue, Message } from "@llamero/core";
import type { Conversation, PreferencePair } from "./conversation.ts";
import { parseMessages, parseTools } from "./parse-messages.ts";
import { type JsonRecord, refuse, type UnknownFields } from "./record-reader.ts";

/** Told about where a record comes from, and not used. */
const notes: readonly string[] = [
  "id",
  "meta",
  "metadata",
  "source",
  "skill",
  "language",
  "license",
  "grade",
];
const conversationFields: ReadonlySet<string> = new Set([
  "messages",
  "prompt",
  "completion",
  "tools",
  ...notes,
]);
const pairFields: ReadonlySet<string> = new Set(["prompt", "chosen", "rejected", "tools", ...notes]);

/** Other well-known forms, and what to do with them. */
const otherForms: readonly (readonly [string, string])[] = [
  ["conversations", "the ShareGPT form; write messages with role and content"],
  ["instruction", "the Alpaca form; write prompt and completion"],
  ["text", "a plain text for pre-training; write messages, or prompt and completion"],
  ["question", "a question set; write prompt and completion"],
];

function refuseForm(record: JsonRecord, wanted: string): never {
  const other = otherForms.find(([key]) => record[key] !== undefined);
  const keys = Object.keys(record).slice(0, 8).join(", ");
  return refuse(
    "the record",
    other === undefined ? `has no ${wanted}; it has ${keys || "no field"}` : `is in ${other[1]}`,
  );
}

const untrained = (messages: readonly Message[]): Message[] =>
  messages.map((message) => ({ ...message, trainable: false }));

/** A text is what a user asks, or what the assistant says. */
function promptOf(value: JsonValue | undefined, where: string, unknown: UnknownFields): Message[] {
  if (typeof value === "string") return [{ role: "user", content: value }];
  return parseMessages(value, where, unknown);
}

function answerOf(value: JsonValue | undefined, where: string, unknown: UnknownFields): Message[] {
  if (typeof value === "string") return [{ role: "assistant", content: value }];
  if (!Array.isArray(value)) return refuse(where, "is neither a text nor a list of messages");
  return parseMessages(value, where, unknown);
}

/** `{messages}`, or `{prompt, completion}` as texts or as messages, of which only the completion is trained. */
export function parseConversation(record: JsonRecord, source: string, unknown: UnknownFields): Conversation {
  unknown.check(record, "", conversationFields);
  const tools = parseTools(record["tools"]);
  if (record["messages"] !== undefined) {
    if (record["prompt"] !== undefined || record["completion"] !== undefined)
      return refuse("the record", "has both messages and prompt or completion; give one of the two forms");
    return { source, tools, messages: withAnswer(parseMessages(record["messages"], "messages", unknown)) };
  }
  if (record["prompt"] === undefined || record["completion"] === undefined) {
    if (record["chosen"] !== undefined && record["rejected"] !== undefined)
      return refuse("the record", "is a preference pair (chosen, rejected); train dpo takes those");
    return refuseForm(record, "messages, and no prompt with completion");
  }
  const prompt = untrained(promptOf(record["prompt"], "prompt", unknown));
  const completion = answerOf(record["completion"], "completion", unknown);
  return { source, tools, messages: withAnswer([...prompt, ...completion]) };
}

function withAnswer(messages: readonly Message[]): readonly Message[] {
  if (messages.some(({ role, trainable }) => role === "assistant" && trainable !== false)) return messages;
  return refuse("the record", "has no message of the assistant that may be trained");
}

/**
 * `{prompt, chosen, rejected}` as texts or as messages. Without a prompt, chosen and rejected are whole conversations
 * and the messages that they begin with in common are the prompt.
 */
export function parsePair(record: JsonRecord, source: string, unknown: UnknownFields): PreferencePair {
  unknown.check(record, "", pairFields);
  const { chosen: better, rejected: worse } = record;
  if (better === undefined || worse === undefined) return refuseForm(record, "chosen and rejected");
  const tools = parseTools(record["tools"]);
  let prompt: Message[] = [];
  let pair: [Message[], Message[]];
  if (record["prompt"] === undefined) {
    if (typeof better === "string" || typeof worse === "string")
      return refuse("the record", "has no prompt; texts as chosen and rejected need one");
    pair = [parseMessages(better, "chosen", unknown), parseMessages(worse, "rejected", unknown)];
    prompt = commonStart(...pair);
    pair = [pair[0].slice(prompt.length), pair[1].slice(prompt.length)];
    if (prompt.length === 0) return refuse("the record", "chosen and rejected begin with different messages");
  } else {
    prompt = promptOf(record["prompt"], "prompt", unknown);
    pair = [answerOf(better, "chosen", unknown), answerOf(worse, "rejected", unknown)];
  }
  const [chosen, rejected] = pair;
  if (JSON.stringify(chosen) === JSON.stringify(rejected))
    return refuse("the record", "chosen and rejected are the same");
  for (const [name, messages] of [
    ["chosen", chosen],
    ["rejected", rejected],
  ] as const)
    if (!messages.some(({ role, trainable }) => role === "assistant" && trainable !== false))
      return refuse(name, "has no message of the assistant that may be trained");
  return { source, tools, prompt: untrained(prompt), chosen, rejected };
}

function commonStart(a: readonly Message[], b: readonly Message[]): Message[] {
  let count = 0;
  while (count < Math.min(a.length, b.length) && JSON.stringify(a[count]) === JSON.stringify(b[count]))
    count++;
  return a.slice(0, count);
}
