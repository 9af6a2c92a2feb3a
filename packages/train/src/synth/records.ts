import type { JsonValue, Message, ToolDefinition } from "@llamero/core";
import type { Json } from "../data/document.ts";
import { type DropStage, dropStages } from "./kind.ts";

/** A record as it is written: messages by the names of Hugging Face. */
export interface SynthRecord {
  messages?: readonly HfMessage[];
  prompt?: readonly HfMessage[];
  chosen?: readonly HfMessage[];
  rejected?: readonly HfMessage[];
  tools?: readonly object[];
  meta: Readonly<Record<string, Json>>;
}

export interface HfMessage {
  role: Message["role"];
  content: string;
  name?: string;
  tool_call_id?: string;
  tool_calls?: readonly {
    id: string;
    type: "function";
    function: { name: string; arguments: Readonly<Record<string, JsonValue>> };
  }[];
  /** False where the loss must not apply to what the assistant says. */
  trainable?: false;
}

/** How an attempt ended; a line of the log of items. */
export type ItemOutcome =
  | { item: string; status: "made"; prompt: string; text: string; record: SynthRecord }
  | {
      item: string;
      status: "dropped";
      stage: DropStage;
      reason: string;
      detail: string | null;
      text: string;
    };

/** Whether a line is an outcome of this version. */
export function isItemOutcome(value: unknown): value is ItemOutcome {
  if (typeof value !== "object" || value === null) return false;
  const { item, status, stage, record } = value as Record<string, unknown>;
  if (typeof item !== "string") return false;
  if (status === "made") return typeof record === "object" && record !== null;
  return status === "dropped" && dropStages.includes(stage as DropStage);
}

/** A message by the names of Hugging Face. */
export function toHfMessage(message: Message): HfMessage {
  const trainable = message.trainable === false ? { trainable: false as const } : {};
  const { role, content } = message;
  if (message.role === "tool")
    return { role, content, name: message.name, tool_call_id: message.toolCallId, ...trainable };
  const calls = message.role === "assistant" ? (message.toolCalls ?? []) : [];
  if (calls.length === 0) return { role, content, ...trainable };
  const tool_calls = calls.map(({ id, name, arguments: args }) => ({
    id,
    type: "function" as const,
    function: { name, arguments: args },
  }));
  return { role, content, tool_calls, ...trainable };
}

/** A function by the names of Hugging Face. */
export function toHfTool({ name, description, parameters }: ToolDefinition): object {
  return { type: "function", function: { name, description, parameters } };
}
