import type { FinishReason, TokenDetail, Usage } from "@llamero/core";
import {
  type Completion,
  type CompletionChoice,
  type CompletionRequest,
  completionEventSchema,
  completionRequestSchema,
  completionSchema,
} from "../api/completions.ts";
import { fingerprint } from "../convert/chat-response.ts";
import {
  type CompletionJob,
  toCompletionJobs,
  toCompletionLogprobs,
  toCompletionUsage,
} from "../convert/completions.ts";
import { generateAll, type OnPart } from "../generate-choices.ts";
import { answerStream } from "../http/answer-stream.ts";
import { defineRoute, type RouteSpec } from "../http/define-route.ts";
import type { EventStream } from "../http/event-stream.ts";
import { newId, nowSeconds } from "./stored-objects.ts";

type Head = Pick<Completion, "id" | "object" | "created" | "model">;

/** A request, ready to run. */
interface Work {
  head: Head;
  jobs: readonly CompletionJob[];
  perPrompt: number;
  run: (onPart: OnPart) => Promise<void>;
}

/** `POST /v1/completions`, OpenAI's: continues texts as they are, without a chat template. */
export const createCompletion: RouteSpec<CompletionRequest, undefined, Completion> = defineRoute({
  method: "POST",
  path: "/v1/completions",
  tag: "Inference",
  level: "stable",
  summary: "Continue texts, whole or as events",
  body: completionRequestSchema,
  response: completionSchema,
  events: completionEventSchema,
  async handle(request, { models, ended, onError }) {
    const { body, disconnected } = request;
    const { name, model, adapter } = models.find(body.model);
    const jobs = toCompletionJobs(body, adapter);
    const head: Head = { id: newId("cmpl-"), object: "text_completion", created: nowSeconds(), model: name };
    const work: Work = {
      head,
      jobs,
      perPrompt: body.n ?? 1,
      run: (onPart) =>
        generateAll(
          jobs.length,
          (index, signal) => model.complete(jobs[index]!.prompt, { ...jobs[index]!.options, signal }),
          { disconnected, ended },
          onPart,
        ),
    };
    if (body.stream !== true) return await collect(work);
    const wantsUsage = body.stream_options?.include_usage === true;
    return await answerStream(request, onError, (events) => stream(work, wantsUsage, events));
  },
});

const reasonOf = (reason: FinishReason): "stop" | "length" | "content_filter" => {
  if (reason === "content-filter") return "content_filter";
  return reason === "length" ? "length" : "stop";
};

async function collect({ head, jobs, perPrompt, run }: Work): Promise<Completion> {
  const choices: CompletionChoice[] = [];
  const usages: Usage[] = [];
  const tokens: TokenDetail[][] = jobs.map(() => []);
  let system_fingerprint = "";
  await run((part, index) => {
    if (part.type === "text-delta") tokens[index]!.push(...part.tokens);
    if (part.type !== "finish") return;
    const { echo, options } = jobs[index]!;
    usages[index] = part.usage;
    system_fingerprint = fingerprint(head.model, part);
    choices[index] = {
      index,
      text: echo + part.text,
      logprobs: options.topLogprobs === undefined ? null : toCompletionLogprobs(tokens[index]!, 0),
      finish_reason: reasonOf(part.reason),
    };
  });
  return { ...head, choices, usage: toCompletionUsage(usages, perPrompt), system_fingerprint };
}

async function stream(
  { head, jobs, perPrompt, run }: Work,
  wantsUsage: boolean,
  events: EventStream,
): Promise<void> {
  const usages: Usage[] = [];
  const lengths = jobs.map(() => 0);
  const send = (choice: CompletionChoice, more: Partial<Completion> = {}): Promise<void> =>
    events.send({
      ...head,
      choices: [choice],
      ...(wantsUsage && { usage: null }),
      ...more,
    } satisfies Completion);
  const echoed = new Set<number>();
  await run(async (part, index) => {
    const { echo, options } = jobs[index]!;
    if (echo !== "" && !echoed.has(index)) {
      echoed.add(index);
      await send({ index, text: echo, logprobs: null, finish_reason: null });
    }
    if (part.type === "text-delta") {
      const wantsLogprobs = options.topLogprobs !== undefined;
      const logprobs = wantsLogprobs ? toCompletionLogprobs(part.tokens, lengths[index]!) : null;
      lengths[index]! += part.text.length;
      await send({ index, text: part.text, logprobs, finish_reason: null });
    } else if (part.type === "finish") {
      usages[index] = part.usage;
      await send(
        { index, text: "", logprobs: null, finish_reason: reasonOf(part.reason) },
        { system_fingerprint: fingerprint(head.model, part) },
      );
    }
  });
  if (wantsUsage) {
    const usage = toCompletionUsage(usages, perPrompt);
    await events.send({ ...head, choices: [], usage } satisfies Completion);
  }
  await events.end();
}
