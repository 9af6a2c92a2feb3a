import type { KvDtype } from "@llamero/kernels";
import { benchFacts, describeFacts } from "../bench/facts.ts";
import { runsFlag, tokensFlag } from "../bench/flags.ts";
import { generatePrompt, measureRate } from "../bench/generate-tokens.ts";
import { BenchProgress, untilInterrupted } from "../bench/progress.ts";
import { median } from "../bench/statistics.ts";
import { type CommandDefinition, defineCommand, type Flag } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { jsonFlag, modeFlag, modelFlags } from "../flags.ts";
import { type OpenedEngine, openEngine, reportDegradations } from "../model/open-model.ts";
import { formatNumber } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";

/** One value for both sides, or one for each. */
type Pair<T> = readonly [a: T, b: T];

/** A flag whose value may differ between the sides: `A` or `A,B`. */
function pairFlag<T>(flag: Flag<T>, description: string): Flag<Pair<T>> {
  return {
    flags: flag.flags.replace(">", "[,b]>"),
    description,
    env: flag.env,
    parse: (text) => {
      const parts = text.split(",");
      if (parts.length > 2)
        throw new UsageError(`${flag.flags} takes one value, or two between a comma, not ${text}`);
      const [a, b = a] = parts.map((part) => flag.parse!(part, flag.fallback));
      return [a!, b!];
    },
    fallback: [flag.fallback, flag.fallback],
  };
}

/** One side of the comparison. */
interface Side {
  model: string;
  backend: string;
  threads: number;
  mode: string;
  kv: KvDtype;
}

/** One test on both sides; samples are tokens per second, taken in turns. */
interface CompareResult {
  test: "prompt" | "generate";
  batch: number;
  tokens: number;
  a: { best: number; median: number; samples: number[] };
  b: { best: number; median: number; samples: number[] };
  /** B over A. */
  ratio: { best: number; median: number };
}

const tests = ["prompt", "generate"] as const;

export const command: CommandDefinition = defineCommand({
  arguments: "<a> [b]",
  details:
    "Loads two models, or one model in two ways, and runs them in turns, so that whatever else the machine does hits both alike. The ratio is B over A. Flags that take two values give the first to A and the second to B.",
  flags: {
    context: modelFlags.context,
    threads: pairFlag(modelFlags.threads, "threads (default: all cores)"),
    backend: pairFlag(modelFlags.backend, "compute with this backend, such as wasm"),
    mode: pairFlag(modeFlag("fast"), "numerics: fast, exact, deterministic (default: fast)"),
    kv: pairFlag(modelFlags.kv, "KV cache: f16, int8 (default: f16)"),
    prompt: tokensFlag("--prompt <tokens>", "length of the prompt; 0 leaves the test out", 256, 0),
    gen: tokensFlag("--gen <tokens>", "tokens to generate; 0 leaves the test out", 64, 0),
    batch: tokensFlag("--batch <n>", "how many sequences at once", 1),
    runs: runsFlag(5),
    json: jsonFlag,
  },
  examples: [
    "llamero bench compare model-Q4_0.gguf model-Q8_0.gguf",
    "llamero bench compare model.gguf --backend avx2,wasm -t 2",
    "llamero bench compare model.gguf --kv f16,int8 --batch 16 --json",
  ],
  async run([nameA, nameB = nameA], values) {
    if (values.prompt + values.gen === 0)
      throw new UsageError("There is nothing to measure: --prompt and --gen are both 0");
    const facts = benchFacts();
    const context = values.context ?? Math.max(values.prompt + 1, values.gen + generatePrompt);
    const open = (name: string, side: 0 | 1): Promise<OpenedEngine> => {
      const [threads, backend] = [values.threads[side], values.backend[side]];
      return openEngine(
        name,
        { context, threads, backend, mode: values.mode[side], kv: values.kv[side] },
        values.batch,
      );
    };
    await using a = await open(nameA!, 0);
    await using b = await open(nameB!, 1);
    const sides: Pair<OpenedEngine> = [a, b];
    const samples = tests.map(() => [[], []] as Pair<number[]>);
    const interrupted = await untilInterrupted(async () => {
      using progress = new BenchProgress();
      for (let run = 0; run <= values.runs; run++) {
        for (const [index, test] of tests.entries()) {
          const tokens = test === "prompt" ? values.prompt : values.gen;
          if (tokens === 0) continue;
          progress.show(`${test} ${tokens}, batch ${values.batch}: run ${run} of ${values.runs}`);
          // Whoever goes first has the cooler machine; they take turns at that too.
          const order = run % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
          for (const side of order) {
            const { engine, checkpoint } = sides[side];
            const rate = await measureRate[test](engine, values.batch, tokens, checkpoint.config.vocabSize);
            if (run > 0) samples[index]![side].push(rate);
          }
        }
      }
    });
    const results = tests.flatMap((test, index): CompareResult[] => {
      const [first, second] = samples[index]!;
      if (first.length === 0 || second.length === 0) return [];
      const describe = (rates: number[]): CompareResult["a"] => ({
        best: Math.max(...rates),
        median: median(rates),
        samples: rates,
      });
      const [left, right] = [describe(first), describe(second)];
      const ratio = { best: right.best / left.best, median: right.median / left.median };
      const tokens = test === "prompt" ? values.prompt : values.gen;
      return [{ test, batch: values.batch, tokens, a: left, b: right, ratio }];
    });
    const [sideA, sideB] = sides.map(({ stored, engine }, side): Side => {
      const { backend, threads, mode } = engine.info();
      return { model: stored.name, backend, threads, mode, kv: values.kv[side]! };
    }) as [Side, Side];
    const degraded = sides.flatMap(({ engine }) => engine.info().degraded);
    if (values.json) printJson({ a: sideA, b: sideB, ...facts, results, interrupted, degraded });
    else {
      process.stdout.write(describeFacts(facts, null));
      for (const [letter, { model, backend, threads, mode, kv }] of [
        ["A", sideA],
        ["B", sideB],
      ] as const) {
        process.stdout.write(
          `${letter}: ${model}, backend ${backend}, ${threads} threads, mode ${mode}, KV ${kv}\n`,
        );
      }
      const header = ["TEST", "BATCH", "A BEST", "A MEDIAN", "B BEST", "B MEDIAN", "B/A BEST", "B/A MEDIAN"];
      const rows = results.map((result) => [
        `${result.test} ${result.tokens}`,
        String(result.batch),
        formatNumber(result.a.best),
        formatNumber(result.a.median),
        formatNumber(result.b.best),
        formatNumber(result.b.median),
        result.ratio.best.toFixed(2),
        result.ratio.median.toFixed(2),
      ]);
      process.stdout.write(`\n${formatTable(header, rows, [1, 2, 3, 4, 5, 6, 7])}`);
      reportDegradations(degraded);
    }
    return interrupted ? exitCodes.interrupted : exitCodes.ok;
  },
});
