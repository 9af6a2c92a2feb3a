import type { JsonValue, Message } from "@llamero/core";
import type { AnswerCache, GenerationRequest, Generator } from "@llamero/eval";
import { findBreach, findJson, type SimpleSchema } from "./json-form.ts";
import { DroppedError } from "./kind.ts";

export interface AskOptions {
  maxTokens?: number;
  temperature?: number;
}

/** A teacher as one item sees it: every request has a seed of its own, and known answers come from the cache. */
export interface ItemTeacher {
  /** Text of an answer. Drops the item where it is empty or cut off. */
  ask(messages: readonly Message[] | string, options?: AskOptions): Promise<string>;
  /** JSON of a schema. A second try where it is not; then the item is dropped. */
  askJson<T>(messages: readonly Message[] | string, schema: SimpleSchema, options?: AskOptions): Promise<T>;
}

export interface TeacherOptions {
  sampling: { temperature: number; topP: number; maxTokens: number };
  /** Longest that one request may take. */
  seconds: number;
  signal: AbortSignal;
}

/** The teacher for an item with this seed. */
export function createItemTeacher(
  generator: Generator,
  cache: AnswerCache,
  itemSeed: number,
  { sampling, seconds, signal }: TeacherOptions,
): ItemTeacher {
  let numAsked = 0;

  async function generate(
    given: readonly Message[] | string,
    { maxTokens = sampling.maxTokens, temperature = sampling.temperature }: AskOptions,
    schema: SimpleSchema | null,
  ): Promise<{ text: string; isCut: boolean }> {
    const messages = typeof given === "string" ? [{ role: "user" as const, content: given }] : given;
    const request: GenerationRequest = {
      prompt: { kind: "chat", messages },
      maxTokens,
      temperature,
      topP: sampling.topP,
      seed: (itemSeed + Math.imul(numAsked++, 0x9e3779b1)) >>> 1,
      stop: [],
      ...(schema && {
        responseFormat: { type: "json-schema", schema: schema as unknown as JsonValue },
      }),
    };
    try {
      const { text, reason } = await cache.get({ kind: "synth", ...request }, () =>
        withTime(seconds, signal, (own) => generator.generate({ ...request, signal: own })),
      );
      return { text: text.trim(), isCut: reason === "length" };
    } catch (error) {
      if (!(error instanceof Error && error.name === "ContextOverflowError")) throw error;
      throw new DroppedError("form", "prompt beyond the context", { detail: error.message });
    }
  }

  return {
    async ask(messages, options = {}) {
      const { text, isCut } = await generate(messages, options, null);
      if (text === "") throw new DroppedError("form", "empty answer");
      if (isCut) throw new DroppedError("form", "answer cut off", { text });
      return text;
    },
    async askJson<T>(messages: readonly Message[] | string, schema: SimpleSchema, options: AskOptions = {}) {
      for (let isLast = false; ; isLast = true) {
        const { text, isCut } = await generate(messages, options, schema);
        const value = findJson(text);
        const breach = value === undefined ? "no JSON" : findBreach(value, schema);
        if (breach === null) return value as T;
        if (!isLast) continue;
        const reason = text === "" ? "empty answer" : isCut ? "answer cut off" : "not the form asked for";
        throw new DroppedError("form", reason, { detail: breach, text });
      }
    },
  };
}

/** Ends work that does not end by itself; a generator that does not heed its signal is left behind. */
async function withTime<T>(
  seconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  let stop = (): void => undefined;
  const ended = new Promise<never>((_, reject) => {
    own.signal.addEventListener("abort", () => reject(own.signal.reason), { once: true });
    stop = () => own.abort(signal.reason);
  });
  ended.catch(() => undefined);
  // Not AbortSignal.timeout, whose timer lets the process end.
  const timer = setTimeout(
    () =>
      own.abort(
        new Error(
          `The teacher gave no answer within ${seconds} s; teacher.seconds in the recipe allows more`,
        ),
      ),
    seconds * 1000,
  );
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work(own.signal), ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
