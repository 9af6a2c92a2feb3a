import type { GenerateOptions, SamplingParams, TextModel } from "@llamero/core";
import type { StoredModel } from "@llamero/core/hub/store";
import type { Values } from "../define-command.ts";
import type { modelFlags, samplingFlags } from "../flags.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { resolveModel } from "./resolve-model.ts";

export type ModelValues = Values<typeof modelFlags>;
export type SamplingValues = Values<typeof samplingFlags>;
export type LoadedModel = Awaited<ReturnType<typeof import("@llamero/core")["loadModel"]>>;

/** Finds and loads the model that a user names; progress goes to standard error. */
export async function openModel(
  text: string,
  values: ModelValues,
): Promise<{ stored: StoredModel; model: LoadedModel }> {
  const stored = await resolveModel(text);
  return { stored, model: await loadStored(stored, values) };
}

/** Loads a model of the store. */
export async function loadStored(stored: StoredModel, values: ModelValues): Promise<LoadedModel> {
  const { loadModel } = await import("@llamero/core");
  const bar = new ProgressBar(`Loading ${stored.name}`);
  try {
    return await loadModel(stored.path, {
      kvDtype: values.kv,
      mode: values.mode,
      signal: interruptSignal(),
      ...(values.backend === null ? {} : { backend: values.backend }),
      ...(values.context === null ? {} : { context: values.context }),
      ...(values.threads === null ? {} : { threads: values.threads }),
      onProgress: (progress) => {
        // A line per load would be noise where nobody watches.
        if (process.stderr.isTTY) bar.update(progress.loadedBytes, progress.totalBytes);
      },
    });
  } finally {
    bar.clear();
  }
}

/** Generation options from flags; what the user left out is left to the model. */
export function toGenerateOptions(values: SamplingValues): GenerateOptions {
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
    ...(values.stop.length === 0 ? {} : { stop: values.stop }),
    ...(maxTokens === null || maxTokens < 0 ? {} : { maxTokens }),
  };
}

/** The last part of a generation. */
export type FinishPart = Extract<
  ReturnType<TextModel["chat"]> extends AsyncIterable<infer P> ? P : never,
  { type: "finish" }
>;

/** Prints what runs worse than asked, once per process. */
export function reportDegradations(degraded: FinishPart["degraded"]): void {
  for (const { what, wanted, used, why } of degraded) {
    const line = `Note: ${what}: ${used} instead of ${wanted} (${why})`;
    if (!reported.has(line)) process.stderr.write(`${line}\n`);
    reported.add(line);
  }
}

const reported = new Set<string>();
