import { createInterface } from "node:readline/promises";
import { safeForTerminal } from "../terminal/safe-text.ts";

/** Asks in the terminal whether a call may run; anything but y is no. */
export async function askYesNo(call: {
  server_label: string;
  name: string;
  arguments: string;
}): Promise<boolean> {
  const readline = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const shown = safeForTerminal(`${call.server_label}.${call.name} ${call.arguments.slice(0, 2000)}`);
    return /^\s*y(es)?\s*$/i.test(await readline.question(`Run ${shown}? [y/N] `));
  } finally {
    readline.close();
  }
}
