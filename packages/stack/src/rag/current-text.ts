import { readFileSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { sha256 } from "./chunk-document.ts";
import type { IndexStorage, IndexVersion } from "./index-storage.ts";
import { processFile } from "./processors/process-file.ts";

/** The text of a source as its file is now; null when the file is gone, is a link outside, or cannot be read anymore. */
export async function currentText(
  files: IndexStorage,
  { folder, sources }: IndexVersion,
  path: string,
): Promise<string | null> {
  const source = sources.find((each) => each.path === path);
  if (source === undefined) return null;
  try {
    const real = realpathSync(join(folder, path));
    if (!real.startsWith(folder + sep)) return null;
    const bytes = readFileSync(real);
    if (sha256(bytes) === source.sha256) return (await files.readDocument(source.document))?.text ?? null;
    return (await processFile(bytes, path)).text;
  } catch {
    // Whatever the reason, nothing can be cited from it.
    return null;
  }
}
