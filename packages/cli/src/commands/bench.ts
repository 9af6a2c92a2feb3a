import { randomInt } from "node:crypto";
import { type CommandDefinition, defineCommand, type Flag } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, numberFlag } from "../flags.ts";
import { describeMachine } from "../machine/cpu.ts";
import { type FinishPart, type LoadedModel, openModel, reportDegradations } from "../model/open-model.ts";
import { formatNumber } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";
import { stream } from "./run.ts";

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
    const context = values.context ?? Math.max(values.prompt + 1, values.gen + generatePrompt);
    const maxSequences = Math.max(...values.batch);
    const { stored, model } = await openModel(name!, { ...values, context }, { maxSequences });
    await using _ = model;
    const results: BenchResult[] = [];
    let last: FinishPart | null = null;
    for (const batch of values.batch) {
      for (const test of ["prompt", "generate"] as const) {
        const tokens = test === "prompt" ? values.prompt : values.gen;
        if (tokens === 0) continue;
        const samples: number[] = [];
        for (let run = 0; run <= values.runs; run++) {
          const { rate, finish } = await measure[test](model, batch, tokens);
          last = finish;
          if (run > 0) samples.push(rate);
          if (process.stderr.isTTY)
            process.stderr.write(`\r\x1b[K${test} ${tokens}, batch ${batch}: run ${run} of ${values.runs}`);
        }
        results.push({ test, batch, tokens, samples, best: Math.max(...samples), median: median(samples) });
      }
    }
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    if (last === null) throw new UsageError("There is nothing to measure: --prompt and --gen are both 0");
    const { backend, mode, degraded } = last;
    const { threads } = model;
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

type Measure = (
  model: LoadedModel,
  batch: number,
  tokens: number,
) => Promise<{ rate: number; finish: FinishPart }>;

const measure: { readonly prompt: Measure; readonly generate: Measure } = {
  async prompt(model, batch, tokens) {
    const started = performance.now();
    const finishes = await runAll(model, batch, tokens, 1);
    const seconds = (performance.now() - started) / 1000;
    return { rate: (batch * tokens) / seconds, finish: finishes[0]! };
  },
  async generate(model, batch, tokens) {
    const finishes = await runAll(model, batch, generatePrompt, tokens);
    const decoded = finishes.reduce((sum, { usage }) => sum + usage.completionTokens - 1, 0);
    const seconds = Math.max(...finishes.map(({ timings }) => timings.decodeMs)) / 1000;
    return { rate: decoded / seconds, finish: finishes[0]! };
  },
};

function runAll(
  model: LoadedModel,
  batch: number,
  promptTokens: number,
  maxTokens: number,
): Promise<FinishPart[]> {
  const options = { maxTokens, sampling: { temperature: 0 }, signal: interruptSignal() };
  const one = (): Promise<FinishPart> => stream(model.complete(randomIds(promptTokens), options), null);
  return Promise.all(Array.from({ length: batch }, one));
}

/** Plain text tokens: every known vocabulary has them below its special ones. */
function randomIds(count: number): number[] {
  return Array.from({ length: count }, () => randomInt(100, 300));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
