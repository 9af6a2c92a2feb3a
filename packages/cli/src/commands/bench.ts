import { countsFlag, runsFlag, tokensFlag } from "../bench/flags.ts";
import { generatePrompt, measureRate } from "../bench/generate-tokens.ts";
import { median } from "../bench/statistics.ts";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, modelFlags } from "../flags.ts";
import { describeMachine } from "../machine/cpu.ts";
import { openEngine, reportDegradations } from "../model/open-model.ts";
import { speculateFlag } from "../model/speculate.ts";
import { formatNumber } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";

/** One line of the result; samples are tokens per second of all sequences together. */
interface BenchResult {
  test: "prompt" | "generate";
  batch: number;
  tokens: number;
  samples: number[];
  best: number;
  median: number;
}

export const command: CommandDefinition = defineCommand({
  arguments: "<model>",
  details: `Prompts are random tokens, new for each run, so that no cache helps. One run of each test warms up and is not counted.
A prompt's rate counts from submission to the first token; a generation's counts the tokens after the first.
More: llamero bench latency, throughput, serve, compare.`,
  flags: {
    ...modelFlags,
    speculate: speculateFlag,
    prompt: tokensFlag("--prompt <tokens>", "length of the prompt; 0 leaves the test out", 512, 0),
    gen: tokensFlag("--gen <tokens>", "tokens to generate; 0 leaves the test out", 64, 0),
    batch: countsFlag("--batch <n,...>", "how many sequences at once", [1]),
    runs: runsFlag(5),
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
          const rate = await measureRate[test](engine, batch, tokens, vocabSize);
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
