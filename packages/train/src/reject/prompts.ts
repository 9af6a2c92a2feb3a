import type { JsonValue, Message, ToolDefinition } from "@llamero/core";
import { parseMessages, parseTools } from "../chat-data/parse-messages.ts";
import { isRecord, type JsonRecord, refuse, UnknownFields } from "../chat-data/record-reader.ts";
import { splitLines } from "../data/readers/lines.ts";
import { openBytes } from "../data/readers/open-bytes.ts";
import { checkSchema } from "../reward/verifiers.ts";

/** A question to be answered several times. */
export interface SamplePrompt {
  /** `prompts.jsonl:12`. */
  source: string;
  messages: readonly Message[];
  tools: readonly ToolDefinition[];
  /** What right answers are like, for verifiers: `answer`, `pattern`, `schema`, `tests`, `call`, `refuses`. */
  expect: Readonly<Record<string, JsonValue>>;
}

const lineLimit = 2 ** 26;
const fields: ReadonlySet<string> = new Set(
  "prompt messages tools expect id meta metadata source skill language license completion chosen rejected grade".split(
    " ",
  ),
);

/**
 * Reads prompts from JSONL: `{prompt}` as a text or messages, or `{messages}`, whose last answers are left out, each
 * with `expect` or not. Throws SyntaxError naming the line.
 */
export async function readPrompts(
  paths: readonly string[],
): Promise<{ prompts: readonly SamplePrompt[]; notes: readonly string[] }> {
  const prompts: SamplePrompt[] = [];
  const unknown = new UnknownFields();
  for (const path of paths) {
    const before = prompts.length;
    for await (const { number, body } of splitLines(openBytes(path), lineLimit)) {
      const source = `${path}:${number}`;
      if (body === null) throw new SyntaxError(`${source}: longer than ${lineLimit} bytes`);
      const text = new TextDecoder().decode(body);
      if (text.trim() === "") continue;
      try {
        const record = JSON.parse(text) as JsonValue;
        if (!isRecord(record)) throw new SyntaxError("not a JSON object");
        prompts.push({ source, ...parsePrompt(record, unknown) });
      } catch (cause) {
        if (!(cause instanceof SyntaxError)) throw cause;
        throw new SyntaxError(`${source}: ${cause.message}`, { cause });
      }
    }
    if (prompts.length === before) throw new SyntaxError(`${path} holds no prompt`);
  }
  return { prompts, notes: unknown.notes() };
}

/** One record of prompts. Throws SyntaxError naming what is wrong. */
export function parsePrompt(record: JsonRecord, unknown: UnknownFields): Omit<SamplePrompt, "source"> {
  unknown.check(record, "", fields);
  const { prompt, messages, expect = {} } = record;
  if (!isRecord(expect)) return refuse("expect", "is not an object");
  if (expect["schema"] !== undefined) checkSchema(expect["schema"], "expect.schema");
  const given: Message[] =
    typeof prompt === "string"
      ? [{ role: "user", content: prompt }]
      : parseMessages(prompt ?? messages, prompt === undefined ? "messages" : "prompt", unknown);
  const end = given.findLastIndex(({ role }) => role === "user" || role === "tool");
  if (end < 0) return refuse("the record", "asks nothing: there is no message of a user");
  return { messages: given.slice(0, end + 1), tools: parseTools(record["tools"]), expect };
}
