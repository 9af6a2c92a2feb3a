import type { GenerateOptions, GeneratePart, Message, Usage } from "@llamero/core";
import type { ServableModel, ServedModel } from "../served-models.ts";
import {
  callAttributes,
  finishAttributes,
  inputAttributes,
  optionAttributes,
  outputAttributes,
} from "./gen-ai.ts";
import { currentOwner, currentScope, type RequestScope } from "./request-owner.ts";
import type { Attributes, Span, Trace } from "./trace.ts";
import type { Traces } from "./traces.ts";

/** Told of what models compute; `owner` is undefined for what no request asked for. */
export interface ModelMeter {
  /** The first part of an answer is there. */
  first(ms: number): void;
  /** One more part is there, so long after the one before. */
  next(ms: number): void;
  /** How long the engine let a request wait. */
  queued?(ms: number): void;
  finish(usage: Pick<Usage, "promptTokens" | "cachedTokens" | "completionTokens">, owner?: string): void;
}

/** A model whose answers are counted and traced; all else is the model's own. */
export function meterModel(served: ServedModel, meter: ModelMeter, traces?: Traces): ServedModel {
  const { model, name, ...rest } = served;
  const wantsContent = traces?.limits.content === true;
  const computed = (numTokens: number, owner: string | undefined): void =>
    meter.finish({ promptTokens: numTokens, cachedTokens: 0, completionTokens: 0 }, owner);
  const whole = async <T extends { numTokens: number }>(
    operation: string,
    run: () => Promise<T>,
  ): Promise<T> => {
    const scope = currentScope();
    const call = openCall(traces, scope, `${operation} ${name}`, callAttributes(operation, name));
    try {
      const result = await run();
      if (call) call.span.attributes["gen_ai.usage.input_tokens"] = result.numTokens;
      computed(result.numTokens, scope?.owner);
      call?.end();
      return result;
    } catch (error) {
      call?.end(error);
      throw error;
    }
  };
  const parts = (
    operation: string,
    options: GenerateOptions | undefined,
    input: readonly Message[] | null,
    run: () => AsyncIterable<GeneratePart>,
  ): AsyncGenerator<GeneratePart> => {
    const scope = currentScope();
    const open = (): Call | null =>
      openCall(traces, scope, `${operation} ${name}`, {
        ...callAttributes(operation, name),
        ...optionAttributes(options ?? {}),
        ...(wantsContent && input !== null && inputAttributes(input)),
      });
    return meterParts(run(), { meter, owner: currentOwner(), open, wantsContent });
  };
  const metered: Pick<ServableModel, "chat" | "complete" | "embed" | "rerank"> = {
    chat: (messages, options) => parts("chat", options, messages, () => model.chat(messages, options)),
    complete: (prompt, options) =>
      parts(
        "text_completion",
        options,
        typeof prompt === "string" ? [{ role: "user", content: prompt }] : null,
        () => model.complete(prompt, options),
      ),
    embed: (...args) => whole("embeddings", () => model.embed(...args)),
    rerank: (...args) => whole("rerank", () => model.rerank(...args)),
  };
  const own = new Map<PropertyKey, unknown>(Object.entries(metered));
  const proxy = new Proxy(model, {
    get(target, key) {
      const value: unknown = own.get(key) ?? Reflect.get(target, key, target);
      return typeof value === "function" && !own.has(key) ? value.bind(target) : value;
    },
  });
  return { ...rest, name, model: proxy };
}

interface Call {
  trace: Trace;
  span: Span;
  end(error?: unknown): void;
}

/** A span of the request's trace; what no open trace waits for gets one of its own. */
function openCall(
  traces: Traces | undefined,
  scope: RequestScope | undefined,
  name: string,
  attributes: Attributes,
): Call | null {
  const around = scope?.trace ?? null;
  if (around !== null && !around.isOver) {
    const span = around.open(name, attributes, { ...(scope?.spanId && { parentId: scope.spanId }) });
    return { trace: around, span, end: (error) => around.close(span, error) };
  }
  if (traces === undefined) return null;
  const trace = traces.begin(name, "internal");
  trace.owner = scope?.owner ?? null;
  Object.assign(trace.root.attributes, attributes);
  return { trace, span: trace.root, end: (error) => traces.end(trace, error) };
}

interface Metering {
  meter: ModelMeter;
  owner: string | undefined;
  open: () => Call | null;
  wantsContent: boolean;
}

async function* meterParts(
  parts: AsyncIterable<GeneratePart>,
  { meter, owner, open, wantsContent }: Metering,
): AsyncGenerator<GeneratePart> {
  let last = performance.now();
  let numParts = 0;
  let isFinished = false;
  const call = open();
  try {
    for await (const part of parts) {
      const now = performance.now();
      if (part.type === "finish") {
        isFinished = true;
        meter.finish(part.usage, owner);
        meter.queued?.(part.timings.queueMs);
        if (call !== null) {
          Object.assign(
            call.span.attributes,
            finishAttributes(part),
            wantsContent ? outputAttributes(part) : {},
          );
          addPhases(call, part.timings);
          call.end();
        }
      } else if (numParts++ === 0) meter.first(now - last);
      else meter.next(now - last);
      last = now;
      yield part;
    }
  } catch (error) {
    call?.end(error);
    throw error;
  } finally {
    // Who leaves early pays for what was there.
    if (!isFinished && numParts > 0)
      meter.finish({ promptTokens: 0, cachedTokens: 0, completionTokens: numParts }, owner);
    if (!isFinished && call !== null) {
      call.span.attributes["gen_ai.usage.output_tokens"] = numParts;
      call.end(new Error("left"));
    }
  }
}

/** What the engine says of its part of a call. */
function addPhases(
  { trace, span }: Call,
  timings: { queueMs: number; prefillMs: number; decodeMs: number },
): void {
  let at = span.startMs;
  for (const [name, ms] of [
    ["queue", timings.queueMs],
    ["prefill", timings.prefillMs],
    ["decode", timings.decodeMs],
  ] as const) {
    trace.add(name, span, at, ms);
    at += ms;
  }
}
