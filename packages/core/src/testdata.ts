import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

/** Absolute path of a file in the shared test material, or null when it is not there. Tests only. */
export function sharedPath(relative: string): string | null {
  const path = join(process.env["LLAMERO_SHARED"] ?? resolve(repositoryRoot, "../shared"), relative);
  return existsSync(path) ? path : null;
}

/** Absolute path of a real model file in LLAMERO_MODELS, or null when it is not there. Tests only. */
export function modelPath(name: string): string | null {
  const folder = process.env["LLAMERO_MODELS"];
  if (folder === undefined) return null;
  const path = join(folder, name);
  return existsSync(path) ? path : null;
}
