import { availableMemory } from "../engine/available-memory.ts";
import type { LoadProgress } from "../engine/load-engine.ts";
import { planModel } from "../engine/plan.ts";
import { readAdapter } from "../formats/adapter-file.ts";
import type { Checkpoint, TokenizerSource } from "../formats/checkpoint.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { createTextModel, type TextModel } from "../generate.ts";
import { textPartsOf } from "../load.ts";
import type { BudgetMember, MemoryBudget } from "./memory-budget.ts";
import { processWorkers } from "./node-process.ts";
import type { SupervisorPolicy } from "./policy.ts";
import type { StartWorker, WorkerLoad } from "./protocol.ts";
import { RemoteEngine } from "./remote-engine.ts";

/** How to run a model in a worker; the rest is `LoadOptions`'. */
export interface SupervisedOptions extends Omit<WorkerLoad, "path" | "batch"> {
  /** For messages; default the file's own name for itself. */
  name?: string;
  /** Sequences that run at once; default 16. */
  maxBatch?: number;
  /** For files that hold no tokenizer. */
  tokenizer?: TokenizerSource;
  /** Default: a process for each model. */
  workers?: StartWorker;
  policy?: Partial<SupervisorPolicy>;
  /** Shared by the models of this process; absent: each model only has to fit what is free. */
  budget?: MemoryBudget;
  onProgress?: (progress: LoadProgress) => void;
}

/** A text model whose engine is a worker's. */
export interface SupervisedModel extends TextModel {
  readonly engine: RemoteEngine;
  readonly checkpoint: Checkpoint;
  /** Loads a LoRA adapter, a file or a folder, beside what runs. Throws FormatError for one of another model. */
  loadAdapter(name: string, path: string): Promise<void>;
  /** Resolves when the requests that use it are done. */
  unloadAdapter(name: string): Promise<void>;
}

/**
 * A text model in a worker of its own, which is loaded at the first request and restarted when it dies. Text is made
 * here: the worker sees token ids only.
 */
export function superviseModel(
  source: string | Checkpoint,
  options: SupervisedOptions = {},
): SupervisedModel {
  const { maxBatch, tokenizer, workers = processWorkers(), policy, budget, onProgress, ...rest } = options;
  const checkpoint = typeof source === "string" ? openCheckpoint(source) : source;
  const { name = checkpoint.name, ...load } = rest;
  const parts = textPartsOf(checkpoint, tokenizer);
  const { path } = checkpoint;
  const workerLoad: WorkerLoad = { path, ...load, ...(maxBatch !== undefined && { batch: maxBatch }) };
  const { contextLimit, totalBytes } = planModel(checkpoint.config, checkpoint.tensors, workerLoad);
  const engine: RemoteEngine = new RemoteEngine({
    name,
    start: workers,
    load: workerLoad,
    contextLimit,
    mode: load.mode ?? "fast",
    ...(policy && { policy }),
    ...(onProgress && { onProgress }),
    ...(budget && { admit: () => budget.admit(member) }),
  });
  const member = memberOf(engine, {
    name,
    totalBytes,
    allowOvercommit: load.allowOvercommit,
  });
  return {
    ...createTextModel({ ...parts, engine }),
    engine,
    checkpoint,
    async loadAdapter(adapter, file) {
      // Here first: a worker that has yet to start would not load its model with a wrong one.
      readAdapter(file, checkpoint, adapter);
      await engine.loadAdapter({ name: adapter, path: file });
    },
    unloadAdapter: (adapter) => engine.unloadAdapter(adapter),
  };
}

function memberOf(
  { supervisor }: RemoteEngine,
  model: { name: string; totalBytes: number; allowOvercommit: boolean | undefined },
): BudgetMember {
  return {
    name: model.name,
    get neededBytes(): number {
      const bytes = supervisor.plan?.totalBytes ?? model.totalBytes;
      return model.allowOvercommit === true ? Math.min(bytes, availableMemory()) : bytes;
    },
    get state(): BudgetMember["state"] {
      const { state } = supervisor.status();
      return state === "ready" ? "loaded" : state === "loading" ? "loading" : "unloaded";
    },
    get isIdle(): boolean {
      return supervisor.isIdle;
    },
    get lastUsed(): number {
      return supervisor.lastUsed;
    },
    unload: () => supervisor.unload(),
  };
}
