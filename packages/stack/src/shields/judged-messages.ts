import { createHash } from "node:crypto";
import type { Message, ToolCall } from "@llamero/core";
import type { BorderGuard, Decision } from "./border-guard.ts";
import type { Border, ShieldMessage } from "./shield.ts";

/** Conversations come again with every turn; a text with the same words before it is judged once. */
const maxKept = 4096;

/** What may be generated from, or that it may not. */
export interface JudgedMessages {
  messages: readonly Message[];
  isRefused: boolean;
}

/** A call as shields read it: its name, then every text among its arguments as it is, other values as JSON. */
export function callText({ name, arguments: values }: Pick<ToolCall, "name" | "arguments">): string {
  const lines = Object.entries(values).map(([field, value]) =>
    typeof value === "string" ? `${field}:\n${value}` : `${field}: ${JSON.stringify(value)}`,
  );
  return [name, ...lines].join("\n");
}

/** Messages as shields read them. */
export function toShieldMessages(messages: readonly Message[]): ShieldMessage[] {
  return messages.map((message) => {
    const calls = message.role === "assistant" ? (message.toolCalls ?? []) : [];
    return { role: message.role, content: [message.content, ...calls.map(callText)].join("\n").trim() };
  });
}

/** Judges what users and tools say in conversations, and remembers what it has judged. */
export class MessageJudge {
  readonly #guard: BorderGuard;
  readonly #kept = new Map<string, Decision>();

  constructor(guard: BorderGuard) {
    this.#guard = guard;
  }

  async judge(messages: readonly Message[], signal: AbortSignal): Promise<JudgedMessages> {
    const isWatched = messages.some(({ role }) => this.#rulesFor(role) !== null);
    if (!isWatched) return { messages, isRefused: false };
    const conversation = toShieldMessages(messages);
    let digest = "";
    const decisions = await Promise.all(
      messages.map(async ({ role, content }, index) => {
        digest = createHash("sha256")
          .update(JSON.stringify([digest, role, conversation[index]!.content]))
          .digest("base64");
        const border = this.#rulesFor(role);
        if (border === null || content === "") return null;
        return await this.#check(digest, border, content, conversation.slice(0, index), signal);
      }),
    );
    return {
      isRefused: decisions.some((decision) => decision?.action === "refuse"),
      messages: messages.map((message, index) => {
        const decision = decisions[index];
        return decision?.action === "redact" ? { ...message, content: decision.text } : message;
      }),
    };
  }

  /** The border that a message of a role comes through, if anything stands there. */
  #rulesFor(role: Message["role"]): Border | null {
    const border = role === "user" ? "user_input" : role === "tool" ? "tool_result" : null;
    return border !== null && this.#guard.rulesAt(border).length > 0 ? border : null;
  }

  async #check(
    key: string,
    border: Border,
    text: string,
    conversation: readonly ShieldMessage[],
    signal: AbortSignal,
  ): Promise<Decision> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const decision = await this.#guard.check({ border, text, conversation }, signal);
    this.#kept.set(key, decision);
    if (this.#kept.size > maxKept) this.#kept.delete(this.#kept.keys().next().value!);
    return decision;
  }
}
