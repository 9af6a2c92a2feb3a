import { UsageError } from "../errors.ts";

/** Runs a training; what a recipe, data or a run's folder got wrong is the user's to put right. */
export async function runOrExplain<T>(run: () => Promise<T> | T, hint: string | null = null): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const isTheirs = cause instanceof SyntaxError || cause instanceof RangeError || isFormatError(cause);
    if (!isTheirs) throw cause;
    throw new UsageError((cause as Error).message, hint, { cause });
  }
}

/** A model or tokenizer file that cannot be read; by name, since the class would load its package. */
function isFormatError(error: unknown): boolean {
  return error instanceof Error && error.name === "FormatError";
}
