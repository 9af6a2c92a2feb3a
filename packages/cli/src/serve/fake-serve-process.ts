import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const loader = new URL("../../../../tools/typescript/register.mjs", import.meta.url).href;
const entry = fileURLToPath(new URL("../run.ts", import.meta.url));

/** `llamero serve` from the sources on a free port, once it listens. */
export async function spawnServer(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ child: ChildProcess; url: string }> {
  const flags = ["--conditions=@llamero/source", "--import", loader];
  const child = spawn(process.execPath, [...flags, entry, "serve", ...words, "--port", "0"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on("data", (bytes) => {
      stderr += String(bytes);
      const found = / at (http:\S+)/.exec(stderr);
      if (found !== null) resolve(found[1]!);
    });
    child.once("exit", () => reject(new Error(stderr)));
  });
  return { child, url };
}
