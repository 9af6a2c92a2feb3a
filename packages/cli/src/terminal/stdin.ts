import { fstatSync } from "node:fs";
import { decodeText } from "./decode-text.ts";

/** Everything on standard input, as text; throws UsageError when it is none. */
export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return decodeText(Buffer.concat(chunks), "Standard input");
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
