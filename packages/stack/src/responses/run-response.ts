import { ContextOverflowError, QueueFullError } from "@llamero/core/errors";
import type { ResponseEvent } from "../api/responses-events.ts";
import type { ResponseObject } from "../api/responses-object.ts";
import type { ChatJob } from "../convert/chat-request.ts";
import type { FinishPart } from "../convert/chat-response.ts";
import { ResponseBuilder } from "../convert/responses-events.ts";
import { generateChoices, type Interrupts } from "../generate-choices.ts";
import { HttpError, toHttpError } from "../http/http-error.ts";
import { annotate } from "../observe/trace.ts";
import { generationsOf, noteGeneration, putReplay, toGeneration, withSeeds } from "../round/replay.ts";
import { newId, nowSeconds } from "../routes/stored-objects.ts";
import type { StoreWrite } from "../store/store.ts";
import type { PreparedResponse } from "./prepare.ts";
import { approvedCalls, interruptedCalls } from "./resumed-calls.ts";
import { putConversationItems, putItems, putResponse, withOwnIds } from "./stored-response.ts";
import { defaultMaxGenerations, defaultMaxSeconds, type ToolRunner, toDefinition } from "./tool-runner.ts";
import { ToolSession, type WantedCall } from "./tool-session.ts";

/** Takes events of a response as they come. */
export type Emit = (events: readonly ResponseEvent[]) => Promise<void> | void;

export function createBuilder({ response, request }: PreparedResponse): ResponseBuilder {
  const pads = request.stream_options?.include_obfuscation === true;
  return new ResponseBuilder(response, { newId, now: nowSeconds, pads });
}

const queueFullWaitMs = 500;

/** What has been done of a response, for a process that may have to go on with it. */
export interface StepState {
  /** What each call gave the model, by the id of its item. */
  results: Readonly<Record<string, string>>;
}

/**
 * Generates a response; the last event is still to come when this resolves. As long as the model calls only tools that
 * the server runs, their results go back to it. `onStep` is told before calls run and after.
 */
export async function generateResponse(
  prepared: PreparedResponse,
  builder: ResponseBuilder,
  interrupts: Interrupts,
  emit: Emit,
  onStep: (state: StepState) => Promise<void> = async () => {},
): Promise<void> {
  annotate({ "gen_ai.response.id": prepared.response.id });
  if (!hasTools(prepared)) return await converse(prepared, builder, interrupts, emit, onStep);
  const seconds = prepared.toolbox?.settings.max_seconds ?? defaultMaxSeconds;
  const late = new AbortController();
  const clock = setTimeout(() => late.abort(), seconds * 1000);
  const disconnected = AbortSignal.any([interrupts.disconnected, late.signal]);
  try {
    await converse(prepared, builder, { ...interrupts, disconnected }, emit, onStep);
  } catch (error) {
    if (!late.signal.aborted || interrupts.disconnected.aborted || interrupts.ended.aborted) throw error;
    if (!builder.isStarted) await emit(builder.start());
    await emit(builder.cut("max_seconds"));
  } finally {
    clearTimeout(clock);
  }
}

const hasTools = ({ runners, servers }: PreparedResponse): boolean =>
  runners.length > 0 || servers.length > 0;

async function converse(
  prepared: PreparedResponse,
  builder: ResponseBuilder,
  interrupts: Interrupts,
  emit: Emit,
  onStep: (state: StepState) => Promise<void>,
): Promise<void> {
  const { model, job, request, earlier, toolbox } = prepared;
  const signal = AbortSignal.any([interrupts.disconnected, interrupts.ended]);
  const maxCalls = request.max_tool_calls ?? toolbox?.settings.max_calls ?? Number.POSITIVE_INFINITY;
  const maxGenerations = request.max_infer_iters ?? toolbox?.settings.max_steps ?? defaultMaxGenerations;
  const isParallel = request.parallel_tool_calls !== false;
  const results: Record<string, string> = { ...earlier?.results };
  const onResult = (id: string, text: string): void => {
    results[id] = text;
  };
  const session = new ToolSession({ prepared, builder, signal, emit, onResult });
  const step = (): Promise<void> => onStep({ results });
  const begin = async (): Promise<void> => {
    if (!builder.isStarted) await emit(builder.start());
  };
  let { messages } = job;
  let options = job.options[0]!;
  const run = async (content: string, wanted: readonly WantedCall[]): Promise<void> => {
    if (wanted.length === 0) return;
    const answers = await session.run(wanted, { isParallel, onBegun: step });
    messages = [
      ...messages,
      { role: "assistant", content, toolCalls: wanted.map(({ call }) => call) },
      ...answers,
    ];
    await step();
  };
  if (hasTools(prepared)) {
    await begin();
    if (earlier !== null) await emit(builder.restore(earlier.output, earlier.usage));
    await session.open();
    await run("", [...interruptedCalls(prepared, session), ...approvedCalls(prepared, session)]);
    session.numCalls = earlier?.numCalls ?? 0;
    if (earlier?.isOver === true) return;
  }
  for (let numGenerations = 1 + session.numCalls; ; numGenerations++) {
    const canRun = numGenerations < maxGenerations && session.numCalls < maxCalls;
    const offered = offer(options, canRun ? session.runners : [], prepared);
    const left = tokensLeft(request.max_output_tokens, builder);
    if (left !== null && left <= 0) return await emit(builder.cut("max_output_tokens"));
    if (left !== null) offered.maxTokens = left;
    const job = withSeeds({ messages, options: [offered] });
    const finish = await generate(model, job, builder, interrupts, emit, hasTools(prepared));
    const { text, toolCalls } = finish;
    noteGeneration(prepared, toGeneration(job, 0, finish));
    if (toolCalls.length === 0) return;
    const runs = toolCalls.map((call) => ({ call, runner: session.find(call.name) }));
    const own = runs.filter((each): each is WantedCall => each.runner !== undefined);
    if (!canRun && own.length > 0) {
      return await emit(builder.cut(session.numCalls >= maxCalls ? "max_tool_calls" : "max_infer_iters"));
    }
    const checks = await Promise.all(own.map(({ call, runner }) => session.check(runner, call)));
    const asked = own.filter((_, index) => checks[index] === "ask");
    let numIgnored = 0;
    const wanted = own.flatMap((each, index): WantedCall[] => {
      if (checks[index] === "ask") return [];
      if (++session.numCalls > maxCalls) {
        // A function's item is there already and needs a result; other calls are ignored, as OpenAI has it.
        if (each.runner.form === "function")
          return [{ ...each, instead: `There may be no more than ${maxCalls} calls` }];
        numIgnored++;
        return [];
      }
      const instead = "This call was not run: a shield of the server does not let it pass";
      return [checks[index] === "refuse" ? { ...each, instead } : each];
    });
    for (const { call, runner } of asked) await session.ask(call, runner);
    await run(text, wanted);
    // The client runs the rest, or somebody has to agree first.
    if (wanted.length + numIgnored < runs.length) return;
    // What had to be called has been.
    const { toolChoice: _, ...free } = options;
    options = free;
  }
}

/** Tokens that may still be written, over all generations; null without a limit. */
function tokensLeft(max: number | null | undefined, builder: ResponseBuilder): number | null {
  return max == null ? null : max - (builder.response.usage?.output_tokens ?? 0);
}

type Options = PreparedResponse["job"]["options"][number];

/** Options with the tools of the server that this generation may call. */
function offer(options: Options, runners: readonly ToolRunner[], { choice }: PreparedResponse): Options {
  const isFirst = options.toolChoice !== undefined;
  const chosen = runners.filter((runner) => choice === null || choice.allows(runner, isFirst));
  const { toolChoice, ...free } = options;
  const tools = [...(options.tools ?? []), ...chosen.map(toDefinition)];
  // Where nothing can be called nothing can be demanded.
  return tools.length === 0
    ? { ...free }
    : { ...free, tools, ...(toolChoice !== undefined && { toolChoice }) };
}

async function generate(
  model: PreparedResponse["model"],
  job: ChatJob,
  builder: ResponseBuilder,
  interrupts: Interrupts,
  emit: Emit,
  isPatient: boolean,
): Promise<FinishPart> {
  let finish: FinishPart | null = null;
  try {
    const run = (): Promise<void> =>
      generateChoices(model, job, interrupts, async (part) => {
        if (part.type === "finish") finish = part;
        if (!builder.isStarted) await emit(builder.start());
        await emit(builder.convert(part));
      });
    for (;;) {
      try {
        await run();
        break;
      } catch (error) {
        // What tools have done must not be lost to a full queue.
        if (!isPatient || !(error instanceof QueueFullError)) throw error;
        await new Promise((resolve) => setTimeout(resolve, queueFullWaitMs));
      }
    }
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
    // After a restart the first generations are of an earlier process, and the whole cannot be repeated.
    const generations = prepared.earlier === null ? generationsOf(prepared) : [];
    if (generations.length > 0)
      writes.push(
        putReplay(response.id, owner, { name: response.model, model: prepared.model, generations }),
      );
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
