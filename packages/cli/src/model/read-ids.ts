import { UsageError } from "../errors.ts";
import { readStdin } from "../terminal/stdin.ts";
import { readTextFile } from "./read-text-file.ts";

/** Token ids from a file, or from standard input for `-`: a JSON array, {"ids": [...]}, or numbers between spaces or commas. */
export async function readIdsFile(path: string): Promise<number[]> {
  if (path === "-") return parseIds(await readStdin(), "Standard input");
  return parseIds(readTextFile(path), path);
}

/** Reads token ids in any of the forms above. */
export function parseIds(text: string, source: string): number[] {
  const trimmed = text.trim();
  let values: unknown;
  if (/^[[{]/.test(trimmed)) {
    try {
      values = JSON.parse(trimmed);
    } catch (cause) {
      throw new UsageError(`${source} holds no valid JSON: ${(cause as Error).message}`, null, { cause });
    }
    if (typeof values === "object" && values !== null && "ids" in values) values = values.ids;
  } else values = trimmed === "" ? [] : trimmed.split(/[\s,]+/).map(Number);
  const isId = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
  if (!Array.isArray(values) || !values.every(isId)) {
    throw new UsageError(
      `${source} must hold token ids: a JSON array, {"ids": [...]}, or numbers between spaces`,
    );
  }
  return values;
}

/** Refuses ids that a model does not know. */
export function checkIds(ids: readonly number[], vocabSize: number): void {
  const index = ids.findIndex((id) => id >= vocabSize);
  if (index === -1) return;
  throw new UsageError(
    `Token ${index} is ${ids[index]}, outside the vocabulary of ${vocabSize} tokens`,
    "Make ids with this model's tokenizer: llamero tokenize --model MODEL",
  );
}
