import { loadavg } from "node:os";
import type { Checkpoint } from "@llamero/core";
import { describeMachine, type Machine } from "../machine/cpu.ts";
import { type MatrixRate, measureMatrixRate } from "../machine/matrix-rate.ts";
import { measureReadBandwidth, type ReadBandwidth } from "../machine/read-bandwidth.ts";
import type { AdapterValues } from "../model/adapters.ts";
import { countFormats, kvBytesPerToken, weightBytesPerToken } from "../model/describe-checkpoint.ts";
import {
  type ModelValues,
  type OpenedEngine,
  openEngine,
  pickBackend,
  reportDegradations,
} from "../model/open-model.ts";
import { resolveModel } from "../model/resolve-model.ts";
import { formatBytes, formatNumber } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";
import { version } from "../version.ts";

/** Where and when something was measured. */
export interface BenchFacts {
  version: string;
  node: string;
  at: string;
  machine: Machine;
  /** Load averages of 1, 5 and 15 minutes before the measurement. */
  load: readonly number[];
}

/** The facts of this moment. */
export function benchFacts(): BenchFacts {
  return {
    version: version(),
    node: process.version,
    at: new Date().toISOString(),
    machine: describeMachine(),
    load: loadavg(),
  };
}

/** What no engine can exceed here, measured in the same process as the runs. */
export interface BenchLimits {
  readBandwidth: ReadBandwidth;
  /** Our own kernels on one large matrix in the format that holds most of the model. */
  matrixRate: MatrixRate;
}

/** Measures both limits, in about a second. */
export async function measureLimits(
  checkpoint: Checkpoint,
  values: Pick<ModelValues, "backend" | "threads" | "mode">,
): Promise<BenchLimits> {
  const { tensorSizeBytes } = await import("@llamero/core");
  const { backend } = await pickBackend(values);
  await using _ = backend;
  const format = countFormats(checkpoint.tensors.values(), tensorSizeBytes)[0]!.format;
  const { threads } = backend;
  return {
    readBandwidth: await measureReadBandwidth({ threads, sizeBytes: checkpoint.sizeBytes }),
    matrixRate: await measureMatrixRate(backend, { format, mode: values.mode }),
  };
}

/** How a run compares with the limits of its machine. */
export interface LimitShares {
  /** Of the read bandwidth: all weights once a step, and each sequence's own KV cache. */
  generation(tokensPerSecond: number, batch: number, contextTokens: number): number;
  /** Of the matrix rate: two operations for each weight but the head's, attention left out. */
  prompt(tokensPerSecond: number): number;
}

/** Shares of the limits for one model. */
export async function limitShares(
  checkpoint: Checkpoint,
  kv: "f16" | "int8",
  limits: BenchLimits,
): Promise<LimitShares> {
  const { countParameters, tensorSizeBytes } = await import("@llamero/core");
  const { config } = checkpoint;
  const weightBytes = weightBytesPerToken(checkpoint, tensorSizeBytes);
  const tables = config.vocabSize * config.hiddenSize * (config.tieWordEmbeddings ? 1 : 2);
  const operations = 2 * (countParameters(config) - tables);
  return {
    generation: (tokensPerSecond, batch, contextTokens) => {
      const stepBytes = weightBytes + batch * kvBytesPerToken(checkpoint, kv, contextTokens);
      return ((tokensPerSecond / batch) * stepBytes) / limits.readBandwidth.bytesPerSecond;
    },
    prompt: (tokensPerSecond) => (tokensPerSecond * operations) / limits.matrixRate.operationsPerSecond,
  };
}

/** A model opened for a bench, beside what was there before its weights filled the memory. */
export interface OpenedBench extends OpenedEngine {
  facts: BenchFacts;
  limits: BenchLimits;
  shares: LimitShares;
}

/** Measures the limits, then loads the model for `batch` sequences of `values.context` tokens. */
export async function openBench(
  name: string,
  values: ModelValues & AdapterValues,
  batch: number,
): Promise<OpenedBench> {
  const { openCheckpoint } = await import("@llamero/core");
  const facts = benchFacts();
  const limits = await measureLimits(openCheckpoint((await resolveModel(name)).path), values);
  const opened = await openEngine(name, values, batch);
  return { ...opened, facts, limits, shares: await limitShares(opened.checkpoint, values.kv, limits) };
}

/** Prints what a bench measured, as JSON or as a table under the lines that say where. */
export function reportBench(
  { stored, engine, facts, limits }: OpenedBench,
  values: Pick<ModelValues, "kv"> & { json: boolean },
  measured: { results: readonly object[]; interrupted: boolean; table: () => string },
): void {
  const { backend, threads, mode, degraded } = engine.info();
  const { kv } = values;
  const { results, interrupted, table } = measured;
  if (values.json) {
    const setup = { model: stored.name, backend, threads, mode, kv };
    printJson({ ...setup, ...facts, limits, results, interrupted, degraded });
    return;
  }
  process.stdout.write(describeFacts(facts, limits));
  process.stdout.write(
    `${stored.name}: backend ${backend}, ${threads} threads, mode ${mode}, KV ${kv}\n\n${table()}`,
  );
  reportDegradations(degraded);
}

/** A share as tables show it. */
export function formatShare(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** The lines above every table. */
export function describeFacts(facts: BenchFacts, limits: BenchLimits | null): string {
  const { machine, load } = facts;
  const lines = [
    `llamero ${facts.version}, Node ${facts.node}, ${machine.cpu}, ${machine.cores} cores, load ${load[0]!.toFixed(1)}`,
  ];
  if (limits !== null) {
    const { readBandwidth: reads, matrixRate: matrix } = limits;
    lines.push(
      `limits: reads ${formatBytes(reads.bytesPerSecond)}/s, matrix products ${formatNumber(matrix.operationsPerSecond / 1e9)} GFLOP/s in ${matrix.format}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
