import { randomInt } from "node:crypto";
import type { TokenEvent } from "@llamero/core";
import { type CommandDefinition, defineCommand, type Flag } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, numberFlag } from "../flags.ts";
import { describeMachine } from "../machine/cpu.ts";
import { type OpenedEngine, openEngine, reportDegradations } from "../model/open-model.ts";
import { formatNumber } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";

type Engine = OpenedEngine["engine"];

/** One line of the result; samples are tokens per second of all sequences together. */
interface BenchResult {
  test: "prompt" | "generate";
  batch: number;
  tokens: number;
  samples: number[];
  best: number;
  median: number;
}

const batchFlag: Flag<readonly number[]> = {
  flags: "--batch <n,...>",
  description: "how many sequences at once (default: 1)",
  env: null,
  parse: (text) => {
    const sizes = text.split(",").map(Number);
    if (sizes.some((size) => !Number.isInteger(size) || size < 1)) {
      throw new UsageError(`--batch takes whole numbers from 1, between commas, not ${text}`);
    }
    return sizes;
  },
  fallback: [1],
};

/** Tokens before a generation; short, so that its prefill does not count. */
const generatePrompt = 8;

export const command: CommandDefinition = defineCommand({
  arguments: "<model>",
  details: `Prompts are random tokens, new for each run, so that no cache helps. One run of each test warms up and is not counted.
A prompt's rate counts from submission to the first token; a generation's counts the tokens after the first.`,
  flags: {
    ...modelFlags,
    prompt: numberFlag("--prompt <tokens>", "length of the prompt; 0 leaves the test out", 512, {
      min: 0,
      isInteger: true,
    }),
    gen: numberFlag("--gen <tokens>", "tokens to generate; 0 leaves the test out", 64, {
      min: 0,
      isInteger: true,
    }),
    batch: batchFlag,
    runs: numberFlag("-r, --runs <n>", "counted runs of each test", 5, { min: 1, isInteger: true }),
    json: jsonFlag,
  },
  examples: [
    "llamero bench model.gguf",
    "llamero bench model.gguf --prompt 512 --gen 64 --batch 1,16 -t 2 --json",
  ],
  async run([name], values) {
    if (values.prompt + values.gen === 0)
      throw new UsageError("There is nothing to measure: --prompt and --gen are both 0");
    const context = values.context ?? Math.max(values.prompt + 1, values.gen + generatePrompt);
    await using opened = await openEngine(name!, { ...values, context }, Math.max(...values.batch));
    const { stored, engine, checkpoint } = opened;
    const { vocabSize } = checkpoint.config;
    const results: BenchResult[] = [];
    for (const batch of values.batch) {
      for (const test of ["prompt", "generate"] as const) {
        const tokens = test === "prompt" ? values.prompt : values.gen;
        if (tokens === 0) continue;
        const samples: number[] = [];
        for (let run = 0; run <= values.runs; run++) {
          const rate = await measure[test](engine, batch, tokens, vocabSize);
          if (run > 0) samples.push(rate);
          if (process.stderr.isTTY)
            process.stderr.write(`\r\x1b[K${test} ${tokens}, batch ${batch}: run ${run} of ${values.runs}`);
        }
        results.push({ test, batch, tokens, samples, best: Math.max(...samples), median: median(samples) });
      }
    }
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    const { backend, threads, mode, degraded } = engine.info();
    if (values.json) {
      printJson({
        model: stored.name,
        backend,
        threads,
        mode,
        kv: values.kv,
        results,
        degraded,
        machine: describeMachine(),
      });
      return;
    }
    process.stdout.write(
      `${stored.name}: backend ${backend}, ${threads} threads, mode ${mode}, KV ${values.kv}\n`,
    );
    const rows = results.map(({ test, batch, tokens, best, median: middle }) => [
      `${test} ${tokens}`,
      String(batch),
      formatNumber(best),
      formatNumber(middle),
    ]);
    process.stdout.write(formatTable(["TEST", "BATCH", "BEST TOK/S", "MEDIAN TOK/S"], rows, [1, 2, 3]));
    reportDegradations(degraded);
  },
});

type Measure = (engine: Engine, batch: number, tokens: number, vocabSize: number) => Promise<number>;

const measure: { readonly prompt: Measure; readonly generate: Measure } = {
  async prompt(engine, batch, tokens, vocabSize) {
    const started = performance.now();
    await runAll(engine, batch, { promptTokens: tokens, maxTokens: 1, vocabSize });
    return (batch * tokens * 1000) / (performance.now() - started);
  },
  async generate(engine, batch, tokens, vocabSize) {
    const finishes = await runAll(engine, batch, {
      promptTokens: generatePrompt,
      maxTokens: tokens,
      vocabSize,
    });
    const decoded = finishes.reduce((sum, { usage }) => sum + usage.completionTokens - 1, 0);
    return (decoded * 1000) / Math.max(...finishes.map(({ timings }) => timings.decodeMs));
  },
};

type Finish = Extract<TokenEvent, { type: "finish" }>;

async function runAll(
  engine: Engine,
  batch: number,
  { promptTokens, maxTokens, vocabSize }: { promptTokens: number; maxTokens: number; vocabSize: number },
): Promise<Finish[]> {
  const sampling = { ...(await import("@llamero/core")).defaultSampling, temperature: 0 };
  const one = async (): Promise<Finish> => {
    const promptIds = randomIds(promptTokens, vocabSize);
    // No stop token: every sequence has the same length.
    const request = {
      promptIds,
      maxTokens,
      sampling,
      stopIds: [],
      topLogprobs: 0,
      signal: interruptSignal(),
    };
    for await (const event of engine.generate(request)) if (event.type === "finish") return event;
    throw new Error("The generation ended without its last event");
  };
  return Promise.all(Array.from({ length: batch }, one));
}

/** Plain text tokens: every known vocabulary of more than 300 has them below its special ones. */
function randomIds(count: number, vocabSize: number): number[] {
  const first = vocabSize > 300 ? 100 : 0;
  return Array.from({ length: count }, () => randomInt(first, Math.min(300, vocabSize)));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
