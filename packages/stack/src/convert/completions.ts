import type { GenerateOptions, SamplingParams, TokenDetail, Usage } from "@llamero/core";
import type { WireUsage } from "../api/chat-response.ts";
import type { CompletionLogprobs, CompletionRequest } from "../api/completions.ts";
import { HttpError } from "../http/http-error.ts";
import { noSpecialTokens } from "./chat-response.ts";

/** What one choice continues. */
export interface CompletionJob {
  prompt: string | number[];
  options: Omit<GenerateOptions, "signal">;
  /** What the answer begins with. */
  echo: string;
}

/** Wire request -> choices: n for each prompt, in the order of the prompts. */
export function toCompletionJobs(request: CompletionRequest, adapter?: string): CompletionJob[] {
  const { echo, logprobs, n } = request;
  if (request.stream_options != null && request.stream !== true) {
    throw new HttpError(400, "stream_options needs stream: true", { param: "stream_options" });
  }
  const prompts = toPrompts(request.prompt);
  if (echo === true && (logprobs != null || typeof prompts[0] !== "string")) {
    throw new HttpError(400, "echo takes prompts that are texts, and no logprobs", { param: "echo" });
  }
  const { seed } = request;
  const options = { ...toOptions(request), ...(adapter !== undefined && { adapter }) };
  return prompts.flatMap((prompt) =>
    Array.from({ length: n ?? 1 }, (_, index) => ({
      prompt,
      echo: echo === true ? String(prompt) : "",
      options: {
        ...options,
        // Choices of one seed would all be the same.
        sampling: { ...options.sampling, ...(seed != null && { seed: (seed + index) % 2 ** 32 }) },
      },
    })),
  );
}

function toPrompts(prompt: CompletionRequest["prompt"]): (string | number[])[] {
  if (typeof prompt === "string") return [prompt];
  return typeof prompt[0] === "number" ? [prompt as number[]] : (prompt as string[] | number[][]);
}

function toOptions(request: CompletionRequest): Omit<GenerateOptions, "signal"> {
  const { stop, logprobs, user } = request;
  const given = {
    temperature: request.temperature,
    topP: request.top_p,
    frequencyPenalty: request.frequency_penalty,
    presencePenalty: request.presence_penalty,
    logitBias: request.logit_bias,
    seed: request.seed,
  };
  const sampling: Partial<SamplingParams> = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value != null),
  );
  return {
    sampling,
    maxTokens: request.max_tokens ?? 16,
    ...(stop != null && { stop: typeof stop === "string" ? [stop] : stop }),
    ...(user != null && { client: user }),
    ...(logprobs != null && { topLogprobs: logprobs }),
  };
}

const decoder = new TextDecoder();

/** JSON has no infinity; OpenAI uses the same floor. */
const finite = (logprob: number): number => Math.max(logprob, -9999);

/** Tokens -> log-probabilities as OpenAI writes them here; `offset` characters came before. */
export function toCompletionLogprobs(tokens: readonly TokenDetail[], offset: number): CompletionLogprobs {
  const texts = tokens.map(({ bytes }) => decoder.decode(bytes));
  let at = offset;
  const offsets = texts.map((text) => {
    at += text.length;
    return at - text.length;
  });
  return {
    tokens: texts,
    token_logprobs: tokens.map(({ logprob }) => finite(logprob)),
    top_logprobs: tokens.map(({ top }) =>
      Object.fromEntries(top.map(({ bytes, logprob }) => [decoder.decode(bytes), finite(logprob)])),
    ),
    text_offset: offsets,
  };
}

/** Choices of one prompt share its tokens. */
export function toCompletionUsage(usages: readonly Usage[], perPrompt: number): WireUsage {
  const firsts = usages.filter((_, index) => index % perPrompt === 0);
  const sum = (list: readonly Usage[], key: "promptTokens" | "completionTokens" | "cachedTokens"): number =>
    list.reduce((total, usage) => total + usage[key], 0);
  const prompt = sum(firsts, "promptTokens");
  const completion = sum(usages, "completionTokens");
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: sum(firsts, "cachedTokens"), audio_tokens: 0 },
    completion_tokens_details: noSpecialTokens,
  };
}
