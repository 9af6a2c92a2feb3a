import type { FinishReason, JsonValue, Message, ToolCall, ToolDefinition } from "@llamero/core";
import type { Generation, Loglikelihood } from "../generator.ts";
import { OpenAiError } from "../openai-client.ts";

/** Messages as the protocol has them. */
export function toWire(messages: readonly Message[]): object[] {
  return messages.map((message) => {
    if (message.role === "tool") {
      return { role: "tool", tool_call_id: message.toolCallId, content: message.content };
    }
    const { role, content } = message;
    if (message.role !== "assistant" || !message.toolCalls?.length) return { role, content };
    const tool_calls = message.toolCalls.map(({ id, name, arguments: args }) => ({
      id,
      type: "function",
      function: { name, arguments: JSON.stringify(args) },
    }));
    return { role, content, tool_calls };
  });
}

/** Functions as the protocol has them. */
export function toolsToWire(tools: readonly ToolDefinition[]): object[] {
  return tools.map(({ name, description, parameters }) => ({
    type: "function",
    function: { name, description, parameters },
  }));
}

const reasons: Readonly<Record<string, FinishReason>> = {
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
};

const field = (value: unknown, name: string): unknown => Reflect.get(Object(value), name);
const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);

/** First choice of an answer. Throws where there is none. */
export function firstChoice(answer: unknown, url: string): unknown {
  const choices = field(answer, "choices");
  if (Array.isArray(choices) && choices.length > 0) return choices[0];
  throw new OpenAiError(`${url} answered without choices: ${JSON.stringify(answer)?.slice(0, 120)}`, 200);
}

/** What a chat or text completion says. */
export function toGeneration(answer: unknown, url: string): Generation {
  const choice = firstChoice(answer, url);
  const message = field(choice, "message");
  const text = message === undefined ? field(choice, "text") : field(message, "content");
  const { toolCalls, malformed } = readCalls(field(message, "tool_calls"));
  const usage = field(answer, "usage");
  return {
    // A call whose arguments are no JSON object stays readable, as text, rather than being lost.
    text: [typeof text === "string" ? text : "", ...malformed].join(""),
    toolCalls,
    reason: reasons[String(field(choice, "finish_reason"))] ?? "stop",
    promptTokens: numberOf(field(usage, "prompt_tokens")),
    completionTokens: numberOf(field(usage, "completion_tokens")),
  };
}

function readCalls(value: unknown): { toolCalls: ToolCall[]; malformed: string[] } {
  const toolCalls: ToolCall[] = [];
  const malformed: string[] = [];
  for (const [at, call] of (Array.isArray(value) ? value : []).entries()) {
    const name = String(field(field(call, "function"), "name"));
    const args = field(field(call, "function"), "arguments");
    const parsed = typeof args === "string" ? parseObject(args === "" ? "{}" : args) : null;
    const id = field(call, "id");
    if (parsed === null) malformed.push(`${name}(${String(args)})`);
    else toolCalls.push({ id: typeof id === "string" ? id : `call_${at}`, name, arguments: parsed });
  }
  return { toolCalls, malformed };
}

function parseObject(text: string): Readonly<Record<string, JsonValue>> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, JsonValue>) : null;
  } catch {
    return null;
  }
}

/**
 * Log-likelihood of what stands behind the context in an echoed prompt with log-probabilities; offsets count code
 * points. A token that begins in the context and ends behind it belongs to the continuation. Null where the answer does
 * not have what it takes.
 */
export function readEcho(
  choice: unknown,
  { context, continuation }: { context: string; continuation: string },
): Loglikelihood | null {
  const logprobs = field(choice, "logprobs");
  const tokens = field(logprobs, "tokens");
  const values = field(logprobs, "token_logprobs");
  const offsets = field(logprobs, "text_offset");
  const tops = field(logprobs, "top_logprobs");
  if (!Array.isArray(tokens) || !Array.isArray(values) || !Array.isArray(offsets)) return null;
  const start = [...context].length;
  const end = start + [...continuation].length;
  let logprob = 0;
  let isGreedy = true;
  let numTokens = 0;
  for (const [at, token] of tokens.entries()) {
    const from = Number(offsets[at]);
    const to = at + 1 < offsets.length ? Number(offsets[at + 1]) : from + [...String(token)].length;
    if (to <= start || from >= end) continue;
    const value: unknown = values[at];
    if (typeof value !== "number") return null;
    const top = Array.isArray(tops) ? Object.values(Object(tops[at])) : [];
    logprob += value;
    isGreedy &&= top.every((each) => typeof each !== "number" || each <= value);
    numTokens++;
  }
  return numTokens === 0 ? null : { logprob, isGreedy, numTokens };
}
