import type { PretrainRecipe } from "@llamero/train/pretrain";
import { readRecipeText } from "./recipe-text.ts";
import { runOrExplain } from "./run-or-explain.ts";

/** A pre-training recipe from a file, with overrides. */
export async function readPretrainFile(path: string, overrides: readonly string[]): Promise<PretrainRecipe> {
  const { readPretrainRecipe } = await import("@llamero/train/pretrain");
  const text = readRecipeText(path);
  return runOrExplain(
    () => readPretrainRecipe(text, path, overrides),
    "docs/pre-training.md describes the recipe",
  );
}
