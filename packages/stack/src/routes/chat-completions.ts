import type { GeneratePart, Usage } from "@llamero/core";
import { type ChatRequest, chatRequestSchema } from "../api/chat-request.ts";
import {
  type ChatCompletion,
  type ChatCompletionChunk,
  chatCompletionChunkSchema,
  chatCompletionSchema,
} from "../api/chat-response.ts";
import { servedTier } from "../api/service-tier.ts";
import { toChatJob } from "../convert/chat-request.ts";
import {
  type AnswerHead,
  ChunkConverter,
  type CollectedChoice,
  toChatCompletion,
  toUsageChunk,
} from "../convert/chat-response.ts";
import { generateChoices } from "../generate-choices.ts";
import { answerStream } from "../http/answer-stream.ts";
import { defineRoute, type RouteSpec } from "../http/define-route.ts";
import type { EventStream } from "../http/event-stream.ts";
import { annotate } from "../observe/trace.ts";
import { providerDataHeader, readProviderData } from "../providers/provider-data.ts";
import { toGeneration, withSeeds } from "../round/replay.ts";
import { keepChatCompletion } from "./stored-chat.ts";
import { newId, nowSeconds } from "./stored-objects.ts";

/** Generates the choices of an answer and hands out their parts. */
type Run = (onPart: (part: GeneratePart, index: number) => Promise<void> | void) => Promise<void>;

/** `POST /v1/chat/completions`, OpenAI's. */
export const createChatCompletion: RouteSpec<ChatRequest, undefined, ChatCompletion> = defineRoute({
  method: "POST",
  path: "/v1/chat/completions",
  tag: "Inference",
  level: "stable",
  summary: "Answer a conversation, whole or as events",
  body: chatRequestSchema,
  response: chatCompletionSchema,
  events: chatCompletionChunkSchema,
  async handle(request, { models, ended, onError, store }) {
    const { body, owner, disconnected } = request;
    // Kept answers of remote models come here too.
    const data = readProviderData(request.context.header(providerDataHeader));
    const { name, model, adapter } = models.findChat(body.model, data);
    const isKept = body.store === true;
    const asked = toChatJob(body, adapter);
    const job = isKept ? withSeeds(asked) : asked;
    const head: AnswerHead = {
      id: newId("chatcmpl-"),
      created: nowSeconds(),
      model: name,
      wantsLogprobs: body.logprobs === true,
      hasFunctions: body.functions != null,
      wantsUsage: body.stream_options?.include_usage === true,
      pads: body.stream_options?.include_obfuscation === true,
      ...(body.service_tier != null && { serviceTier: servedTier(body.service_tier) }),
    };
    annotate({ "gen_ai.response.id": head.id });
    const choices: CollectedChoice[] = [];
    const run: Run = (onPart) =>
      generateChoices(model, job, { disconnected, ended }, (part, index) => {
        if (isKept || body.stream !== true) collectPart(choices, part, index);
        return onPart(part, index);
      });
    const keep = (): Promise<void> =>
      keepChatCompletion(store, owner, toChatCompletion(head, choices), body, {
        name,
        model,
        generations: choices.map(({ finish }, index) => toGeneration(job, index, finish)),
      });
    if (body.stream === true) {
      return await answerStream(request, onError, async (events) => {
        await streamAnswer(run, head, events, isKept ? keep : null);
      });
    }
    await run(() => {});
    if (isKept) await keep();
    return toChatCompletion(head, choices);
  },
});

function collectPart(choices: Partial<CollectedChoice>[], part: GeneratePart, index: number): void {
  choices[index] ??= { tokens: [] };
  const choice = choices[index];
  if (part.type === "text-delta") choice.tokens?.push(...part.tokens);
  else if (part.type === "finish") choice.finish = part;
}

/** `keep` is done before the client learns that the answer is complete. */
async function streamAnswer(
  run: Run,
  head: AnswerHead,
  events: EventStream,
  keep: (() => Promise<void>) | null,
): Promise<void> {
  const converters: ChunkConverter[] = [];
  const usages: Usage[] = [];
  const last: ChatCompletionChunk[] = [];
  await run(async (part, index) => {
    if (converters[index] === undefined) {
      converters[index] = new ChunkConverter(head, index);
      await events.send(converters[index].open());
    }
    if (part.type === "finish") usages[index] = part.usage;
    const chunk = converters[index].convert(part);
    if (part.type === "finish" && keep !== null) last.push(chunk!);
    else if (chunk !== null) await events.send(chunk);
  });
  await keep?.();
  for (const chunk of last) await events.send(chunk);
  if (head.wantsUsage) await events.send(toUsageChunk(head, usages));
  await events.end();
}
