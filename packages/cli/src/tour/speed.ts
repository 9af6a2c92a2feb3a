import { loadavg } from "node:os";
import { type BenchLimits, formatShare, limitShares, measureLimits } from "../bench/facts.ts";
import { generatePrompt, type MeasureRate, measureRate } from "../bench/generate-tokens.ts";
import { median } from "../bench/statistics.ts";
import { openEngine } from "../model/open-model.ts";
import { formatBytes, formatNumber } from "../terminal/human.ts";
import type { Tour, TourStep } from "./step.ts";

interface Amounts {
  prompt: number;
  generate: number;
  runs: number;
}

function amountsOf({ isFast, model }: Tour): Amounts {
  const room = model.checkpoint.config.maxPositionEmbeddings - generatePrompt - 1;
  const [prompt, generate, runs] = isFast ? [48, 12, 1] : [512, 64, 3];
  return { prompt: Math.min(prompt, room), generate: Math.min(generate, room), runs };
}

function best(a: BenchLimits, b: BenchLimits): BenchLimits {
  return {
    readBandwidth:
      a.readBandwidth.bytesPerSecond > b.readBandwidth.bytesPerSecond ? a.readBandwidth : b.readBandwidth,
    matrixRate:
      a.matrixRate.operationsPerSecond > b.matrixRate.operationsPerSecond ? a.matrixRate : b.matrixRate,
  };
}

export const step: TourStep = {
  commands(tour) {
    const { prompt, generate, runs } = amountsOf(tour);
    const amounts = ["--prompt", `${prompt}`, "--gen", `${generate}`, "--runs", `${runs}`];
    return [["llamero", "bench", "latency", tour.model.name, ...amounts]];
  },
  async run(tour) {
    const { screen, model, values, signal, isFast } = tour;
    const { prompt, generate, runs } = amountsOf(tour);
    screen.live("Measuring how fast this machine multiplies and reads");
    const early = await measureLimits(model.checkpoint, values);
    signal.throwIfAborted();
    await using opened = await openEngine(model.path, { ...values, context: prompt + generate }, 1);
    const { engine, checkpoint } = opened;
    const { vocabSize } = checkpoint.config;
    const measure = async (rate: MeasureRate, tokens: number, what: string): Promise<number> => {
      const rates: number[] = [];
      // The first run warms up.
      for (let run = 0; run <= runs; run++) {
        screen.live(`${what}: run ${run} of ${runs}`);
        const found = await rate(engine, 1, tokens, vocabSize);
        signal.throwIfAborted();
        if (run > 0) rates.push(found);
      }
      return median(rates);
    };
    const read = await measure(measureRate.prompt, prompt, `prompt of ${prompt} tokens`);
    const written = await measure(measureRate.generate, generate, `answer of ${generate} tokens`);
    // A limit is the most that was seen; other programs only ever make a measurement lower.
    screen.live("Measuring this machine once more");
    const limits = best(early, isFast ? early : await measureLimits(model.checkpoint, values));
    const shares = await limitShares(model.checkpoint, values.kv, limits);
    const { matrixRate, readBandwidth } = limits;
    const rows: [name: string, rate: number, share: number, of: string][] = [
      ["prompt", read, shares.prompt(read), "of what it multiplies"],
      ["answer", written, shares.generation(written, 1, generatePrompt + generate / 2), "of what it reads"],
    ];
    for (const [name, rate, share, of] of rows) {
      const figure = `${formatNumber(rate).padStart(7)} tokens/s`;
      screen.line(
        `${screen.colors.dim(name.padEnd(7))} ${figure}  ${screen.bar(share)} ${formatShare(share)} ${of}`,
      );
    }
    const { backend, threads } = engine.info();
    screen.line();
    screen.text(
      `This machine multiplies ${formatNumber(matrixRate.operationsPerSecond / 1e9)} GFLOP/s in ${matrixRate.format} and reads ${formatBytes(readBandwidth.bytesPerSecond)}/s, measured just now (${backend}, ${threads} ${threads === 1 ? "thread" : "threads"}, load ${loadavg()[0]!.toFixed(1)}).`,
    );
    if (rows[1]![2] > 1) {
      const size = formatBytes(model.checkpoint.sizeBytes);
      screen.text(
        `An answer above 100 %: caches are faster than memory and hold at least a part of a model of ${size}, or other programs disturbed the measurement.`,
      );
    }
    return {
      backend,
      threads,
      promptTokens: prompt,
      generatedTokens: generate,
      promptTokensPerSecond: read,
      shareOfMatrixRate: rows[0]![2],
      generationTokensPerSecond: written,
      shareOfReadBandwidth: rows[1]![2],
      limits,
    };
  },
};
