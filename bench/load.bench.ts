/**
 * Time between tokens while long prompts arrive, and what the processor still does after an abort.
 *
 *   LLAMERO_MODELS=folder node --conditions=@llamero/source --import tsx bench/load.bench.ts [--streams 4] [--seconds 12]
 *     [--rounds 3] [--prompt 4096] [--threads 2] [--model FILE] [--raw FILE]
 *
 * Streams generate all the time. In turns, for so many seconds each: nothing else, and prompts of random tokens, the next
 * when the last is answered with one token. The gap that counts is between two tokens of one stream, by the clock and, with one
 * thread, by the processor time of this process, which leaves out what other processes take. Then prompts alone are
 * aborted, and processor time is read from /proc/self/stat, which counts in hundredths of a second.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { chooseBackend, completeSampling, type Engine, loadEngine, openCheckpoint } from "@llamero/core";
import { modelPath } from "../packages/core/src/testdata.ts";
import { machineLine, median } from "./paired.ts";

const { values: options } = parseArgs({
  options: {
    streams: { type: "string", default: "4" },
    seconds: { type: "string", default: "12" },
    rounds: { type: "string", default: "3" },
    prompt: { type: "string", default: "4096" },
    threads: { type: "string", default: "2" },
    aborts: { type: "string", default: "5" },
    model: { type: "string" },
    raw: { type: "string" },
  },
});
const [numStreams, numSeconds, numRounds, promptTokens] = [
  options.streams,
  options.seconds,
  options.rounds,
  options.prompt,
].map(Number) as [number, number, number, number];

let seed = 1;
function freshIds(count: number): number[] {
  return Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return 100 + (seed % 30_000);
  });
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;

function ask(engine: Engine, length: number, maxTokens: number, signal: AbortSignal) {
  const sampling = completeSampling({ temperature: 0 });
  return engine.generate({
    promptIds: freshIds(length),
    maxTokens,
    sampling,
    stopIds: [],
    topLogprobs: 0,
    signal,
  });
}

/** Ignores that it was told to end. */
async function untilAborted(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== "AbortError") throw error;
  });
}

/** Milliseconds between two tokens. */
interface Gap {
  clock: number;
  processor: number;
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Generates until told to end; `gaps` is what a token is noted in. */
async function stream(engine: Engine, gaps: () => Gap[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let last: Gap | null = null;
    for await (const event of ask(engine, 16, 600, signal)) {
      const now = { clock: performance.now(), processor: processorMs() };
      if (event.type === "token" && last !== null) {
        gaps().push({ clock: now.clock - last.clock, processor: now.processor - last.processor });
      }
      last = now;
    }
  }
}

/** One prompt after the other until told to end; seconds to the first token of each. */
async function prompts(engine: Engine, signal: AbortSignal): Promise<number[]> {
  const seconds: number[] = [];
  while (!signal.aborted) {
    const started = performance.now();
    await untilAborted(
      (async () => {
        for await (const event of ask(engine, promptTokens, 1, signal)) {
          if (event.type === "token") seconds.push((performance.now() - started) / 1000);
        }
      })(),
    );
  }
  return seconds;
}

/** Hundredths of a second of processor time, of all threads. */
function processorTicks(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]!.split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** Aborts a prompt; milliseconds until that is known, and of processor time in the second after it. */
async function abortPrompt(engine: Engine): Promise<{ toRejected: number; processor: number }> {
  const controller = new AbortController();
  const running = untilAborted(
    (async () => {
      for await (const _ of ask(engine, promptTokens, 1, controller.signal));
    })(),
  );
  await sleep(400);
  const ticks = processorTicks();
  const aborted = performance.now();
  controller.abort();
  await running;
  const toRejected = performance.now() - aborted;
  await sleep(1000);
  return { toRejected, processor: (processorTicks() - ticks) * 10 };
}

const path = options.model ?? modelPath("SmolLM2-135M-Instruct.Q4_1.gguf");
if (path === null) throw new Error("Set LLAMERO_MODELS to the folder of SmolLM2-135M-Instruct.Q4_1.gguf");
const checkpoint = openCheckpoint(path);
const { backend } = await chooseBackend({ backend: "native", threads: Number(options.threads) });
await using _ = backend;
await using loaded = await loadEngine(checkpoint, {
  backend,
  context: promptTokens + 1024,
  batch: numStreams + 1,
  kvTokens: promptTokens + 1024 + numStreams * 1024,
});
const { engine } = loaded;
console.log(machineLine());
console.log(
  `${checkpoint.name}, ${backend.name}, ${backend.threads} threads, fast mode; ${numStreams} streams, prompts of ${promptTokens} tokens`,
);

const alone: Gap[][] = [];
const beside: Gap[][] = [];
const promptSeconds: number[][] = [];
const loads: number[] = [];
let gaps: Gap[] = [];
const streaming = new AbortController();
const streams = Array.from({ length: numStreams }, () =>
  untilAborted(stream(engine, () => gaps, streaming.signal)),
);
await sleep(2000);
for (let round = 0; round < numRounds; round++) {
  gaps = [];
  alone.push(gaps);
  await sleep(numSeconds * 1000);
  gaps = [];
  beside.push(gaps);
  const arriving = new AbortController();
  const arrived = prompts(engine, arriving.signal);
  await sleep(numSeconds * 1000);
  arriving.abort();
  promptSeconds.push(await arrived);
  gaps = [];
  await sleep(300);
  loads.push(loadavg()[0]!);
}
streaming.abort();
await Promise.all(streams);
const aborts: { toRejected: number; processor: number }[] = [];
for (let i = 0; i < Number(options.aborts); i++) {
  await sleep(300);
  aborts.push(await abortPrompt(engine));
}

const show = (ms: number): string => ms.toFixed(1);
for (const by of ["clock", "processor"] as const) {
  if (by === "processor" && backend.threads > 1) continue;
  console.log(`\nBy the ${by}, milliseconds between two tokens:\n`);
  console.log(
    "| round | median alone | p99 alone | median with prompts | p99 with prompts | p99 with / median alone | p99 with / p99 alone | tokens | load |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|");
  const line = (name: string, first: readonly Gap[], second: readonly Gap[], load: number): void => {
    const [a, b] = [first.map((gap) => gap[by]), second.map((gap) => gap[by])];
    const worst = quantile(b, 0.99);
    const cells = [median(a), quantile(a, 0.99), median(b), worst].map(show);
    const ratios = [worst / median(a), worst / quantile(a, 0.99)].map((ratio) => ratio.toFixed(2));
    console.log(
      `| ${[name, ...cells, ...ratios, `${a.length} + ${b.length}`, load.toFixed(1)].join(" | ")} |`,
    );
  };
  for (let round = 0; round < numRounds; round++) {
    line(`${round + 1}`, alone[round]!, beside[round]!, loads[round]!);
  }
  line("all", alone.flat(), beside.flat(), loads.at(-1)!);
}
console.log(
  `\nSeconds to the first token of the prompts that were answered: ${
    promptSeconds
      .flat()
      .map((each) => each.toFixed(1))
      .join(" ") || "none"
  }`,
);
console.log(
  `Prompts aborted: rejected after ${aborts.map((each) => show(each.toRejected)).join(" ")} ms; ` +
    `processor time in the second after: ${aborts.map((each) => each.processor).join(" ")} ms`,
);
if (options.raw !== undefined) {
  const round = (ms: number): number => Math.round(ms * 100) / 100;
  const pairs = (list: Gap[]): number[][] =>
    list.map(({ clock, processor }) => [round(clock), round(processor)]);
  const raw = { alone: alone.map(pairs), beside: beside.map(pairs), promptSeconds, aborts, loads };
  writeFileSync(options.raw, `${JSON.stringify(raw)}\n`);
}
