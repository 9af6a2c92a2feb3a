import { join } from "node:path";
import type { MemoryBudget, PrefixCacheOptions, SupervisedModel } from "@llamero/core";
import { homeFolder, type StoredModel } from "@llamero/core/hub/store";
import { type AdapterValues, adaptersOf } from "./adapters.ts";
import {
  backendOptions,
  type ModelValues,
  openTextCheckpoint,
  showProgress,
  withUsageErrors,
} from "./open-model.ts";
import { speculateOf } from "./speculate.ts";

/** How a server keeps its models. */
export interface SuperviseOptions {
  maxBatch: number;
  prefixCache: PrefixCacheOptions;
  keepAliveMs: number;
  /** Bytes that all models together may take; null: what is free. */
  memoryBytes: number | null;
  /** Steps take the compute lease of the machine. */
  takesTurns: boolean;
}

/** Puts a model into a worker process of its own, which loads it when a request needs it. */
export type Supervise = (
  stored: StoredModel,
  values: ModelValues & AdapterValues,
) => Promise<SupervisedModel>;

/** What it puts there shares one memory. */
export function createSupervise(options: SuperviseOptions): Supervise {
  const { maxBatch, prefixCache, keepAliveMs, memoryBytes, takesTurns } = options;
  let budget: MemoryBudget | null = null;
  return async (stored, values) => {
    const core = await import("@llamero/core");
    budget ??= new core.MemoryBudget(memoryBytes === null ? {} : { limitBytes: memoryBytes });
    const checkpoint = await openTextCheckpoint(stored, values);
    const progress = showProgress(stored.name);
    return core.superviseModel(checkpoint, {
      name: stored.name,
      kvDtype: values.kv,
      mode: values.mode,
      maxBatch,
      prefixCache,
      ...adaptersOf(values),
      ...(await speculateOf(values)),
      budget,
      ...(takesTurns ? { leasePath: join(homeFolder(), "compute.lease") } : {}),
      policy: { keepAliveMs },
      onProgress: (each) => {
        progress.update(each);
        if (each.loadedBytes === each.totalBytes) progress[Symbol.dispose]();
      },
      ...(values.context === null ? {} : { context: values.context }),
      ...backendOptions(values),
    });
  };
}

/** The models in workers; the first is loaded now. */
export async function superviseStored(
  models: readonly StoredModel[],
  values: ModelValues & AdapterValues,
  supervise: Supervise,
): Promise<SupervisedModel[]> {
  const supervised: SupervisedModel[] = [];
  try {
    for (const stored of models) supervised.push(await supervise(stored, values));
    await withUsageErrors(() => supervised[0]!.engine.supervisor.ready());
    return supervised;
  } catch (error) {
    for (const model of supervised) await model[Symbol.asyncDispose]();
    throw error;
  }
}
