import { statSync } from "node:fs";
import type { JsonValue } from "@llamero/core";
import { splitLines } from "../data/readers/lines.ts";
import { openBytes } from "../data/readers/open-bytes.ts";
import type { ChatData, Conversation, PreferencePair } from "./conversation.ts";
import { parseConversation, parsePair } from "./parse-record.ts";
import { isRecord, type JsonRecord, UnknownFields } from "./record-reader.ts";

const lineLimit = 2 ** 26;
/** As many wrong lines are told at once. */
const numTold = 5;

type Parse<T> = (record: JsonRecord, source: string, unknown: UnknownFields) => T;

/** Reads conversations from JSONL files (also .gz and .zst). Throws SyntaxError that names each wrong line. */
export function readConversations(paths: readonly string[]): Promise<ChatData<Conversation>> {
  return readAll(paths, parseConversation);
}

/** Reads preference pairs from JSONL files. Throws SyntaxError that names each wrong line. */
export function readPairs(paths: readonly string[]): Promise<ChatData<PreferencePair>> {
  return readAll(paths, parsePair);
}

async function readAll<T>(paths: readonly string[], parse: Parse<T>): Promise<ChatData<T>> {
  const records: T[] = [];
  const wrong: string[] = [];
  const unknown = new UnknownFields();
  for (const path of paths) {
    const before = records.length + wrong.length;
    if (!(statSync(path, { throwIfNoEntry: false })?.isFile() ?? false))
      throw new RangeError(`There is no file ${path}`);
    for await (const { number, body } of splitLines(openBytes(path), lineLimit)) {
      const source = `${path}:${number}`;
      const record = body === null ? `longer than ${lineLimit} bytes` : parseLine(body);
      if (record === null) continue;
      if (typeof record === "string") wrong.push(`${source}: ${record}`);
      else {
        try {
          records.push(parse(record, source, unknown));
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
          wrong.push(`${source}: ${error.message}`);
        }
      }
    }
    if (records.length + wrong.length === before) throw new SyntaxError(`${path} holds no record`);
  }
  if (wrong.length > 0) {
    const more = wrong.length > numTold ? [`and ${wrong.length - numTold} more wrong lines`] : [];
    throw new SyntaxError([...wrong.slice(0, numTold), ...more].join("\n"));
  }
  return { records, notes: unknown.notes() };
}

/** The record of a line, null for an empty one, a text for what is wrong. */
function parseLine(body: Uint8Array): JsonRecord | string | null {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return "not valid UTF-8";
  }
  if (text.trim() === "") return null;
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    return `not JSON: ${(error as Error).message}`;
  }
  return isRecord(value) ? value : "not a JSON object";
}
