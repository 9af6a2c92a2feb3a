import type { LanguageModelV3CallOptions, SharedV3Warning } from "@ai-sdk/provider";
import type {
  GenerateOptions,
  JsonValue,
  Message,
  ResponseFormat,
  SamplingParams,
  ToolChoice,
  ToolDefinition,
} from "@llamero/core";
import { readProviderOptions, toGenerateOptions } from "./provider-options.ts";
import { toMessages } from "./to-messages.ts";

/** A call in the words of the text layer. */
export interface ModelCall {
  messages: Message[];
  options: GenerateOptions;
  /** What was asked for and is not done. */
  warnings: SharedV3Warning[];
}

/** The AI SDK's call -> what a text model takes. Throws TypeError for what no model can be told. */
export function toCall(call: LanguageModelV3CallOptions): ModelCall {
  const warnings: SharedV3Warning[] = [];
  const messages = toMessages(call.prompt, warnings);
  const own = readProviderOptions(call.providerOptions);
  const { maxOutputTokens: maxTokens, stopSequences: stop, abortSignal: signal } = call;
  const tools = call.toolChoice?.type === "none" ? [] : toTools(call, warnings);
  const toolChoice = tools.length === 0 ? undefined : toToolChoice(call);
  if (call.toolChoice !== undefined && isForced(call) && tools.length === 0) {
    throw new TypeError(`toolChoice is ${call.toolChoice.type}, but there are no tools to call`);
  }
  const responseFormat = toResponseFormat(call);
  const headers = Object.keys(call.headers ?? {}).filter((name) => name.toLowerCase() !== "user-agent");
  if (headers.length > 0) {
    const details = "Headers are given once, to createLlamero";
    warnings.push({ type: "unsupported", feature: `headers of one call (${headers.join(", ")})`, details });
  }
  if (call.includeRawChunks === true) warnings.push({ type: "unsupported", feature: "includeRawChunks" });
  return {
    messages,
    options: {
      sampling: toSampling(call, own),
      ...toGenerateOptions(own),
      ...(maxTokens !== undefined && { maxTokens }),
      ...(stop !== undefined && { stop }),
      ...(tools.length > 0 && { tools }),
      ...(toolChoice !== undefined && { toolChoice }),
      ...(responseFormat !== undefined && { responseFormat }),
      ...(signal !== undefined && { signal }),
    },
    warnings,
  };
}

const isForced = ({ toolChoice }: LanguageModelV3CallOptions): boolean =>
  toolChoice?.type === "required" || toolChoice?.type === "tool";

function toSampling(
  call: LanguageModelV3CallOptions,
  { minP, repetitionPenalty, logitBias }: ReturnType<typeof readProviderOptions>,
): Partial<SamplingParams> {
  const given = {
    temperature: call.temperature,
    topP: call.topP,
    topK: call.topK,
    minP,
    repetitionPenalty,
    logitBias,
    frequencyPenalty: call.frequencyPenalty,
    presencePenalty: call.presencePenalty,
    seed: call.seed,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function toTools({ tools = [] }: LanguageModelV3CallOptions, warnings: SharedV3Warning[]): ToolDefinition[] {
  return tools.flatMap((tool): ToolDefinition[] => {
    if (tool.type === "provider") {
      warnings.push({
        type: "unsupported",
        feature: `provider tool ${tool.id}`,
        details: "The model calls functions only",
      });
      return [];
    }
    const { name, description = "", inputSchema, strict } = tool;
    const parameters = inputSchema as Record<string, JsonValue>;
    return [{ name, description, parameters, ...(strict === true && { isStrict: true }) }];
  });
}

function toToolChoice({ toolChoice }: LanguageModelV3CallOptions): ToolChoice | undefined {
  if (toolChoice?.type === "required") return "required";
  return toolChoice?.type === "tool" ? { name: toolChoice.toolName } : undefined;
}

function toResponseFormat({ responseFormat }: LanguageModelV3CallOptions): ResponseFormat | undefined {
  if (responseFormat?.type !== "json") return undefined;
  const { schema } = responseFormat;
  return schema === undefined
    ? { type: "json-object" }
    : { type: "json-schema", schema: schema as JsonValue };
}
