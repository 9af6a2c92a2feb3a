import type { StoredModel } from "@llamero/core/hub/store";
import { type ServedModel, servedEncoder } from "@llamero/stack";
import type { ModelValues } from "../model/open-model.ts";
import { backendOptions, reportDegradations, withUsageErrors } from "../model/open-model.ts";

/** Models to serve, and those among them that only embed. */
export async function partEncoders(stored: readonly StoredModel[]): Promise<{
  models: StoredModel[];
  encoders: StoredModel[];
}> {
  // Without models the engine stays out of memory.
  if (stored.length === 0) return { models: [], encoders: [] };
  const { isEncoderFolder } = await import("@llamero/core");
  const encoders = stored.filter(({ path }) => isEncoderFolder(path));
  return { models: stored.filter((each) => !encoders.includes(each)), encoders };
}

/** Encoders in the server's own process, which they leave when they are disposed. */
export async function openEncoders(
  stored: readonly StoredModel[],
  values: Pick<ModelValues, "backend" | "threads">,
): Promise<ServedModel[]> {
  const served: ServedModel[] = [];
  try {
    for (const { name, path } of stored) {
      const { loadEncoder } = await import("@llamero/core");
      const encoder = await withUsageErrors(() => loadEncoder(path, backendOptions(values)));
      reportDegradations(encoder.degradations);
      served.push({ name, model: servedEncoder(name, encoder) });
    }
    return served;
  } catch (error) {
    for (const { model } of served) await model[Symbol.asyncDispose]();
    throw error;
  }
}
