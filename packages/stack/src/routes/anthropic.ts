import type { GeneratePart } from "@llamero/core";
import { ContextOverflowError } from "@llamero/core/errors";
import {
  type AnthropicAnswer,
  anthropicAnswerSchema,
  anthropicErrorSchema,
  anthropicEventSchema,
  countTokensRequestSchema,
  countTokensSchema,
  messagesRequestSchema,
} from "../api/anthropic.ts";
import {
  AnthropicEvents,
  type AnthropicJob,
  toAnthropicAnswer,
  toAnthropicError,
  toAnthropicJob,
  toPrompt,
} from "../convert/anthropic.ts";
import { generateChoices, type OnPart } from "../generate-choices.ts";
import { answerStream } from "../http/answer-stream.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import type { EventStream } from "../http/event-stream.ts";
import { toHttpError } from "../http/http-error.ts";
import { newId } from "./stored-objects.ts";

type FinishPart = Extract<GeneratePart, { type: "finish" }>;
type Run = (onPart: OnPart) => Promise<void>;

const common = {
  method: "POST",
  tag: "Anthropic",
  level: "stable",
  errors: { schema: anthropicErrorSchema, convert: toAnthropicError },
} as const;

async function finishOf(run: Run): Promise<FinishPart> {
  let finish: FinishPart | null = null;
  await run((part) => {
    if (part.type === "finish") finish = part;
  });
  if (finish === null) throw new Error("The model ended its answer without saying how");
  return finish;
}

/** Anthropic's interface. */
export const anthropicRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    path: "/v1/messages",
    summary: "Answer a conversation in Anthropic's form, whole or as events",
    body: messagesRequestSchema,
    response: anthropicAnswerSchema,
    events: anthropicEventSchema,
    async handle(request, { models, ended, onError }) {
      const { body, disconnected } = request;
      const { name, model, adapter } = models.findChat(body.model);
      const job = toAnthropicJob(body, adapter);
      const head = { id: newId("msg_"), model: name };
      const run: Run = async (onPart) => {
        const generate = (each: AnthropicJob): Promise<void> =>
          generateChoices(model, one(each), { disconnected, ended }, onPart);
        try {
          await generate(job);
        } catch (error) {
          // Clients must name a number, and name what the largest models could say: it is a limit, no demand.
          if (!(error instanceof ContextOverflowError) || error.promptTokens >= error.contextLimit)
            throw error;
          const maxTokens = error.contextLimit - error.promptTokens;
          await generate({ ...job, options: { ...job.options, maxTokens } });
        }
      };
      if (body.stream !== true) return toAnthropicAnswer(head, await finishOf(run)) satisfies AnthropicAnswer;
      return await answerStream(request, onError, (events) => stream(run, head, events, onError));
    },
  }),
  defineRoute({
    ...common,
    path: "/v1/messages/count_tokens",
    summary: "Count the tokens of a prompt, which is read for it and so cached",
    body: countTokensRequestSchema,
    response: countTokensSchema,
    async handle({ body, disconnected }, { models, ended }) {
      const { model, adapter } = models.findChat(body.model);
      const { messages, options } = toPrompt(body, adapter);
      const job = one({ messages, options: { ...options, maxTokens: 1 } });
      const { usage } = await finishOf((onPart) =>
        generateChoices(model, job, { disconnected, ended }, onPart),
      );
      return { input_tokens: usage.promptTokens };
    },
  }),
];

const one = ({
  messages,
  options,
}: AnthropicJob): { messages: AnthropicJob["messages"]; options: [typeof options] } => ({
  messages,
  options: [options],
});

async function stream(
  run: Run,
  head: { id: string; model: string },
  events: EventStream,
  onError: (error: unknown) => void,
): Promise<void> {
  const converter = new AnthropicEvents();
  let isOpen = false;
  try {
    await run(async (part) => {
      const made = [...(isOpen ? [] : [converter.open(head)]), ...converter.push(part)];
      isOpen = true;
      for (const event of made) await events.send(event, event.type);
    });
  } catch (error) {
    if (!events.isOpen) throw error;
    const mapped = toHttpError(error);
    if (mapped.status === 500) onError(error);
    await events.send(toAnthropicError(mapped), "error");
  }
  await events.close();
}
