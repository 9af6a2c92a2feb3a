import { randomInt } from "node:crypto";
import type { TokenEvent } from "@llamero/core";
import type { OpenedEngine } from "../model/open-model.ts";
import { interruptSignal } from "../terminal/interrupt.ts";

export type BenchEngine = OpenedEngine["engine"];
export type Finish = Extract<TokenEvent, { type: "finish" }>;

/** Tokens before a generation; short, so that its prefill does not count. */
export const generatePrompt = 8;

/** How many tokens go in and come out of each sequence. */
export interface Lengths {
  promptTokens: number;
  maxTokens: number;
  vocabSize: number;
}

/** One generation with the moment of each token. */
export interface Trace {
  finish: Finish;
  timeToFirstTokenMs: number;
  /** Between one token and the next. */
  interTokenMs: number[];
}

/** Generates from random tokens, most likely token first, without a stop token, so that every run is as long. */
export async function traceGeneration(
  engine: BenchEngine,
  { promptTokens, maxTokens, vocabSize }: Lengths,
): Promise<Trace> {
  const { defaultSampling } = await import("@llamero/core");
  const request = {
    promptIds: randomIds(promptTokens, vocabSize),
    maxTokens,
    sampling: { ...defaultSampling, temperature: 0 },
    stopIds: [],
    topLogprobs: 0,
    signal: interruptSignal(),
  };
  const started = performance.now();
  let last = started;
  let timeToFirstTokenMs = 0;
  const interTokenMs: number[] = [];
  for await (const event of engine.generate(request)) {
    if (event.type === "finish") return { finish: event, timeToFirstTokenMs, interTokenMs };
    const now = performance.now();
    if (last === started) timeToFirstTokenMs = now - started;
    else interTokenMs.push(now - last);
    last = now;
  }
  throw new Error("The generation ended without its last event");
}

/** Several generations at once. */
export async function generateAll(engine: BenchEngine, batch: number, lengths: Lengths): Promise<Finish[]> {
  const traces = await Promise.all(Array.from({ length: batch }, () => traceGeneration(engine, lengths)));
  return traces.map(({ finish }) => finish);
}

/** Tokens per second of all sequences together, in one run of a test. */
export type MeasureRate = (
  engine: BenchEngine,
  batch: number,
  tokens: number,
  vocabSize: number,
) => Promise<number>;

/** The two things that a machine is asked for. */
export const measureRate: { readonly prompt: MeasureRate; readonly generate: MeasureRate } = {
  async prompt(engine, batch, tokens, vocabSize) {
    const started = performance.now();
    await generateAll(engine, batch, { promptTokens: tokens, maxTokens: 1, vocabSize });
    return (batch * tokens * 1000) / (performance.now() - started);
  },
  async generate(engine, batch, tokens, vocabSize) {
    const lengths = { promptTokens: generatePrompt, maxTokens: tokens, vocabSize };
    const finishes = await generateAll(engine, batch, lengths);
    const decoded = finishes.reduce((sum, { usage }) => sum + usage.completionTokens - 1, 0);
    return (decoded * 1000) / Math.max(...finishes.map(({ timings }) => timings.decodeMs));
  },
};

/** Plain text tokens: every known vocabulary of more than 300 has them below its special ones. */
function randomIds(count: number, vocabSize: number): number[] {
  const first = vocabSize > 300 ? 100 : 0;
  return Array.from({ length: count }, () => randomInt(first, Math.min(300, vocabSize)));
}
