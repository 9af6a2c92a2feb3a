import type {
  GenerateOptions,
  ResponseFormat,
  SamplingParams,
  ToolChoice,
  ToolDefinition,
} from "@llamero/core";
import { completeSampling } from "@llamero/core/sample/params";
import type { SaidHostedTool } from "../api/hosted-tools.ts";
import type { ResponseObject, SaidFunctionTool } from "../api/responses-object.ts";
import type {
  FunctionTool,
  ResponseRequest,
  ResponseTextFormat,
  ResponseTool,
} from "../api/responses-request.ts";
import { servedTier } from "../api/service-tier.ts";
import { HttpError } from "../http/http-error.ts";

/** What a response has before anything is said. */
export interface ResponseHead {
  id: string;
  /** Seconds since 1970. */
  createdAt: number;
  /** Name of the model that answers. */
  model: string;
  /** How it samples when a request does not say. */
  sampling?: Partial<SamplingParams> | undefined;
}

/** Request -> response without output, in progress. */
export function toResponse(request: ResponseRequest, head: ResponseHead): ResponseObject {
  const { id, createdAt, model } = head;
  const sampling = completeSampling({ ...head.sampling, ...toSampling(request) });
  const { conversation } = request;
  return {
    id,
    object: "response",
    created_at: createdAt,
    completed_at: null,
    status: "in_progress",
    error: null,
    incomplete_details: null,
    model,
    output: [],
    usage: null,
    instructions: request.instructions ?? null,
    previous_response_id: request.previous_response_id ?? null,
    ...(conversation != null && { conversation: { id: conversationId(conversation) } }),
    ...(request.prompt != null && { prompt: request.prompt }),
    tools: (request.tools ?? []).map(sayTool),
    tool_choice: request.tool_choice ?? "auto",
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    max_tool_calls: request.max_tool_calls ?? null,
    text: {
      format: sayFormat(request.text?.format),
      ...(request.text?.verbosity != null && { verbosity: request.text.verbosity }),
    },
    temperature: sampling.temperature,
    top_p: sampling.topP,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    max_output_tokens: request.max_output_tokens ?? null,
    top_logprobs: request.top_logprobs ?? 0,
    truncation: request.truncation ?? "disabled",
    reasoning: { effort: null, summary: null },
    metadata: request.metadata ?? {},
    store: request.store ?? true,
    background: request.background ?? false,
    service_tier: servedTier(request.service_tier),
    ...(request.user != null && { user: request.user }),
    safety_identifier: request.safety_identifier ?? null,
    prompt_cache_key: request.prompt_cache_key ?? null,
  };
}

/** Id of the conversation that a request names. */
export function conversationId(conversation: string | { id: string }): string {
  return typeof conversation === "string" ? conversation : conversation.id;
}

function sayTool(tool: ResponseTool): SaidFunctionTool | SaidHostedTool {
  if (tool.type === "mcp") {
    const { headers: _, authorization: __, ...said } = tool;
    return said;
  }
  if (tool.type !== "function") return tool;
  const { type, name, description = null, parameters = null, strict = null } = tool;
  return { type, name, description, parameters, strict };
}

function sayFormat(format: ResponseTextFormat | null | undefined): ResponseTextFormat {
  if (format == null) return { type: "text" };
  if (format.type !== "json_schema") return format;
  const { type, name, schema, description, strict } = format;
  return { type, name, schema, description: description ?? null, strict: strict ?? true };
}

/** Request -> options of its generation. Throws an HTTP error for fields that do not go together. */
export function toGenerateOptions(
  request: ResponseRequest,
  adapter: string | undefined,
): Omit<GenerateOptions, "signal"> {
  checkPairs(request);
  const { max_output_tokens: maxTokens, parallel_tool_calls: parallelToolCalls, text } = request;
  const { tools, toolChoice } = toTools(request);
  const client = request.safety_identifier ?? request.user;
  return {
    sampling: toSampling(request),
    contextPolicy: request.truncation === "auto" ? "drop-middle" : "refuse",
    ...(adapter !== undefined && { adapter }),
    ...(client != null && { client }),
    ...(servedTier(request.service_tier) === "flex" && { priority: "low" as const }),
    ...(maxTokens != null && { maxTokens }),
    ...(tools.length > 0 && { tools }),
    ...(toolChoice !== "auto" && { toolChoice }),
    ...(parallelToolCalls != null && { parallelToolCalls }),
    ...(text?.format != null && { responseFormat: toResponseFormat(text.format) }),
    ...(wantsLogprobs(request) && { topLogprobs: request.top_logprobs ?? 0 }),
  };
}

/** Log-probabilities come when they are included, or when alternatives are asked for. */
function wantsLogprobs({ include, top_logprobs: numTop }: ResponseRequest): boolean {
  return include?.includes("message.output_text.logprobs") === true || (numTop ?? 0) > 0;
}

function checkPairs(request: ResponseRequest): void {
  const refuse = (param: string, message: string): HttpError =>
    new HttpError(400, message, { param, code: "invalid_value" });
  if (request.previous_response_id != null && request.conversation != null) {
    throw refuse("conversation", "previous_response_id and conversation are both given; give one");
  }
  if (request.background === true && request.store === false) {
    throw refuse("background", "A response in the background must be stored; leave store out");
  }
  const names = (request.tools ?? []).map(nameOf);
  const repeated = names.findIndex((name, index) => names.indexOf(name) < index);
  if (repeated === -1) return;
  const { type } = request.tools![repeated]!;
  const field = type === "function" ? ".name" : type === "mcp" ? ".server_label" : "";
  const param = `tools[${repeated}]${field}`;
  const what =
    type === "function" ? "functions named" : type === "mcp" ? "MCP servers called" : "tools called";
  throw refuse(param, `${param}: There are two ${what} ${names[repeated]}`);
}

/** How a tool is told from others. */
function nameOf(tool: ResponseTool): string {
  if (tool.type === "function") return tool.name;
  if (tool.type === "mcp") return tool.server_label;
  return tool.type.startsWith("web_search") ? "web_search" : tool.type;
}

function toSampling(request: ResponseRequest): Partial<SamplingParams> {
  const given = {
    temperature: request.temperature,
    topP: request.top_p,
    frequencyPenalty: request.frequency_penalty,
    presencePenalty: request.presence_penalty,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value != null));
}

/** The functions on offer, and whether one must be called. */
function toTools(request: ResponseRequest): { tools: ToolDefinition[]; toolChoice: ToolChoice } {
  const { tool_choice: choice } = request;
  const all = (request.tools ?? []).filter((tool) => tool.type === "function").map(toTool);
  const hasHosted = (request.tools ?? []).some((tool) => tool.type !== "function");
  const find = (name: string): ToolDefinition => {
    const tool = all.find((each) => each.name === name);
    if (tool !== undefined) return tool;
    throw new HttpError(400, `tool_choice names ${name}, which is not among the tools`, {
      param: "tool_choice",
      code: "invalid_value",
    });
  };
  if (choice == null || choice === "auto") return { tools: all, toolChoice: "auto" };
  if (choice === "none") return { tools: [], toolChoice: "auto" };
  if (choice === "required") {
    if (all.length > 0 || hasHosted) return { tools: all, toolChoice: "required" };
    throw new HttpError(400, "tool_choice is required, but there are no tools", {
      param: "tool_choice",
      code: "invalid_value",
    });
  }
  if (choice.type === "function") return { tools: all, toolChoice: { name: find(choice.name).name } };
  // The tool of the server comes to it when the response begins.
  if (choice.type !== "allowed_tools") return { tools: [], toolChoice: "required" };
  if (choice.mode === "none") return { tools: [], toolChoice: "auto" };
  const functions = choice.tools.filter((tool) => tool.type === "function");
  return { tools: functions.map(({ name }) => find(name)), toolChoice: choice.mode };
}

function toTool({ name, description, parameters, strict }: FunctionTool): ToolDefinition {
  return {
    name,
    description: description ?? "",
    parameters: parameters ?? { type: "object", properties: {} },
    ...(strict === true && { isStrict: true }),
  };
}

function toResponseFormat(format: ResponseTextFormat): ResponseFormat {
  switch (format.type) {
    case "text":
      return { type: "text" };
    case "json_object":
      return { type: "json-object" };
    case "json_schema":
      return { type: "json-schema", schema: format.schema };
    default:
      return format satisfies never;
  }
}

/** Text of a stored prompt with its variables in place; a name without a value is an error. */
export function fillPrompt(
  text: string,
  names: readonly string[],
  variables: NonNullable<ResponseRequest["prompt"]>["variables"],
): string {
  const given = new Map(
    Object.entries(variables ?? {}).map(([name, value]) => [
      name,
      typeof value === "string" ? value : value.text,
    ]),
  );
  const unknown = [...given.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new HttpError(400, `The prompt has no variable ${unknown}; it has ${names.join(", ") || "none"}`, {
      param: `prompt.variables.${unknown}`,
      code: "invalid_value",
    });
  }
  const missing = names.find((name) => !given.has(name));
  if (missing !== undefined) {
    throw new HttpError(400, `The prompt's variable ${missing} has no value; give it in prompt.variables`, {
      param: "prompt.variables",
      code: "invalid_value",
    });
  }
  return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => given.get(name) ?? whole);
}
