import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { newestModel, type StoredModel } from "@llamero/core/hub/store";

/** Name of the model that ships inside the package, trained by `recipes/cria.ts`. */
export const shippedName = "cria";

/** The model inside the package, or null in a build without one. */
export function shippedModel(): StoredModel | null {
  const path = fileURLToPath(new URL("../../model/cria.gguf", import.meta.url));
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  return {
    name: shippedName,
    path,
    root: path,
    sizeBytes: stats.size,
    addedAt: stats.mtime,
    manifest: null,
  };
}

/** The model when none is named: the one added to the store last, else the one that ships. */
export async function defaultModel(): Promise<StoredModel | null> {
  return (await newestModel()) ?? shippedModel();
}
