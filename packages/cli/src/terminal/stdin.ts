import { fstatSync } from "node:fs";
import { UsageError } from "../errors.ts";

/** Everything on standard input, as text; throws UsageError when it is none. */
export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new UsageError("Standard input holds bytes that are no UTF-8 text", "Convert it, as with iconv", {
      cause,
    });
  }
}

/**
 * Whether somebody pointed standard input at a file or pipe. A socket does not count: programs that start us without
 * saying what to do with our input often leave one open forever.
 */
export function hasPipedInput(): boolean {
  if (process.stdin.isTTY) return false;
  try {
    const stats = fstatSync(0);
    return stats.isFile() || stats.isFIFO();
  } catch {
    // Closed.
    return false;
  }
}
