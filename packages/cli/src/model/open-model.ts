import type {
  BackendChoice,
  Checkpoint,
  ChosenBackend,
  GenerateOptions,
  LoadedEngine,
  LoadedModel,
  LoadProgress,
  PrefixCacheOptions,
  SamplingParams,
} from "@llamero/core";
import type { StoredModel } from "@llamero/core/hub/store";
import type { Degradation } from "@llamero/kernels";
import type { Values } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import type { modelFlags, samplingFlags } from "../flags.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { type AdapterValues, adaptersOf, chosenAdapter } from "./adapters.ts";
import { resolveModel } from "./resolve-model.ts";
import { type SpeculateValues, speculateOf } from "./speculate.ts";

export type ModelValues = Values<typeof modelFlags> & SpeculateValues;
export type SamplingValues = Values<typeof samplingFlags>;

/** Finds and loads the model that a user names; progress goes to standard error. */
export async function openModel(
  text: string,
  values: ModelValues,
): Promise<{ stored: StoredModel; model: LoadedModel }> {
  const stored = await resolveModel(text);
  return { stored, model: await loadStored(stored, values) };
}

/** Loads a model of the store, by default for one conversation at a time. */
export async function loadStored(
  stored: StoredModel,
  values: ModelValues & AdapterValues,
  maxBatch: number = 1,
  prefixCache: PrefixCacheOptions = {},
): Promise<LoadedModel> {
  const { loadModel } = await import("@llamero/core");
  const checkpoint = await openTextCheckpoint(stored, values);
  const speculate = await speculateOf(values);
  using progress = showProgress(stored.name);
  return await withUsageErrors(() =>
    loadModel(checkpoint, {
      ...loadOptions(values, progress),
      ...speculate,
      maxBatch,
      prefixCache,
      ...adaptersOf(values),
      ...backendOptions(values),
    }),
  );
}

/** Opens a model of the store that has to read and write text. */
export async function openTextCheckpoint(
  stored: StoredModel,
  values: Pick<ModelValues, "context">,
): Promise<Checkpoint> {
  const { openCheckpoint } = await import("@llamero/core");
  const checkpoint = openCheckpoint(stored.path);
  if (checkpoint.tokenizer === null) {
    throw new UsageError(
      `${stored.name} holds no tokenizer, so it cannot read text`,
      "It can continue token ids: llamero run MODEL --prompt-ids FILE",
    );
  }
  checkContext(values.context, checkpoint.config.maxPositionEmbeddings);
  return checkpoint;
}

/** An engine without the text layer, which needs no tokenizer. */
export interface OpenedEngine extends AsyncDisposable {
  stored: StoredModel;
  checkpoint: Checkpoint;
  engine: LoadedEngine["engine"];
}

/** Finds a model and loads it for token ids only. */
export async function openEngine(
  text: string,
  values: ModelValues & AdapterValues,
  batch: number,
): Promise<OpenedEngine> {
  const { loadEngine, openCheckpoint } = await import("@llamero/core");
  const stored = await resolveModel(text);
  const checkpoint = openCheckpoint(stored.path);
  checkContext(values.context, checkpoint.config.maxPositionEmbeddings);
  const { backend, degradations } = await pickBackend(values);
  try {
    using progress = showProgress(stored.name);
    // All sequences at full length at once.
    const kvTokens = values.context === null ? {} : { kvTokens: batch * values.context };
    const options = {
      ...loadOptions(values, progress),
      backend,
      degradations,
      batch,
      ...kvTokens,
      ...(await speculateOf(values)),
      ...adaptersOf(values),
    };
    const loaded = await loadEngine(checkpoint, options);
    return {
      stored,
      checkpoint,
      engine: loaded.engine,
      async [Symbol.asyncDispose](): Promise<void> {
        await loaded[Symbol.asyncDispose]();
        await backend[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await backend[Symbol.asyncDispose]();
    throw error;
  }
}

/** The backend that the user asked for, or the fastest. */
export async function pickBackend(values: Pick<ModelValues, "backend" | "threads">): Promise<ChosenBackend> {
  const { chooseBackend } = await import("@llamero/core");
  return withUsageErrors(() => chooseBackend(backendOptions(values)));
}

/** What the user says of the backend; the rest is left to the choice. */
export function backendOptions({ backend, threads }: Pick<ModelValues, "backend" | "threads">): {
  backend?: BackendChoice;
  threads?: number;
} {
  return {
    ...(backend === null ? {} : { backend: backend as BackendChoice }),
    ...(threads === null ? {} : { threads }),
  };
}

function loadOptions(values: ModelValues, progress: Progress) {
  return {
    kvDtype: values.kv,
    mode: values.mode,
    signal: interruptSignal(),
    onProgress: progress.update,
    ...(values.context === null ? {} : { context: values.context }),
  };
}

export interface Progress extends Disposable {
  update(progress: LoadProgress): void;
}

/** A line per load would be noise where nobody watches. */
export function showProgress(name: string): Progress {
  const bar = process.stderr.isTTY ? new ProgressBar(`Loading ${name}`) : null;
  return {
    update: ({ loadedBytes, totalBytes }) => bar?.update(loadedBytes, totalBytes),
    [Symbol.dispose]: () => bar?.clear(),
  };
}

function checkContext(context: number | null, longest: number): void {
  if (context === null || context <= longest) return;
  throw new UsageError(
    `The model takes ${longest} tokens at most, not ${context}`,
    "Choose a smaller --ctx-size, --window, --prompt or --gen",
  );
}

/** A backend that does not exist is the user's mistake. */
export async function withUsageErrors<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof RangeError && error.message.startsWith("Backend is ")) {
      throw new UsageError(error.message, null, { cause: error });
    }
    throw error;
  }
}

/** Generation options from flags; what the user left out is left to the model. */
export function toGenerateOptions(values: SamplingValues & AdapterValues): GenerateOptions {
  const sampling: Partial<SamplingParams> = {};
  if (values.temperature !== null) sampling.temperature = values.temperature;
  if (values.topK !== null) sampling.topK = values.topK;
  if (values.topP !== null) sampling.topP = values.topP;
  if (values.minP !== null) sampling.minP = values.minP;
  if (values.seed !== null) sampling.seed = values.seed;
  if (values.repeatPenalty !== null) sampling.repetitionPenalty = values.repeatPenalty;
  if (values.frequencyPenalty !== null) sampling.frequencyPenalty = values.frequencyPenalty;
  if (values.presencePenalty !== null) sampling.presencePenalty = values.presencePenalty;
  const { maxTokens } = values;
  return {
    sampling,
    contextPolicy: values.contextPolicy,
    ...(values.stop.length === 0 ? {} : { stop: values.stop }),
    ...(maxTokens === null || maxTokens < 0 ? {} : { maxTokens }),
    ...chosenAdapter(values),
  };
}

const reported = new Set<string>();

/** Prints what runs worse than asked, once per process. */
export function reportDegradations(degraded: readonly Degradation[]): void {
  for (const { what, wanted, used, why } of degraded) {
    const line = `Note: ${what}: ${used} instead of ${wanted} (${why})`;
    if (!reported.has(line)) process.stderr.write(`${line}\n`);
    reported.add(line);
  }
}
