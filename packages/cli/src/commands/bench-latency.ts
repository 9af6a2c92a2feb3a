import { formatShare, openBench, reportBench } from "../bench/facts.ts";
import { countsFlag, runsFlag, tokensFlag } from "../bench/flags.ts";
import { traceGeneration } from "../bench/generate-tokens.ts";
import { BenchProgress, untilInterrupted } from "../bench/progress.ts";
import { type LatencySummary, median, summarize } from "../bench/statistics.ts";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { exitCodes } from "../errors.ts";
import { jsonFlag, modelFlags } from "../flags.ts";
import { formatNumber } from "../terminal/human.ts";
import { formatTable } from "../terminal/table.ts";

/** One prompt length; samples are milliseconds. */
interface LatencyResult {
  promptTokens: number;
  timeToFirstTokenMs: LatencySummary;
  interTokenMs: LatencySummary;
  promptTokensPerSecond: number;
  generationTokensPerSecond: number;
  shareOfMatrixRate: number;
  shareOfReadBandwidth: number;
  samples: { timeToFirstTokenMs: number[]; interTokenMs: number[][] };
}

const milliseconds = (value: number | null): string => (value === null ? "-" : formatNumber(value));

export const command: CommandDefinition = defineCommand({
  arguments: "<model>",
  details:
    "One answer at a time: the time to the first token, and from one token to the next. Prompts are random tokens, so no cache helps; one run of each length warms up.",
  flags: {
    ...modelFlags,
    prompt: countsFlag("--prompt <tokens,...>", "lengths of the prompt", [32, 128, 512]),
    gen: tokensFlag("--gen <tokens>", "tokens to generate", 64, 2),
    runs: runsFlag(5),
    json: jsonFlag,
  },
  examples: ["llamero bench latency model.gguf", "llamero bench latency model.gguf --prompt 128,2048 --json"],
  async run([name], values) {
    const context = values.context ?? Math.max(...values.prompt) + values.gen;
    await using opened = await openBench(name!, { ...values, context }, 1);
    const { engine, checkpoint, shares } = opened;
    const results: LatencyResult[] = [];
    const measureLength = async (promptTokens: number, progress: BenchProgress): Promise<void> => {
      const samples: LatencyResult["samples"] = { timeToFirstTokenMs: [], interTokenMs: [] };
      const lengths = { promptTokens, maxTokens: values.gen, vocabSize: checkpoint.config.vocabSize };
      try {
        for (let run = 0; run <= values.runs; run++) {
          progress.show(`prompt ${promptTokens}: run ${run} of ${values.runs}`);
          const trace = await traceGeneration(engine, lengths);
          if (run === 0) continue;
          samples.timeToFirstTokenMs.push(trace.timeToFirstTokenMs);
          samples.interTokenMs.push(trace.interTokenMs);
        }
      } finally {
        if (samples.timeToFirstTokenMs.length > 0) {
          const gaps = samples.interTokenMs.flat();
          const prompt = (1000 * promptTokens) / median(samples.timeToFirstTokenMs);
          const generation = (1000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0);
          results.push({
            promptTokens,
            timeToFirstTokenMs: summarize(samples.timeToFirstTokenMs),
            interTokenMs: summarize(gaps),
            promptTokensPerSecond: prompt,
            generationTokensPerSecond: generation,
            shareOfMatrixRate: shares.prompt(prompt),
            shareOfReadBandwidth: shares.generation(generation, 1, promptTokens + values.gen / 2),
            samples,
          });
        }
      }
    };
    const interrupted = await untilInterrupted(async () => {
      using progress = new BenchProgress();
      for (const promptTokens of values.prompt) await measureLength(promptTokens, progress);
    });
    const table = (): string => {
      const header = [
        "PROMPT",
        "TTFT P50",
        "P99 MS",
        "OF MATRIX",
        "GAP P50",
        "P90",
        "P99 MS",
        "TOK/S",
        "OF READS",
      ];
      const rows = results.map((result) => [
        String(result.promptTokens),
        milliseconds(result.timeToFirstTokenMs.p50),
        milliseconds(result.timeToFirstTokenMs.p99),
        formatShare(result.shareOfMatrixRate),
        milliseconds(result.interTokenMs.p50),
        milliseconds(result.interTokenMs.p90),
        milliseconds(result.interTokenMs.p99),
        formatNumber(result.generationTokensPerSecond),
        formatShare(result.shareOfReadBandwidth),
      ]);
      return formatTable(header, rows, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    };
    reportBench(opened, values, { results, interrupted, table });
    return interrupted ? exitCodes.interrupted : exitCodes.ok;
  },
});
