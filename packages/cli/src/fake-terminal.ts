import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { main } from "./main.ts";

/** What one run of the command printed. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

const flags = ["--conditions=@llamero/source", "--import", import.meta.resolve("tsx")];
const entry = fileURLToPath(new URL("./run.ts", import.meta.url));

/** Runs the command in its own process, as a user does. Tests only. */
export function runCommand(
  words: readonly string[],
  options: {
    input?: string;
    env?: Record<string, string>;
    /** Asked until it says yes; then the command gets Ctrl-C, once. */
    interruptWhen?: (stdout: string) => boolean;
  } = {},
): Promise<Outcome> {
  const env = { ...process.env, NO_COLOR: "1", ...options.env };
  const child = spawn(process.execPath, [...flags, entry, ...words], {
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const watch = setInterval(() => {
    if (options.interruptWhen?.(stdout) !== true) return;
    clearInterval(watch);
    child.kill("SIGINT");
  }, 20);
  // The command may end without reading what we send.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(watch);
      resolve({ code, stdout, stderr });
    });
  });
}

/** Runs the command in this process, which is much faster; one at a time, and never what gets a Ctrl-C. Tests only. */
export async function callCommand(
  words: readonly string[],
  options: { input?: string | Uint8Array; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const { env, stdin } = process;
  const outcome: Outcome = { code: null, stdout: "", stderr: "" };
  const { stdout, stderr } = process;
  const restore = [
    capture(stdout, (text) => {
      outcome.stdout += text;
    }),
    capture(stderr, (text) => {
      outcome.stderr += text;
    }),
  ];
  const input = Readable.from([Buffer.from(options.input ?? "")]);
  Object.defineProperty(process, "stdin", { value: input, configurable: true });
  process.env = { ...env, NO_COLOR: "1", LLAMERO_DEBUG: "", ...options.env };
  try {
    outcome.code = await main(words);
  } finally {
    for (const undo of restore) undo();
    process.env = env;
    Object.defineProperty(process, "stdin", { value: stdin, configurable: true });
  }
  return outcome;
}

/** Takes what is written as text; node:test reports as bytes on the same stream. Returns what undoes it. */
function capture(stream: NodeJS.WriteStream, take: (text: string) => void): () => void {
  const { write } = stream;
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    if (typeof chunk !== "string") return Reflect.apply(write, stream, [chunk, ...rest]) as boolean;
    take(chunk);
    for (const done of rest) if (typeof done === "function") done();
    return true;
  }) as typeof write;
  return () => {
    stream.write = write;
  };
}
