import { formatShare, openBench, reportBench } from "../bench/facts.ts";
import { countsFlag, runsFlag, tokensFlag } from "../bench/flags.ts";
import { generatePrompt, measureRate } from "../bench/generate-tokens.ts";
import { BenchProgress, untilInterrupted } from "../bench/progress.ts";
import { median } from "../bench/statistics.ts";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { exitCodes } from "../errors.ts";
import { jsonFlag, modelFlags } from "../flags.ts";
import { formatNumber } from "../terminal/human.ts";
import { formatTable } from "../terminal/table.ts";

/** One test at one number of sequences; samples are tokens per second of all together. */
interface ThroughputResult {
  test: "prompt" | "generate";
  batch: number;
  tokens: number;
  best: number;
  median: number;
  /** Of the median: for prompts of the matrix rate, for generation of the read bandwidth. */
  shareOfLimit: number;
  samples: number[];
}

export const command: CommandDefinition = defineCommand({
  arguments: "<model>",
  details:
    "Prompt and generation speed for several numbers of sequences at once. Prompts are random tokens, so no cache helps; one run of each test warms up.",
  flags: {
    ...modelFlags,
    batch: countsFlag("--batch <n,...>", "how many sequences at once", [1, 4, 16]),
    prompt: tokensFlag("--prompt <tokens>", "length of each prompt", 128),
    gen: tokensFlag("--gen <tokens>", "tokens of each answer", 64, 2),
    runs: runsFlag(5),
    json: jsonFlag,
  },
  examples: [
    "llamero bench throughput model.gguf",
    "llamero bench throughput model.gguf --batch 1,2,4,8,16,32 --kv int8 --json",
  ],
  async run([name], values) {
    const context = values.context ?? Math.max(values.prompt + 1, values.gen + generatePrompt);
    await using opened = await openBench(name!, { ...values, context }, Math.max(...values.batch));
    const { engine, checkpoint, shares } = opened;
    const { vocabSize } = checkpoint.config;
    const results: ThroughputResult[] = [];
    const measureTest = async (
      test: "prompt" | "generate",
      batch: number,
      progress: BenchProgress,
    ): Promise<void> => {
      const tokens = test === "prompt" ? values.prompt : values.gen;
      const samples: number[] = [];
      try {
        for (let run = 0; run <= values.runs; run++) {
          progress.show(`${test} ${tokens}, batch ${batch}: run ${run} of ${values.runs}`);
          const rate = await measureRate[test](engine, batch, tokens, vocabSize);
          if (run > 0) samples.push(rate);
        }
      } finally {
        if (samples.length > 0) {
          const middle = median(samples);
          const shareOfLimit =
            test === "prompt"
              ? shares.prompt(middle)
              : shares.generation(middle, batch, generatePrompt + tokens / 2);
          results.push({
            test,
            batch,
            tokens,
            best: Math.max(...samples),
            median: middle,
            shareOfLimit,
            samples,
          });
        }
      }
    };
    const interrupted = await untilInterrupted(async () => {
      using progress = new BenchProgress();
      for (const batch of values.batch) {
        for (const test of ["prompt", "generate"] as const) await measureTest(test, batch, progress);
      }
    });
    const table = (): string => {
      const header = ["TEST", "BATCH", "BEST TOK/S", "MEDIAN TOK/S", "OF LIMIT"];
      const rows = results.map(({ test, batch, tokens, best, median: middle, shareOfLimit }) => [
        `${test} ${tokens}`,
        String(batch),
        formatNumber(best),
        formatNumber(middle),
        formatShare(shareOfLimit),
      ]);
      return formatTable(header, rows, [1, 2, 3, 4]);
    };
    reportBench(opened, values, { results, interrupted, table });
    return interrupted ? exitCodes.interrupted : exitCodes.ok;
  },
});
