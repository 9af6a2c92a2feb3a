/**
 * What a prefix-cache hit of 2,000 tokens adds before the first step, from memory and from disk, and what it saves.
 *
 *   node --conditions=@llamero/source --import tsx bench/prefix-cache.bench.ts MODEL... [--kv f16] [--runs 7]
 *
 * Every request is the same 2,000 tokens and 8 new ones. Added latency is the time from the request to its first
 * step, less that of a request of 8 new tokens; both ran before anything else was going on. The first hit from disk
 * is that of an engine that has just been loaded; the others take the place of another 2,000 tokens in a pool that is full.
 * The files are in the system's file cache. Added processor time is that of the whole answer, in all threads, less that
 * of a hit in memory; it leaves out what other processes take.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import {
  type BackendChoice,
  chooseBackend,
  completeSampling,
  loadEngine,
  openCheckpoint,
} from "@llamero/core";
import type { KvDtype } from "@llamero/kernels";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kv: { type: "string", default: "f16" },
    runs: { type: "string", default: "7" },
    backend: { type: "string", default: "native" },
    threads: { type: "string", default: "2" },
  },
});
const prefixTokens = 2000;
const newTokens = 8;
const numRuns = Number(options.runs);

interface Sample {
  toFirstStepMs: number;
  toFirstTokenMs: number;
  processorMs: number;
  cachedTokens: number;
  fromDisk: number;
}

/** Ids that never repeat from call to call. */
let seed = 1;
function freshIds(count: number, vocabSize: number): number[] {
  return Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return 10 + (seed % (vocabSize - 1000));
  });
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const list = (values: readonly number[]): string => values.map((each) => each.toFixed(1)).join(" ");

async function measure(path: string): Promise<void> {
  const checkpoint = openCheckpoint(path);
  const { vocabSize } = checkpoint.config;
  const chosen = await chooseBackend({
    backend: options.backend as BackendChoice,
    threads: Number(options.threads),
  });
  await using backend = chosen.backend;
  const folder = mkdtempSync(join(tmpdir(), "llamero-kv-bench-"));
  const load = () =>
    loadEngine(checkpoint, {
      backend,
      kvDtype: options.kv as KvDtype,
      context: 2304,
      batch: 1,
      prefixCache: { disk: folder, maxBytes: 2 ** 32 },
      allowOvercommit: true,
    });
  type Loaded = Awaited<ReturnType<typeof load>>;
  const prefix = freshIds(prefixTokens, vocabSize);
  const other = freshIds(prefixTokens, vocabSize);
  const ask = async ({ engine }: Loaded, promptIds: readonly number[]): Promise<Sample> => {
    const sampling = completeSampling({ temperature: 0 });
    const request = { promptIds, maxTokens: 1, sampling, stopIds: [], topLogprobs: 0 };
    const before = process.cpuUsage();
    for await (const event of engine.generate(request)) {
      if (event.type !== "finish") continue;
      const { timings, usage } = event;
      const { user, system } = process.cpuUsage(before);
      return {
        toFirstStepMs: timings.queueMs,
        toFirstTokenMs: timings.timeToFirstTokenMs,
        processorMs: (user + system) / 1000,
        cachedTokens: usage.cachedTokens,
        fromDisk: usage.cachedFromDisk ?? 0,
      };
    }
    throw new Error("The generation did not finish");
  };
  const hit = (loaded: Loaded, ids = prefix) => ask(loaded, [...ids, ...freshIds(newTokens, vocabSize)]);
  const samples: Record<"short" | "computed" | "memory" | "disk first" | "disk", Sample[]> = {
    short: [],
    computed: [],
    memory: [],
    "disk first": [],
    disk: [],
  };
  const loadMs: number[] = [];
  try {
    {
      await using loaded = await load();
      await ask(loaded, freshIds(newTokens, vocabSize));
      samples.computed.push(await hit(loaded));
      samples.computed.push(await hit(loaded, other));
    }
    for (let run = 0; run < numRuns; run++) {
      const start = performance.now();
      await using loaded = await load();
      loadMs.push(performance.now() - start);
      await ask(loaded, freshIds(newTokens, vocabSize));
      samples["disk first"].push(await hit(loaded));
      for (const ids of [other, prefix, other, prefix]) samples.disk.push(await hit(loaded, ids));
      samples.memory.push(await hit(loaded));
      samples.short.push(await ask(loaded, freshIds(newTokens, vocabSize)));
    }
    const files = readdirSync(folder).length;
    console.log(
      `\n${basename(path)}, ${backend.name}, ${backend.threads} threads, KV ${options.kv}, ${files} files`,
    );
    const base = median(samples.short.map(({ toFirstStepMs }) => toFirstStepMs));
    const processorBase = median(samples.memory.map(({ processorMs }) => processorMs));
    for (const [kind, all] of Object.entries(samples)) {
      const added = all.map(({ toFirstStepMs }) => toFirstStepMs - base);
      const processor = all.map(({ processorMs }) => processorMs - processorBase);
      const [first] = all;
      console.log(
        `${kind.padEnd(10)} cached ${first!.cachedTokens} (disk ${first!.fromDisk})` +
          ` · added ms: median ${median(added).toFixed(1)}, all ${list(added)}` +
          ` · processor ms: median ${median(processor).toFixed(1)}, least ${Math.min(...processor).toFixed(1)}` +
          ` · first token ms: median ${median(all.map((each) => each.toFirstTokenMs)).toFixed(1)}`,
      );
    }
    console.log(`loading ms: ${list(loadMs)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

console.log(
  `${cpus().length} x ${cpus()[0]!.model}, Node ${process.version}, load ${loadavg()[0]!.toFixed(2)}`,
);
for (const path of positionals) await measure(path);
console.log(`load at the end ${loadavg()[0]!.toFixed(2)}`);
