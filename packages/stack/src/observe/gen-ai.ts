import type { GenerateOptions, GeneratePart, Message } from "@llamero/core";
import type { Attributes } from "./trace.ts";

type FinishPart = Extract<GeneratePart, { type: "finish" }>;

/** OpenTelemetry's semantic conventions for generative AI. */
const names = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  model: "gen_ai.request.model",
} as const;

/** What is asked of a model. */
export function callAttributes(operation: string, model: string, provider = "llamero"): Attributes {
  return { [names.operation]: operation, [names.provider]: provider, [names.model]: model };
}

/** How an answer is sampled. */
export function optionAttributes(options: GenerateOptions): Attributes {
  const { sampling = {}, maxTokens, stop, adapter } = options;
  const given: Record<string, Attributes[string] | null | undefined> = {
    "gen_ai.request.max_tokens": maxTokens,
    "gen_ai.request.temperature": sampling.temperature,
    "gen_ai.request.top_p": sampling.topP,
    "gen_ai.request.top_k": sampling.topK,
    "gen_ai.request.seed": sampling.seed,
    "gen_ai.request.frequency_penalty": sampling.frequencyPenalty,
    "gen_ai.request.presence_penalty": sampling.presencePenalty,
    "gen_ai.request.stop_sequences": stop,
    "llamero.adapter": adapter,
  };
  const there = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(there) as Attributes;
}

/** What came of it. */
export function finishAttributes({ reason, usage, backend, mode, timings }: FinishPart): Attributes {
  return {
    "gen_ai.response.finish_reasons": [reason],
    "gen_ai.usage.input_tokens": usage.promptTokens,
    "gen_ai.usage.output_tokens": usage.completionTokens,
    "gen_ai.usage.cache_read.input_tokens": usage.cachedTokens,
    "llamero.time_to_first_token_ms": timings.timeToFirstTokenMs,
    "llamero.backend": backend,
    "llamero.mode": mode,
  };
}

/** Content is cut here. */
const maxContentChars = 32_768;
const cut = (text: string): string =>
  text.length <= maxContentChars ? text : `${text.slice(0, maxContentChars)}...`;

/** What was asked, as the conventions write conversations. */
export function inputAttributes(messages: readonly Message[]): Attributes {
  const written = messages.map(({ role, content }) => ({ role, parts: [{ type: "text", content }] }));
  return { "gen_ai.input.messages": cut(JSON.stringify(written)) };
}

/** What was answered. */
export function outputAttributes({ text, toolCalls, reason }: FinishPart): Attributes {
  const calls = toolCalls.map((call) => ({
    type: "tool_call",
    id: call.id,
    name: call.name,
    arguments: call.arguments,
  }));
  const parts = [...(text === "" ? [] : [{ type: "text", content: text }]), ...calls];
  return {
    "gen_ai.output.messages": cut(JSON.stringify([{ role: "assistant", parts, finish_reason: reason }])),
  };
}
