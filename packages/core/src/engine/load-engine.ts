import { join } from "node:path";
import type { Backend, Degradation, Mode, Program } from "@llamero/kernels";
import { readAdapter } from "../formats/adapter-file.ts";
import type { Checkpoint } from "../formats/checkpoint.ts";
import type { GrammarTokenizer } from "../grammar/grammar-vocabulary.ts";
import { Grammars } from "../grammar/grammars.ts";
import { homeFolder } from "../hub/store.ts";
import { llamaProgram } from "../models/llama.ts";
import { loadTokenizer } from "../tokenizer/load.ts";
import { adapterBytes } from "./adapter-registry.ts";
import { availableMemory } from "./available-memory.ts";
import { Engine } from "./engine.ts";
import { modelIdentity } from "./model-identity.ts";
import { packWeights } from "./pack-weights.ts";
import { admit, type ModelPlan, type PlanOptions, planModel } from "./plan.ts";
import type { ProgramVariant } from "./program-variants.ts";
import { openDraft, planDraft, type SpeculateOptions, speculationOf } from "./speculation/load-draft.ts";

/** Weights packed so far, of all. */
export interface LoadProgress {
  numTensors: number;
  totalTensors: number;
  loadedBytes: number;
  totalBytes: number;
}

/** How computed KV is kept beyond the memory of the pool. */
export interface PrefixCacheOptions {
  /** Folder for KV blocks, true for `kv` in LLAMERO_HOME; default false. */
  disk?: string | boolean;
  /** Bytes that the folder may hold, of all models together; default 2 GiB. */
  maxBytes?: number;
}

function diskCacheOf({ disk = false, maxBytes = 2 ** 31 }: PrefixCacheOptions = {}): {
  diskCache?: { folder: string; maxBytes: number };
} {
  if (disk === false) return {};
  if (!(maxBytes > 0)) throw new RangeError(`prefixCache.maxBytes is ${maxBytes}; it must be above 0`);
  return { diskCache: { folder: disk === true ? join(homeFolder(), "kv") : disk, maxBytes } };
}

/** How a checkpoint becomes an engine. */
export interface LoadEngineOptions extends PlanOptions {
  backend: Backend;
  /** Default fast. */
  mode?: Mode;
  /** Where computed KV is kept for later: in memory always, on disk on demand. */
  prefixCache?: PrefixCacheOptions;
  /** Load even when the plan needs more memory than there is. */
  allowOvercommit?: boolean;
  /** LoRA adapters, PEFT folders or GGUF files, by the name that requests choose them by. */
  adapters?: Readonly<Record<string, string>>;
  /** How tokens are guessed, for requests that do not choose themselves; default not at all. */
  speculate?: SpeculateOptions;
  /** A draft model for requests whose `speculation` is "draft", where `speculate` names none. */
  draft?: Checkpoint;
  /** For grammars, where the checkpoint's own is not used; opened when the first grammar is wanted. */
  openTokenizer?: () => GrammarTokenizer;
  /** What is not as asked besides what the backend itself reports. */
  degradations?: readonly Degradation[];
  onProgress?: (progress: LoadProgress) => void;
  signal?: AbortSignal;
  /** Clock in milliseconds by which steps are measured; default `performance.now`. */
  now?: () => number;
}

function grammarsOf(checkpoint: Checkpoint, openTokenizer?: () => GrammarTokenizer): Grammars | null {
  const { tokenizer: source, config } = checkpoint;
  const open = openTokenizer ?? (source === null ? null : () => loadTokenizer(source));
  return open === null ? null : new Grammars(open, config.vocabSize);
}

/** An engine with the weights that it runs on; disposing of it gives both back, but not the backend. */
export interface LoadedEngine {
  readonly engine: Engine;
  /** The plan, with the scratch that the backend really took. */
  readonly plan: ModelPlan;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Packs the weights tensor by tensor and starts an engine. Throws InsufficientMemoryError before it packs any. */
export async function loadEngine(checkpoint: Checkpoint, options: LoadEngineOptions): Promise<LoadedEngine> {
  const { backend, mode = "fast", allowOvercommit, degradations = [], signal } = options;
  const { config, ropeLayout, tensors } = checkpoint;
  const program = llamaProgram(config, ropeLayout);
  const programOf = (variant: ProgramVariant): Program => llamaProgram(config, ropeLayout, variant);
  const adapters = Object.entries(options.adapters ?? {}).map(([name, path]) =>
    readAdapter(path, checkpoint, name),
  );
  const variants = (adapters.length > 0 ? [false, true] : [false]).flatMap((lora) =>
    [true, false]
      .filter((head) => lora || !head)
      .map((head) => ({ program: programOf({ lora, head }), head })),
  );
  const plan = planModel(config, tensors, {
    ...options,
    sizes: backend,
    program,
    adapterBytes: adapters.reduce((sum, each) => sum + adapterBytes(each), 0),
    variants,
  });
  const target = { vocabSize: config.vocabSize, contextLimit: plan.contextLimit };
  const { speculate } = options;
  const draftCheckpoint = speculate?.kind === "draft" ? openDraft(speculate.path, checkpoint) : options.draft;
  const plannedDraft = draftCheckpoint && planDraft(draftCheckpoint, target, options);
  if (allowOvercommit !== true) admit(plan, availableMemory() - (plannedDraft?.plan.totalBytes ?? 0));

  const owned: { free(): void }[] = [];
  const freeWeights = (): void => {
    for (const each of owned.splice(0)) each.free();
  };
  try {
    const packed = await packWeights(checkpoint, program, {
      backend,
      signal,
      onPacked: (numTensors, loadedBytes) =>
        options.onProgress?.({
          numTensors,
          totalTensors: program.weights.length,
          loadedBytes,
          totalBytes: plan.weightBytes,
        }),
    });
    owned.push(packed);
    const loadedDraft = await plannedDraft?.load();
    if (loadedDraft !== undefined) owned.push(loadedDraft);
    const guessing = {
      ...(loadedDraft && { draft: loadedDraft.draft }),
      ...(speculate && { speculation: speculationOf(speculate) }),
    };
    const { kv, limits, contextLimit } = plan;
    const disk = diskCacheOf(options.prefixCache);
    const modelId =
      disk.diskCache === undefined ? `${checkpoint.path} ${checkpoint.sizeBytes}` : modelIdentity(checkpoint);
    const { vocabSize } = config;
    const shared = { backend, program, modelId, vocabSize, contextLimit, kv, mode, limits, degradations };
    const grammars = grammarsOf(checkpoint, options.openTokenizer);
    const engine = new Engine({
      ...shared,
      ...(grammars && { grammars }),
      ...disk,
      ...guessing,
      programOf,
      weights: packed.weights,
      ...(allowOvercommit === true ? {} : { availableMemory }),
      ...(options.now && { now: options.now }),
    });
    try {
      for (const adapter of adapters.splice(0)) await engine.loadAdapter(adapter);
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
    const { scratchBytes } = engine;
    const totalBytes = plan.weightBytes + plan.kvBytes + plan.adapterBytes + scratchBytes;
    return {
      engine,
      plan: { ...plan, scratchBytes, totalBytes },
      async [Symbol.asyncDispose]() {
        await engine[Symbol.asyncDispose]();
        freeWeights();
      },
    };
  } catch (error) {
    freeWeights();
    throw error;
  }
}
