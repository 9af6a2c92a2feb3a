/**
 * Two models that generate at once in two worker processes, with and without the machine-wide compute lease, against one
 * of them alone. In turns: each round measures all three.
 *
 *   LLAMERO_MODELS=folder node --conditions=@llamero/source --import tsx bench/lease.bench.ts [rounds, default 6]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completeSampling, type SupervisedModel, superviseModel } from "@llamero/core";
import { machineLine, median } from "./paired.ts";

const numRounds = Number(process.argv[2] ?? 6);
const numTokens = 150;
const file = "SmolLM2-135M-Instruct.Q4_1.gguf";
const folder = process.env["LLAMERO_MODELS"];
if (folder === undefined) throw new TypeError(`LLAMERO_MODELS must name a folder with ${file}`);
const path = join(folder, file);
const home = mkdtempSync(join(tmpdir(), "llamero-lease-"));

const promptIds = Array.from({ length: 32 }, (_, i) => 100 + i * 37);

async function generate({ engine }: SupervisedModel, maxTokens: number): Promise<void> {
  const sampling = completeSampling({ temperature: 0 });
  for await (const _ of engine.generate({ promptIds, maxTokens, sampling, stopIds: [], topLogprobs: 0 }));
}

/** Tokens per second of all models together. */
async function rate(models: readonly SupervisedModel[]): Promise<number> {
  const start = performance.now();
  await Promise.all(models.map((model) => generate(model, numTokens)));
  return (models.length * numTokens * 1000) / (performance.now() - start);
}

const load = { context: 1024, maxBatch: 4 };
const withLease = [0, 1].map(() => superviseModel(path, { ...load, leasePath: join(home, "compute.lease") }));
const without = [0, 1].map(() => superviseModel(path, load));
try {
  console.log(machineLine());
  for (const model of [...withLease, ...without]) await generate(model, 8);
  const samples: { alone: number; leased: number; free: number }[] = [];
  for (let round = 0; round < numRounds; round++) {
    const alone = await rate(without.slice(0, 1));
    const leased = await rate(withLease);
    const free = await rate(without);
    samples.push({ alone, leased, free });
    console.log(
      `round ${round + 1}: alone ${alone.toFixed(1)}, two with the lease ${leased.toFixed(1)}, two without ${free.toFixed(1)} tok/s`,
    );
  }
  const of = (pick: (sample: (typeof samples)[number]) => number): string =>
    median(samples.map(pick)).toFixed(2);
  console.log(
    `threads of a worker: ${without[0]!.engine.info().threads}, backend ${without[0]!.engine.info().backend}`,
  );
  console.log(
    `with the lease: ${of(({ leased, alone }) => leased / alone)} of one alone (median of ${numRounds})`,
  );
  console.log(`without:        ${of(({ free, alone }) => free / alone)} of one alone`);
  console.log(`with / without: ${of(({ leased, free }) => leased / free)}`);
} finally {
  for (const model of [...withLease, ...without]) await model[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
}
