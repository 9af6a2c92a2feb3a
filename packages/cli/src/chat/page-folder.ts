import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the built chat page, or null when it is not built. */
export function chatPageFolder(): string | null {
  const index = fileURLToPath(import.meta.resolve("@llamero/web/dist/index.html"));
  return existsSync(index) ? dirname(index) : null;
}
