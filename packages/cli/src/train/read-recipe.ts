import { readFileSync } from "node:fs";
import type { PretrainRecipe } from "@llamero/train/pretrain";
import { UsageError } from "../errors.ts";
import { runOrExplain } from "./run-or-explain.ts";

/** A pre-training recipe from a file, with overrides. */
export async function readPretrainFile(path: string, overrides: readonly string[]): Promise<PretrainRecipe> {
  const { readPretrainRecipe } = await import("@llamero/train/pretrain");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`Cannot read ${path}: ${(cause as Error).message}`, null, { cause });
  }
  return runOrExplain(
    () => readPretrainRecipe(text, path, overrides),
    "docs/training.md describes the recipe",
  );
}
