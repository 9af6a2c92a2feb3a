import { randomUUID } from "node:crypto";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { GeneratePart, Usage } from "@llamero/core";
import type { Hono } from "hono";
import { chatRequestSchema } from "../api/chat-request.ts";
import type { ChatCompletion } from "../api/chat-response.ts";
import { toChatJob } from "../convert/chat-request.ts";
import {
  type AnswerHead,
  ChunkConverter,
  type CollectedChoice,
  toChatCompletion,
  toUsageChunk,
} from "../convert/chat-response.ts";
import { generateChoices } from "../generate-choices.ts";
import { disconnectSignal } from "../http/disconnect.ts";
import type { Env } from "../http/env.ts";
import { EventStream } from "../http/event-stream.ts";
import { toHttpError } from "../http/http-error.ts";
import { readJson } from "../http/read-json.ts";
import type { RouteOptions } from "./route.ts";

/** Generates the choices of an answer and hands out their parts. */
type Run = (onPart: (part: GeneratePart, index: number) => Promise<void> | void) => Promise<void>;

/** Answers later than this begin with a comment, so that the client sees that it is served. */
const openAfterMs = 1000;

/** `POST /v1/chat/completions`, OpenAI's. */
export function addChatCompletions(app: Hono<Env>, { models, ended, onError }: RouteOptions): void {
  app.post("/v1/chat/completions", async (c) => {
    const request = await readJson(c, chatRequestSchema);
    const { name, model, adapter } = models.find(request.model);
    const job = toChatJob(request, adapter);
    const head: AnswerHead = {
      id: `chatcmpl-${randomUUID().replaceAll("-", "")}`,
      created: Math.floor(Date.now() / 1000),
      model: name,
      wantsLogprobs: request.logprobs === true,
      wantsUsage: request.stream_options?.include_usage === true,
    };
    const interrupts = { disconnected: disconnectSignal(c.env.outgoing), ended };
    const run: Run = (onPart) => generateChoices(model, job, interrupts, onPart);
    if (request.stream !== true) return c.json(await collectAnswer(run, head));
    const events = new EventStream(c.env.outgoing, openAfterMs);
    try {
      await streamAnswer(run, head, events);
    } catch (error) {
      events.stopClock();
      // Nothing is sent yet: the error gets a status of its own.
      if (!events.isOpen) throw error;
      const mapped = toHttpError(error);
      if (mapped.status === 500) onError(error);
      await events.end(mapped.body);
    }
    return RESPONSE_ALREADY_SENT;
  });
}

async function collectAnswer(run: Run, head: AnswerHead): Promise<ChatCompletion> {
  const choices: Partial<CollectedChoice>[] = [];
  await run((part, index) => {
    choices[index] ??= { tokens: [] };
    const choice = choices[index];
    if (part.type === "text-delta") choice.tokens?.push(...part.tokens);
    else if (part.type === "finish") choice.finish = part;
  });
  return toChatCompletion(head, choices as CollectedChoice[]);
}

async function streamAnswer(run: Run, head: AnswerHead, events: EventStream): Promise<void> {
  const converters: ChunkConverter[] = [];
  const usages: Usage[] = [];
  await run(async (part, index) => {
    if (converters[index] === undefined) {
      converters[index] = new ChunkConverter(head, index);
      await events.send(converters[index].open());
    }
    if (part.type === "finish") usages[index] = part.usage;
    const chunk = converters[index].convert(part);
    if (chunk !== null) await events.send(chunk);
  });
  if (head.wantsUsage) await events.send(toUsageChunk(head, usages));
  await events.end();
}
