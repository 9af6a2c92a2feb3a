import { colorsFor } from "./terminal/colors.ts";

/** Something the user can put right: a wrong flag, a model that is not there. Exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** Process exit codes. */
export const exitCodes = { ok: 0, fault: 1, usage: 2, interrupted: 130 } as const;

/** The exit code that an error leads to. */
export function exitCodeOf(error: unknown): number {
  if (isAbort(error)) return exitCodes.interrupted;
  return error instanceof UsageError || isOverflow(error) || isGrammarError(error)
    ? exitCodes.usage
    : exitCodes.fault;
}

/** What to print about an error: message, hint, and with LLAMERO_DEBUG the stack and its causes. */
export function describeError(error: unknown, isDebug: boolean): string {
  if (isAbort(error) && !isDebug) return "Interrupted";
  const message = error instanceof Error ? error.message : String(error);
  const lines = [`${colorsFor(process.stderr).red("Error:")} ${message}`];
  if (error instanceof UsageError && error.hint !== null) lines.push(error.hint);
  if (isOverflow(error))
    lines.push("A larger --ctx-size may help: llamero show MODEL says what the model takes");
  if (isDebug && error instanceof Error) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      lines.push(cause.stack ?? "");
  }
  return lines.join("\n");
}

/** The one place that prints errors. Returns the exit code. */
export function reportError(error: unknown): number {
  const debug = process.env["LLAMERO_DEBUG"];
  process.stderr.write(`${describeError(error, debug !== undefined && debug !== "" && debug !== "0")}\n`);
  return exitCodeOf(error);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** A schema or pattern that cannot be enforced. */
function isGrammarError(error: unknown): boolean {
  return error instanceof Error && (error.name === "GrammarError" || error.name === "SchemaError");
}

/** Whether a prompt and its answer did not fit the context: the user can shorten either. */
export function isOverflow(error: unknown): boolean {
  // By name, since the class would load the whole engine.
  return error instanceof Error && error.name === "ContextOverflowError";
}
