import { readFileSync } from "node:fs";
import { UsageError } from "../errors.ts";

/** The text of a recipe's file. */
export function readRecipeText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`Cannot read ${path}: ${(cause as Error).message}`, null, { cause });
  }
}
