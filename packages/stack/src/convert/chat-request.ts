import type {
  GenerateOptions,
  JsonValue,
  Message,
  ResponseFormat,
  SamplingParams,
  ToolCall,
  ToolChoice,
  ToolDefinition,
} from "@llamero/core";
import type { Content, WireMessage, WireToolCall } from "../api/chat-messages.ts";
import type { ChatRequest, WireResponseFormat, WireTool } from "../api/chat-request.ts";
import { servedTier } from "../api/service-tier.ts";
import { HttpError } from "../http/http-error.ts";
import { withToolCalls, withTools } from "./older-functions.ts";

/** A request in the words of the text layer. */
export interface ChatJob {
  messages: Message[];
  /** Of each choice. */
  options: Omit<GenerateOptions, "signal">[];
}

/** Wire request -> what each choice generates from. */
export function toChatJob(given: ChatRequest, adapter?: string): ChatJob {
  const request = withTools(given);
  const options = { ...toOptions(request), ...(adapter !== undefined && { adapter }) };
  const { seed = null } = options.sampling ?? {};
  const choices = Array.from({ length: request.n ?? 1 }, (_, index) => ({
    ...options,
    // Choices of one seed would all be the same.
    sampling: { ...options.sampling, ...(seed !== null && { seed: (seed + index) % 2 ** 32 }) },
  }));
  return { messages: toMessages(request.messages), options: choices };
}

function toOptions(request: ChatRequest): Omit<GenerateOptions, "signal"> {
  const { stop, tools, logprobs, top_logprobs: topLogprobs } = request;
  if (request.max_tokens != null && request.max_completion_tokens != null) {
    throw new HttpError(400, "max_tokens and max_completion_tokens are both given; give one", {
      param: "max_tokens",
    });
  }
  if (topLogprobs != null && logprobs !== true) {
    throw new HttpError(400, "top_logprobs needs logprobs: true", { param: "top_logprobs" });
  }
  if (request.stream_options != null && request.stream !== true) {
    throw new HttpError(400, "stream_options needs stream: true", { param: "stream_options" });
  }
  if (request.tool_choice != null && !tools?.length) {
    throw new HttpError(400, "tool_choice needs tools", { param: "tool_choice" });
  }
  const names = tools?.map((tool) => tool.function.name) ?? [];
  const repeated = names.findIndex((name, index) => names.indexOf(name) < index);
  if (repeated !== -1) {
    const param = `tools[${repeated}].function.name`;
    throw new HttpError(400, `${param}: There are two functions named ${names[repeated]}`, { param });
  }
  const maxTokens = request.max_completion_tokens ?? request.max_tokens;
  const toolChoice = toToolChoice(request);
  const isOffered = tools != null && tools.length > 0 && request.tool_choice !== "none";
  return {
    sampling: toSampling(request),
    ...(request.context_policy != null && { contextPolicy: request.context_policy }),
    ...(request.user != null && { client: request.user }),
    ...(servedTier(request.service_tier) === "flex" && { priority: "low" as const }),
    ...(maxTokens != null && { maxTokens }),
    ...(stop != null && { stop: typeof stop === "string" ? [stop] : stop }),
    ...(isOffered && { tools: tools.map(toTool) }),
    ...(toolChoice !== undefined && { toolChoice }),
    ...(request.parallel_tool_calls != null && { parallelToolCalls: request.parallel_tool_calls }),
    ...(request.response_format != null && { responseFormat: toResponseFormat(request.response_format) }),
    ...(logprobs === true && { topLogprobs: topLogprobs ?? 0 }),
  };
}

function toSampling(request: ChatRequest): Partial<SamplingParams> {
  const given = {
    temperature: request.temperature,
    topP: request.top_p,
    topK: request.top_k,
    minP: request.min_p,
    repetitionPenalty: request.repetition_penalty,
    frequencyPenalty: request.frequency_penalty,
    presencePenalty: request.presence_penalty,
    logitBias: request.logit_bias,
    seed: request.seed,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value != null));
}

/** What forces a call; the tools decide about auto and none. */
function toToolChoice({ tool_choice: choice, tools }: ChatRequest): ToolChoice | undefined {
  if (choice == null || choice === "auto" || choice === "none") return undefined;
  if (choice === "required") return choice;
  const { name } = choice.function;
  if (!tools?.some((tool) => tool.function.name === name)) {
    throw new HttpError(400, `tool_choice names ${name}, which is not among the tools`, {
      param: "tool_choice",
    });
  }
  return { name };
}

function toResponseFormat(format: WireResponseFormat): ResponseFormat {
  switch (format.type) {
    case "text":
      return { type: "text" };
    case "json_object":
      return { type: "json-object" };
    case "json_schema":
      return { type: "json-schema", schema: format.json_schema.schema };
    default:
      return format satisfies never;
  }
}

function toTool({ function: { name, description, parameters, strict } }: WireTool): ToolDefinition {
  return {
    name,
    description: description ?? "",
    parameters: parameters ?? { type: "object", properties: {} },
    ...(strict === true && { isStrict: true }),
  };
}

/** Wire messages -> messages; results of tools get the name of the call that they answer. */
export function toMessages(wire: readonly WireMessage[]): Message[] {
  const names = new Map<string, string>();
  return withToolCalls(wire).map((message, index): Message => {
    const param = `messages[${index}]`;
    switch (message.role) {
      case "system":
      case "developer":
        return { role: "system", content: toText(message.content) };
      case "user":
        return { role: "user", content: toText(message.content) };
      case "assistant": {
        const calls = message.tool_calls ?? [];
        const said = message.content ?? message.refusal;
        if (said == null && calls.length === 0) {
          throw new HttpError(400, `${param} has neither content nor tool_calls`, { param });
        }
        for (const call of calls) names.set(call.id, call.function.name);
        const content = toText(said ?? "");
        if (calls.length === 0) return { role: "assistant", content };
        const toolCalls = calls.map((call, at) => toToolCall(call, `${param}.tool_calls[${at}]`));
        return { role: "assistant", content, toolCalls };
      }
      case "tool": {
        const { tool_call_id: toolCallId } = message;
        const name = names.get(toolCallId);
        if (name === undefined) {
          throw new HttpError(400, `${param}.tool_call_id ${toolCallId} is of no call before it`, {
            param: `${param}.tool_call_id`,
          });
        }
        return { role: "tool", toolCallId, name, content: toText(message.content) };
      }
      case "function":
        throw new TypeError("Messages of functions are results of tools by now");
      default:
        return message satisfies never;
    }
  });
}

function toText(content: Content): string {
  return typeof content === "string" ? content : content.map(({ text }) => text).join("");
}

function toToolCall({ id, function: { name, arguments: text } }: WireToolCall, param: string): ToolCall {
  const refuse = (why: string): HttpError =>
    new HttpError(400, `${param}.function.arguments ${why}`, { param: `${param}.function.arguments` });
  let value: JsonValue;
  try {
    value = JSON.parse(text === "" ? "{}" : text) as JsonValue;
  } catch {
    throw refuse("is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refuse("is not a JSON object");
  }
  return { id, name, arguments: value as ToolCall["arguments"] };
}
