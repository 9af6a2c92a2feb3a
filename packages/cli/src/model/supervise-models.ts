import { join } from "node:path";
import type { PrefixCacheOptions, SupervisedModel } from "@llamero/core";
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

/** Models in a worker process each. The first is loaded now, the others when a request needs them. */
export async function superviseStored(
  models: readonly StoredModel[],
  values: ModelValues & AdapterValues,
  options: SuperviseOptions,
): Promise<SupervisedModel[]> {
  const { MemoryBudget, superviseModel } = await import("@llamero/core");
  const { maxBatch, prefixCache, keepAliveMs, memoryBytes, takesTurns } = options;
  const budget = new MemoryBudget(memoryBytes === null ? {} : { limitBytes: memoryBytes });
  const speculate = await speculateOf(values);
  using progress = showProgress(models[0]!.name);
  const supervised: SupervisedModel[] = [];
  try {
    for (const stored of models) {
      const checkpoint = await openTextCheckpoint(stored, values);
      supervised.push(
        superviseModel(checkpoint, {
          name: stored.name,
          kvDtype: values.kv,
          mode: values.mode,
          maxBatch,
          prefixCache,
          ...adaptersOf(values),
          ...speculate,
          budget,
          ...(takesTurns ? { leasePath: join(homeFolder(), "compute.lease") } : {}),
          policy: { keepAliveMs },
          onProgress: progress.update,
          ...(values.context === null ? {} : { context: values.context }),
          ...backendOptions(values),
        }),
      );
    }
    await withUsageErrors(() => supervised[0]!.engine.supervisor.ready());
    return supervised;
  } catch (error) {
    for (const model of supervised) await model[Symbol.asyncDispose]();
    throw error;
  }
}
