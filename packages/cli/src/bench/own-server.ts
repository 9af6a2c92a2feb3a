import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ModelValues } from "../model/open-model.ts";

/** A server in a process of its own, so that the load does not share its event loop. */
export interface OwnServer extends AsyncDisposable {
  /** Up to and including `/v1`. */
  url: string;
}

const command = fileURLToPath(new URL("../../bin/llamero.mjs", import.meta.url));

/** Starts `llamero serve` on a free port of this machine and waits until it listens. */
export async function startOwnServer(
  model: string,
  values: ModelValues & { batch: number },
  signal: AbortSignal,
): Promise<OwnServer> {
  const flags = ["--port", "0", "--mode", values.mode, "--kv", values.kv, "--batch", String(values.batch)];
  if (values.threads !== null) flags.push("--threads", String(values.threads));
  if (values.backend !== null) flags.push("--backend", values.backend);
  if (values.context !== null) flags.push("--ctx-size", String(values.context));
  const child = spawn(process.execPath, [command, "serve", model, ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  let said = "";
  const listening = new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const url = /Serving .* at (http:\S+?)\/? /.exec(said)?.[1];
      if (url !== undefined) resolve(`${url}/v1`);
    });
    child.on("error", reject);
    child.on("exit", () => reject(new Error(`llamero serve ended before it listened: ${said.trim()}`)));
    signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
  });
  return {
    url: await listening,
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
