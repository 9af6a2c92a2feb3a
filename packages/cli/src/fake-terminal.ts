import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

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
