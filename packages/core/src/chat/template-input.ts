import type { JsonValue, Message, ToolDefinition } from "./message.ts";

/** What a string in a template's input is. */
export type InputString = "system" | "content" | "answer" | "other";

const contentKinds: Readonly<Record<Message["role"], InputString>> = {
  system: "system",
  user: "content",
  assistant: "answer",
  tool: "content",
};

/** Messages and tools as transformers hands them to a chat template. */
export interface TemplateInput {
  messages: readonly unknown[];
  tools: readonly unknown[] | null;
}

/** Builds the input; every string that a caller chose passes through `write`. */
export function templateInput(
  messages: readonly Message[],
  tools: readonly ToolDefinition[],
  write: (text: string, what: InputString) => string,
): TemplateInput {
  const other = (text: string): string => write(text, "other");
  return {
    messages: messages.map((message) => {
      const content = write(message.content, contentKinds[message.role]);
      if (message.role === "tool")
        return {
          role: "tool",
          tool_call_id: other(message.toolCallId),
          name: other(message.name),
          content,
        };
      const calls = message.role === "assistant" ? (message.toolCalls ?? []) : [];
      if (calls.length === 0) return { role: message.role, content };
      return {
        role: message.role,
        content,
        tool_calls: calls.map((call) => ({
          id: other(call.id),
          type: "function",
          function: { name: other(call.name), arguments: mapStrings(call.arguments, other) },
        })),
      };
    }),
    tools:
      tools.length === 0
        ? null
        : tools.map((tool) => ({
            type: "function",
            function: {
              name: other(tool.name),
              description: other(tool.description),
              parameters: mapStrings(tool.parameters, other),
            },
          })),
  };
}

/** A JSON value with every string in it, keys included, replaced. */
function mapStrings(value: JsonValue, write: (text: string) => string): JsonValue {
  if (typeof value === "string") return write(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: JsonValue) => mapStrings(item, write));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [write(key), mapStrings(item, write)]),
  );
}
