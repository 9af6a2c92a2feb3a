import { benchFacts, describeFacts } from "../bench/facts.ts";
import { tokensFlag } from "../bench/flags.ts";
import { type ServiceLimits, summarizeLoad } from "../bench/load-summary.ts";
import { askHealth, firstModel, type RequestSample, runLoad, type Target } from "../bench/open-loop.ts";
import { type OwnServer, startOwnServer } from "../bench/own-server.ts";
import { BenchProgress, untilInterrupted } from "../bench/progress.ts";
import type { LatencySummary } from "../bench/statistics.ts";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, numberFlag, textFlag } from "../flags.ts";
import { formatNumber } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "[model]",
  details:
    "Sends chat requests at random moments with a fixed mean rate, whether or not earlier ones are answered (open loop), and times the streams. Starts a server of its own, or takes one at --url that speaks the OpenAI protocol; the model is then its name there, by default its first. Times count from the moment at which a request was due.",
  flags: {
    ...modelFlags,
    url: textFlag("--url <url>", "a running server, up to and including /v1"),
    apiKey: textFlag("--api-key <key>", "key for that server"),
    rate: numberFlag("--rate <n>", "requests per second", 2, { min: 0.001 }),
    requests: tokensFlag("--requests <n>", "how many in all", 50),
    prompt: tokensFlag("--prompt <words>", "words in each prompt, about a token each", 128),
    gen: tokensFlag("--gen <tokens>", "tokens of each answer at most", 64),
    batch: tokensFlag("-b, --batch <n>", "answers that our own server computes at once", 16),
    seed: numberFlag("--seed <n>", "same seed, same prompts and moments", 1, { min: 0, isInteger: true }),
    firstLimit: numberFlag("--max-first <ms>", "a good answer begins within", 1000, { min: 0 }),
    gapLimit: numberFlag("--max-gap <ms>", "and then takes this per token on average", 100, { min: 0 }),
    json: jsonFlag,
  },
  examples: [
    "llamero bench serve model.gguf --rate 4 --requests 100",
    "llamero bench serve --url http://127.0.0.1:8321/v1 --rate 2 --json",
  ],
  async run([name], values) {
    if (name === undefined && values.url === null)
      throw new UsageError("There is nothing to measure", "Name a model, or a server with --url");
    const facts = benchFacts();
    const signal = interruptSignal();
    const server: OwnServer | null = values.url === null ? await startOwnServer(name!, values, signal) : null;
    try {
      const base = { url: (server?.url ?? values.url!).replace(/\/+$/, ""), apiKey: values.apiKey };
      const model = values.url !== null && name !== undefined ? name : await firstModel(base, signal);
      const target: Target = { ...base, model };
      const plan = {
        requestsPerSecond: values.rate,
        numRequests: values.requests,
        promptTokens: values.prompt,
        maxTokens: values.gen,
        seed: values.seed,
      };
      // One request that does not count: a server packs or compiles on the first.
      const warmUp: RequestSample[] = [];
      await runLoad(
        target,
        { ...plan, numRequests: 1, seed: values.seed + 2 },
        { signal, onSample: (each) => warmUp.push(each) },
      );
      if (warmUp[0]?.error != null) throw new Error(`${base.url} does not answer: ${warmUp[0].error}`);
      const health = await askHealth(base, signal);
      const samples: RequestSample[] = [];
      const started = performance.now();
      const interrupted = await untilInterrupted(async () => {
        using progress = new BenchProgress();
        const onSample = (sample: RequestSample): void => {
          samples.push(sample);
          if (process.stderr.isTTY || samples.length % 10 === 0)
            progress.show(
              `${samples.length} of ${values.requests} requests, ${samples.filter(({ error }) => error !== null).length} errors`,
            );
        };
        await runLoad(target, plan, { signal, onSample });
      });
      const limits: ServiceLimits = {
        timeToFirstTokenMs: values.firstLimit,
        interTokenMs: values.gapLimit,
      };
      const result = summarizeLoad(samples, (performance.now() - started) / 1000, limits);
      if (values.json) {
        printJson({
          model,
          url: base.url,
          server: health,
          ...facts,
          plan,
          limits,
          result,
          samples,
          interrupted,
        });
      } else {
        process.stdout.write(describeFacts(facts, null));
        process.stdout.write(
          `${model} at ${base.url}${health === null ? "" : ` (backend ${health.backend}, ${health.threads} threads, mode ${health.mode})`}: ${formatNumber(values.rate)} requests/s wanted, ${formatNumber(result.requestsPerSecond)} answered, ${formatNumber(result.goodput)} good, ${formatNumber(result.outputTokensPerSecond)} tok/s, ${result.numErrors} errors\n`,
        );
        for (const [error, count] of Object.entries(result.errors))
          process.stdout.write(`  ${count} x ${error}\n`);
        const times: [string, LatencySummary][] = [
          ["first token", result.timeToFirstTokenMs],
          ["between tokens", result.interTokenMs],
          ["whole answer", result.totalMs],
        ];
        const show = (value: number | null): string => (value === null ? "-" : formatNumber(value));
        const rows = times.map(([what, { p50, p90, p99, max }]) => [
          what,
          show(p50),
          show(p90),
          show(p99),
          show(max),
        ]);
        process.stdout.write(`\n${formatTable(["MS", "P50", "P90", "P99", "MAX"], rows, [1, 2, 3, 4])}`);
      }
      return interrupted ? exitCodes.interrupted : exitCodes.ok;
    } finally {
      await server?.[Symbol.asyncDispose]();
    }
  },
});
