import { readFileSync } from "node:fs";
import type { ConfigFile } from "@llamero/stack/config";
import { UsageError } from "../errors.ts";

/** Reads the configuration file of a server; what is wrong with it is the user's to put right. */
export async function loadConfig(path: string): Promise<ConfigFile> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`Cannot read ${path}: ${(cause as Error).message}`, null, { cause });
  }
  const { readConfig } = await import("@llamero/stack/config");
  return await orUsageError(() => readConfig(text, process.env, path));
}

/** Runs what may find fault with a configuration. */
export async function orUsageError<T>(run: () => T): Promise<T> {
  const { ConfigError } = await import("@llamero/stack/config");
  try {
    return run();
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message, error.hint, { cause: error });
    throw error;
  }
}
