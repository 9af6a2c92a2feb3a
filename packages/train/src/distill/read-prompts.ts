import { readFileSync } from "node:fs";
import type { JsonValue, Message } from "@llamero/core";
import { parseMessages } from "../chat-data/parse-messages.ts";
import { isRecord, UnknownFields } from "../chat-data/record-reader.ts";

/** A question for the teacher. */
export interface TeacherPrompt {
  /** `prompts.jsonl:12`. */
  source: string;
  messages: readonly Message[];
}

/**
 * Prompts of JSONL files: `{"prompt": text or messages}`, or `{"messages"}`, whose part before the assistant's first
 * message is taken. Throws SyntaxError naming the line.
 */
export function readPrompts(paths: readonly string[]): TeacherPrompt[] {
  const unknown = new UnknownFields();
  const prompts = paths.flatMap((path) =>
    readFileSync(path, "utf8")
      .split("\n")
      .flatMap((line, index) => {
        if (line.trim() === "") return [];
        const source = `${path}:${index + 1}`;
        try {
          return [{ source, messages: messagesOf(JSON.parse(line) as JsonValue, unknown) }];
        } catch (cause) {
          throw new SyntaxError(`${source}: ${(cause as Error).message}`, { cause });
        }
      }),
  );
  if (prompts.length === 0) throw new RangeError(`There is no prompt in ${paths.join(", ")}`);
  return prompts;
}

function messagesOf(record: JsonValue, unknown: UnknownFields): readonly Message[] {
  if (!isRecord(record)) throw new SyntaxError("not a JSON object");
  const { prompt, messages } = record;
  if (typeof prompt === "string") return [{ role: "user", content: prompt }];
  const all = parseMessages(prompt ?? messages, prompt === undefined ? "messages" : "prompt", unknown);
  const first = all.findIndex(({ role }) => role === "assistant");
  const asked = first < 0 ? all : all.slice(0, first);
  if (asked.at(-1)?.role !== "user")
    throw new SyntaxError("the prompt does not end with a message of the user");
  return asked;
}
