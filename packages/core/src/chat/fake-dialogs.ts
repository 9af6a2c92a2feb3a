import { readFileSync } from "node:fs";
import { modelPath, sharedPath } from "../testdata.ts";
import { loadTokenizer, type Tokenizer } from "../tokenizer/load.ts";
import type { JsonValue, Message, ToolDefinition } from "./message.ts";

// Readers of the shared golden files, for tests only: they turn the files' messages into ours.

/** A message as the golden files have it. */
export interface GoldenMessage {
  role: string;
  content?: unknown;
  context?: string;
  stop_reason?: string;
  tool_calls?: readonly {
    tool_name?: string;
    arguments?: unknown;
    function?: { name: string; arguments: unknown };
  }[];
}

/** Parsed golden file, or null when the shared material is not there. */
export function readGolden<T>(name: string): T | null {
  const path = sharedPath(`golden/${name}`);
  return path === null ? null : (JSON.parse(readFileSync(path, "utf8")) as T);
}

/** The Llama 3 tokenizer, or null when LLAMERO_MODELS does not hold it. */
export function readLlama3Tokenizer(): Tokenizer | null {
  const path = modelPath("llama3.tokenizer.model");
  return path === null ? null : loadTokenizer({ kind: "tokenizer.model", bytes: readFileSync(path) });
}

/** Our message for a golden one: text parts and retrieved context are joined, JSON results written out. */
export function toMessage(golden: GoldenMessage, writeJson: (value: JsonValue) => string): Message {
  const content = golden.content ?? "";
  const isParts = Array.isArray(content) && content.every((part) => part?.type === "text");
  const text = isParts
    ? content.map((part: { text: string }) => part.text).join("")
    : typeof content === "string"
      ? content
      : writeJson(content as JsonValue);
  const whole = golden.context === undefined ? text : `${text}\n\n${golden.context}`;
  if (golden.role === "system" || golden.role === "user") return { role: golden.role, content: whole };
  if (golden.role !== "assistant") return { role: "tool", toolCallId: "call", name: "tool", content: whole };
  if (golden.tool_calls === undefined) return { role: "assistant", content: whole };
  const toolCalls = golden.tool_calls.map((call, index) => {
    const args = call.arguments ?? call.function?.arguments;
    return {
      id: `call_${index}`,
      name: call.tool_name ?? call.function?.name ?? "",
      arguments: (typeof args === "string" ? JSON.parse(args) : args) as Record<string, JsonValue>,
    };
  });
  return { role: "assistant", content: whole, toolCalls };
}

/** Our definition for an OpenAI-shaped one. */
export function toToolDefinition(golden: { function: ToolDefinition }): ToolDefinition {
  return golden.function;
}
