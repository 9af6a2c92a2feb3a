import type {
  GenerateOptions,
  GeneratePart,
  Message,
  ResponseFormat,
  ToolCall,
  ToolDefinition,
} from "@llamero/core";
import type {
  OllamaCall,
  OllamaChatAnswer,
  OllamaChatRequest,
  OllamaEnd,
  OllamaError,
  OllamaFormat,
  OllamaGenerateAnswer,
  OllamaGenerateRequest,
  OllamaMessage,
} from "../api/ollama.ts";
import { HttpError } from "../http/http-error.ts";

type FinishPart = Extract<GeneratePart, { type: "finish" }>;
type Options = Omit<GenerateOptions, "signal">;

/** A request in the words of the text layer; a raw prompt is continued as it is. */
export interface OllamaJob {
  messages: Message[];
  rawPrompt?: string;
  options: Options;
}

/** The model that a request is for. */
interface Target {
  contextLimit: number;
  adapter?: string | undefined;
}

/** Ollama's chat -> what is generated from; null: the model is only to be there. */
export function toOllamaChatJob(request: OllamaChatRequest, target: Target): OllamaJob | null {
  const { messages = [], tools } = request;
  const options = toOptions(request, target);
  if (messages.length === 0) return null;
  const offered = (tools ?? []).map(
    ({ function: { name, description = "", parameters } }): ToolDefinition => ({
      name,
      description,
      parameters: parameters ?? { type: "object", properties: {} },
    }),
  );
  return {
    messages: toMessages(messages),
    options: { ...options, ...(offered.length > 0 && { tools: offered }) },
  };
}

/** Ollama's generate -> the same. */
export function toOllamaGenerateJob(request: OllamaGenerateRequest, target: Target): OllamaJob | null {
  const { prompt = "", system, raw = false } = request;
  const options = toOptions(request, target);
  if (raw && system !== undefined) {
    throw new HttpError(400, "A raw prompt has no system message; leave system out", { param: "system" });
  }
  if (prompt === "") return null;
  if (raw) return { messages: [], rawPrompt: prompt, options };
  const before: Message[] =
    system === undefined || system === "" ? [] : [{ role: "system", content: system }];
  return { messages: [...before, { role: "user", content: prompt }], options };
}

function toOptions(
  { options, format }: Pick<OllamaChatRequest, "options" | "format">,
  { contextLimit, adapter }: Target,
): Options {
  const { num_predict: numPredict = -1, num_ctx: numCtx = 0, stop, ...given } = options ?? {};
  if (numCtx > contextLimit) {
    const message = `options.num_ctx is ${numCtx}; the model was loaded with a context of ${contextLimit}`;
    throw new HttpError(400, message, { param: "options.num_ctx" });
  }
  if (numPredict === 0) {
    throw new HttpError(400, "options.num_predict is 0; ask for a token at least", {
      param: "options.num_predict",
    });
  }
  const sampling = {
    temperature: given.temperature,
    topK: given.top_k,
    topP: given.top_p,
    minP: given.min_p,
    repetitionPenalty: given.repeat_penalty,
    presencePenalty: given.presence_penalty,
    frequencyPenalty: given.frequency_penalty,
    seed: given.seed,
  };
  const responseFormat = toFormat(format);
  return {
    sampling: Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined)),
    ...(numPredict > 0 && { maxTokens: numPredict }),
    ...(stop !== undefined && { stop }),
    ...(responseFormat !== undefined && { responseFormat }),
    ...(adapter !== undefined && { adapter }),
  };
}

function toFormat(format: OllamaFormat | null | undefined): ResponseFormat | undefined {
  if (format == null || format === "") return undefined;
  return format === "json" ? { type: "json-object" } : { type: "json-schema", schema: format };
}

/** Ollama's calls have no ids of their own: results belong to the calls of their name, in their order. */
function toMessages(wire: readonly OllamaMessage[]): Message[] {
  let open: ToolCall[] = [];
  return wire.map(({ role, content = "", tool_calls: calls, ...result }, index): Message => {
    switch (role) {
      case "system":
      case "user":
        return { role, content };
      case "assistant": {
        if (calls == null || calls.length === 0) return { role, content };
        const toolCalls = calls.map(({ id, function: { name, arguments: given } }, at): ToolCall => {
          return { id: id ?? `call_${index}_${at}`, name, arguments: given };
        });
        open = [...toolCalls];
        return { role, content, toolCalls };
      }
      case "tool": {
        const { tool_call_id: id, tool_name: wanted } = result;
        const at = open.findIndex((call) =>
          id === undefined ? wanted === undefined || call.name === wanted : call.id === id,
        );
        const call = open[at];
        if (call === undefined) {
          const param = `messages[${index}]`;
          throw new HttpError(400, `${param} is the result of no call before it`, { param });
        }
        open.splice(at, 1);
        return { role, toolCallId: call.id, name: call.name, content };
      }
      default:
        return role satisfies never;
    }
  });
}

const nanoseconds = (ms: number): number => Math.max(0, Math.round(ms * 1e6));

/** What is counted of an answer. */
export function toOllamaEnd({ reason, usage, timings }: FinishPart): OllamaEnd {
  const { queueMs, prefillMs, decodeMs } = timings;
  return {
    done_reason: reason === "length" ? "length" : "stop",
    total_duration: nanoseconds(queueMs + prefillMs + decodeMs),
    load_duration: 0,
    prompt_eval_count: usage.promptTokens,
    prompt_eval_duration: nanoseconds(prefillMs),
    eval_count: usage.completionTokens,
    eval_duration: nanoseconds(decodeMs),
  };
}

const toCall = ({ name, arguments: given }: ToolCall, index: number): OllamaCall => ({
  function: { index, name, arguments: given as OllamaCall["function"]["arguments"] },
});

/** Makes the answers of one request: whole, or line by line. */
export interface OllamaAnswers<T> {
  /** A line for a part; null where there is nothing to say of it. */
  line(part: GeneratePart): T | null;
  whole(finish: FinishPart): T;
  /** The model is there. */
  loaded(): T;
}

/** Answers of `POST /api/chat`. */
export function ollamaChatAnswers(model: string): OllamaAnswers<OllamaChatAnswer> {
  let numCalls = 0;
  const make = (
    message: Omit<OllamaChatAnswer["message"], "role">,
    end: OllamaEnd | null,
  ): OllamaChatAnswer => ({
    model,
    created_at: new Date().toISOString(),
    message: { role: "assistant", ...message },
    done: end !== null,
    ...end,
  });
  return {
    line(part) {
      if (part.type === "text-delta") return part.text === "" ? null : make({ content: part.text }, null);
      if (part.type === "tool-call")
        return make({ content: "", tool_calls: [toCall(part.call, numCalls++)] }, null);
      return part.type === "finish" ? make({ content: part.refusal ?? "" }, toOllamaEnd(part)) : null;
    },
    whole(finish) {
      const calls = finish.toolCalls.map(toCall);
      const content = finish.text + (finish.refusal ?? "");
      return make({ content, ...(calls.length > 0 && { tool_calls: calls }) }, toOllamaEnd(finish));
    },
    loaded: () => make({ content: "" }, { done_reason: "load" }),
  };
}

/** Answers of `POST /api/generate`. */
export function ollamaGenerateAnswers(model: string): OllamaAnswers<OllamaGenerateAnswer> {
  const make = (response: string, end: OllamaEnd | null): OllamaGenerateAnswer => ({
    model,
    created_at: new Date().toISOString(),
    response,
    done: end !== null,
    ...end,
  });
  return {
    line(part) {
      if (part.type === "text-delta") return part.text === "" ? null : make(part.text, null);
      return part.type === "finish" ? make(part.refusal ?? "", toOllamaEnd(part)) : null;
    },
    whole: (finish) => make(finish.text + (finish.refusal ?? ""), toOllamaEnd(finish)),
    loaded: () => make("", { done_reason: "load" }),
  };
}

/** An error in Ollama's form. */
export const toOllamaError = ({ message }: HttpError): OllamaError => ({ error: message });
