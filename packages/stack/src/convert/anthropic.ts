import type { GenerateOptions, GeneratePart, Message, ToolCall, ToolDefinition, Usage } from "@llamero/core";
import type {
  AnthropicAnswer,
  AnthropicBlock,
  AnthropicError,
  AnthropicEvent,
  AnthropicMessage,
  AnthropicStopReason,
  AnthropicText,
  AnthropicToolUse,
  AnthropicUsage,
  CountTokensRequest,
  MessagesRequest,
} from "../api/anthropic.ts";
import { HttpError } from "../http/http-error.ts";

type FinishPart = Extract<GeneratePart, { type: "finish" }>;

/** A request in the words of the text layer. */
export interface AnthropicJob {
  messages: Message[];
  options: Omit<GenerateOptions, "signal">;
}

const joined = (content: string | readonly AnthropicText[]): string =>
  typeof content === "string" ? content : content.map(({ text }) => text).join("");

/** Anthropic's request -> what is generated from. */
export function toAnthropicJob(request: MessagesRequest, adapter?: string): AnthropicJob {
  const { temperature, top_p: topP, top_k: topK, stop_sequences: stop, metadata } = request;
  const { messages, options } = toPrompt(request, adapter);
  const format = request.output_config?.format;
  const given = { temperature, topP, topK };
  return {
    messages,
    options: {
      ...options,
      maxTokens: request.max_tokens,
      sampling: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      ...(stop !== undefined && { stop }),
      ...(format != null && { responseFormat: { type: "json-schema" as const, schema: format.schema } }),
      ...(metadata?.user_id != null && { client: metadata.user_id }),
    },
  };
}

/** What the tokens of the prompt depend on. */
export function toPrompt(request: CountTokensRequest, adapter?: string): AnthropicJob {
  const { system, tools = [], tool_choice: choice } = request;
  if (choice !== undefined && choice.type !== "none" && tools.length === 0) {
    throw new HttpError(400, "tool_choice needs tools", { param: "tool_choice" });
  }
  const isOffered = tools.length > 0 && choice?.type !== "none";
  if (choice?.type === "tool" && !tools.some(({ name }) => name === choice.name)) {
    const message = `tool_choice names ${choice.name}, which is not among the tools`;
    throw new HttpError(400, message, { param: "tool_choice" });
  }
  const offered = tools.map(
    ({ name, description = "", input_schema: parameters }): ToolDefinition => ({
      name,
      description,
      parameters,
    }),
  );
  const isSingle =
    choice !== undefined && "disable_parallel_tool_use" in choice && choice.disable_parallel_tool_use;
  return {
    messages: [
      ...(system === undefined ? [] : [{ role: "system" as const, content: joined(system) }]),
      ...toMessages(request.messages),
    ],
    options: {
      ...(adapter !== undefined && { adapter }),
      ...(isOffered && { tools: offered }),
      ...(choice?.type === "any" && { toolChoice: "required" as const }),
      ...(choice?.type === "tool" && { toolChoice: { name: choice.name } }),
      ...(isSingle === true && { parallelToolCalls: false }),
    },
  };
}

function toMessages(wire: readonly AnthropicMessage[]): Message[] {
  const names = new Map<string, string>();
  return wire.flatMap(({ role, content }, index): Message[] => {
    if (typeof content === "string") return [{ role, content }];
    const at = `messages[${index}].content`;
    if (role === "assistant") return [toAssistant(content, names, at)];
    // Results stand before what the user says in the same message, as Anthropic demands.
    const results = content.filter((each) => each.type === "tool_result");
    const texts = content.filter((each) => each.type === "text");
    if (results.length + texts.length < content.length) {
      throw new HttpError(400, `${at} has a tool_use, which is for the assistant alone`, { param: at });
    }
    const messages = results.map(({ tool_use_id: toolCallId, content: result = "" }): Message => {
      const name = names.get(toolCallId);
      if (name === undefined) {
        throw new HttpError(400, `${at}: tool_use_id ${toolCallId} is of no call before it`, { param: at });
      }
      return { role: "tool", toolCallId, name, content: joined(result) };
    });
    return texts.length === 0 ? messages : [...messages, { role: "user", content: joined(texts) }];
  });
}

function toAssistant(blocks: readonly AnthropicBlock[], names: Map<string, string>, at: string): Message {
  const toolCalls = blocks.flatMap((each): ToolCall[] => {
    if (each.type === "tool_result") {
      throw new HttpError(400, `${at} has a tool_result, which is for the user alone`, { param: at });
    }
    if (each.type === "text") return [];
    names.set(each.id, each.name);
    return [{ id: each.id, name: each.name, arguments: each.input }];
  });
  const content = joined(blocks.filter((each) => each.type === "text"));
  return toolCalls.length === 0 ? { role: "assistant", content } : { role: "assistant", content, toolCalls };
}

const toToolUse = ({ id, name, arguments: input }: ToolCall): AnthropicToolUse => ({
  type: "tool_use",
  id,
  name,
  input: input as AnthropicToolUse["input"],
});

function toUsage({ promptTokens, cachedTokens, completionTokens }: Usage): AnthropicUsage {
  return {
    input_tokens: promptTokens - cachedTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
    output_tokens: completionTokens,
  };
}

const stopReasons: Readonly<Record<FinishPart["reason"], AnthropicStopReason>> = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
};

function toStop({ reason, stopString }: FinishPart): {
  stop_reason: AnthropicStopReason;
  stop_sequence: string | null;
} {
  if (reason === "stop" && stopString !== undefined)
    return { stop_reason: "stop_sequence", stop_sequence: stopString };
  return { stop_reason: stopReasons[reason], stop_sequence: null };
}

/** The end of an answer -> the answer. */
export function toAnthropicAnswer(
  { id, model }: { id: string; model: string },
  finish: FinishPart,
): AnthropicAnswer {
  const text = finish.text + (finish.refusal ?? "");
  const content: AnthropicAnswer["content"] = text === "" ? [] : [{ type: "text", text }];
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [...content, ...finish.toolCalls.map(toToolUse)],
    ...toStop(finish),
    usage: toUsage(finish.usage),
  };
}

/** Parts of an answer -> events; remembers which block is open. */
export class AnthropicEvents {
  #index = -1;
  #open: "text" | "tool" | null = null;
  readonly #calls = new Set<string>();

  /** The prompt's tokens are known at the end alone, and told there. */
  open({ id, model }: { id: string; model: string }): AnthropicEvent {
    const none = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, contextUsed: 0, contextLimit: 0 };
    const head = { id, type: "message", role: "assistant", model, content: [] } as const;
    return {
      type: "message_start",
      message: { ...head, content: [], stop_reason: null, stop_sequence: null, usage: toUsage(none) },
    };
  }

  push(part: GeneratePart): AnthropicEvent[] {
    switch (part.type) {
      case "text-delta":
        return part.text === "" ? [] : this.#say(part.text);
      case "tool-call-start":
        this.#calls.add(part.id);
        return this.#begin("tool", { type: "tool_use", id: part.id, name: part.name, input: {} });
      case "tool-call-delta":
        return [this.#input(part.arguments)];
      case "tool-call": {
        const { id, name, arguments: input } = part.call;
        if (this.#calls.has(id)) return this.#close();
        return [
          ...this.#begin("tool", { type: "tool_use", id, name, input: {} }),
          this.#input(JSON.stringify(input)),
          ...this.#close(),
        ];
      }
      case "finish":
        return [
          ...(part.refusal === undefined ? [] : this.#say(part.refusal)),
          ...this.#close(),
          { type: "message_delta", delta: toStop(part), usage: toUsage(part.usage) },
          { type: "message_stop" },
        ];
      default:
        return part satisfies never;
    }
  }

  #say(text: string): AnthropicEvent[] {
    const opening = this.#open === "text" ? [] : this.#begin("text", { type: "text", text: "" });
    const delta = { type: "text_delta", text } as const;
    return [...opening, { type: "content_block_delta", index: this.#index, delta }];
  }

  #input(partial: string): AnthropicEvent {
    const delta = { type: "input_json_delta", partial_json: partial } as const;
    return { type: "content_block_delta", index: this.#index, delta };
  }

  #begin(kind: "text" | "tool", block: AnthropicText | AnthropicToolUse): AnthropicEvent[] {
    const closing = this.#close();
    this.#index++;
    this.#open = kind;
    return [...closing, { type: "content_block_start", index: this.#index, content_block: block }];
  }

  #close(): AnthropicEvent[] {
    if (this.#open === null) return [];
    this.#open = null;
    return [{ type: "content_block_stop", index: this.#index }];
  }
}

const errorTypes: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
};

/** An error in Anthropic's form. */
export function toAnthropicError({ status, message }: HttpError): AnthropicError {
  const type = errorTypes[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
  return { type: "error", error: { type, message } };
}
