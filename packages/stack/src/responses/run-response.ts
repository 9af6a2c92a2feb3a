import { ContextOverflowError, type ToolCall } from "@llamero/core";
import type { ResponseEvent } from "../api/responses-events.ts";
import type { ResponseObject } from "../api/responses-object.ts";
import type { ChatJob } from "../convert/chat-request.ts";
import type { FinishPart } from "../convert/chat-response.ts";
import { ResponseBuilder } from "../convert/responses-events.ts";
import { generateChoices, type Interrupts } from "../generate-choices.ts";
import { HttpError, toHttpError } from "../http/http-error.ts";
import { annotate, withSpan } from "../observe/trace.ts";
import { newId, nowSeconds } from "../routes/stored-objects.ts";
import type { StoreWrite } from "../store/store.ts";
import type { PreparedResponse } from "./prepare.ts";
import { putConversationItems, putItems, putResponse, withOwnIds } from "./stored-response.ts";
import { defaultMaxGenerations, type ToolRunner } from "./tool-runner.ts";

/** Takes events of a response as they come. */
export type Emit = (events: readonly ResponseEvent[]) => Promise<void> | void;

export function createBuilder({ response }: PreparedResponse): ResponseBuilder {
  return new ResponseBuilder(response, { newId, now: nowSeconds });
}

/**
 * Generates a response; the last event is still to come when this resolves. As long as the model calls only functions
 * that the server runs, their results go back to it.
 */
export async function generateResponse(
  prepared: PreparedResponse,
  builder: ResponseBuilder,
  interrupts: Interrupts,
  emit: Emit,
): Promise<void> {
  const { model, job, runners, request } = prepared;
  annotate({ "gen_ai.response.id": prepared.response.id });
  const signal = AbortSignal.any([interrupts.disconnected, interrupts.ended]);
  const maxCalls = request.max_tool_calls ?? Number.POSITIVE_INFINITY;
  const maxGenerations = request.max_infer_iters ?? defaultMaxGenerations;
  let { messages } = job;
  let options = job.options[0]!;
  let numCalls = 0;
  for (let numGenerations = 1; ; numGenerations++) {
    const canRun = numGenerations < maxGenerations && numCalls < maxCalls;
    const offered = withFunctions(options, canRun ? runners : []);
    const { text, toolCalls } = await generate(
      model,
      { messages, options: [offered] },
      builder,
      interrupts,
      emit,
    );
    const runs = toolCalls.map((call) =>
      runners.find(({ functions }) => functions.some(({ name }) => name === call.name)),
    );
    if (toolCalls.length === 0 || runs.includes(undefined)) return;
    messages = [...messages, { role: "assistant", content: text, toolCalls }];
    for (const [index, call] of toolCalls.entries()) {
      const content =
        ++numCalls <= maxCalls
          ? await withSpan(`execute_tool ${call.name}`, toolAttributes(call), () =>
              runs[index]!.run(call, signal),
            )
          : `There may be no more than ${maxCalls} calls`;
      signal.throwIfAborted();
      messages.push({ role: "tool", toolCallId: call.id, name: call.name, content });
      await emit(builder.addResult(call.id, content));
    }
    // What had to be called has been.
    const { toolChoice: _, ...free } = options;
    options = free;
  }
}

const toolAttributes = ({ id, name }: ToolCall): Record<string, string> => ({
  "gen_ai.operation.name": "execute_tool",
  "gen_ai.tool.name": name,
  "gen_ai.tool.call.id": id,
});

type Options = PreparedResponse["job"]["options"][number];

function withFunctions(options: Options, runners: readonly ToolRunner[]): Options {
  const functions = runners.flatMap((runner) => runner.functions);
  return functions.length === 0 ? options : { ...options, tools: [...(options.tools ?? []), ...functions] };
}

async function generate(
  model: PreparedResponse["model"],
  job: ChatJob,
  builder: ResponseBuilder,
  interrupts: Interrupts,
  emit: Emit,
): Promise<FinishPart> {
  let finish: FinishPart | null = null;
  try {
    await generateChoices(model, job, interrupts, async (part) => {
      if (part.type === "finish") finish = part;
      if (!builder.isStarted) await emit(builder.start());
      await emit(builder.convert(part));
    });
  } catch (error) {
    if (!(error instanceof ContextOverflowError)) throw error;
    throw new HttpError(400, error.message, { param: "input", code: "context_length_exceeded" });
  }
  return finish!;
}

/** An error as a response tells it. */
export function toResponseError(error: unknown): { code: string; message: string } {
  const { error: body } = toHttpError(error).body;
  return { code: body.code ?? body.type, message: body.message };
}

/** Writes that keep a response that has ended, its items, and its part of a conversation. */
export function finalWrites(prepared: PreparedResponse, response: ResponseObject): StoreWrite[] {
  const { owner, input, ownIds, historyIds } = prepared;
  const writes: StoreWrite[] = [];
  const own = [...input.filter(({ id }) => ownIds.has(id)), ...response.output];
  if (response.store) {
    writes.push(putResponse({ ...response, input }, owner), ...putItems(own, response, owner));
  }
  const isDone = response.status === "completed" || response.status === "incomplete";
  if (response.conversation !== undefined && isDone) {
    const added = withOwnIds(
      [...input.filter(({ id }) => !historyIds.has(id)), ...response.output],
      new Set(own.map(({ id }) => id)),
    );
    writes.push(...putConversationItems(added, response.conversation.id, owner));
  }
  return writes;
}
