import { existsSync } from "node:fs";
import { join } from "node:path";
import { chatPageFolder } from "../chat/page-folder.ts";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { numberFlag } from "../flags.ts";
import { folderFlag, runsFolder } from "../runs/find-run.ts";
import { interruptSignal } from "../terminal/interrupt.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "",
  details:
    "Shows curves, samples and notes of all runs in one page, which follows those that go on. Only this machine can open it. Ctrl-C stops it; the runs are not touched.",
  flags: {
    folder: folderFlag,
    port: numberFlag("--port <n>", "port to listen on; 0 takes a free one", 8322, {
      min: 0,
      max: 65535,
      isInteger: true,
    }),
  },
  examples: ["llamero runs", "llamero runs --folder ./experiments --port 0"],
  async run(_, values) {
    const page = chatPageFolder();
    const webRoot = page === null ? null : join(page, "runs");
    if (webRoot === null || !existsSync(join(webRoot, "index.html")))
      throw new UsageError("The page of runs is not built", "Build it: npm run build");
    const folder = runsFolder(values.folder);
    const { startRunsServer } = await import("@llamero/stack/runs");
    const server = await startRunsServer({ folder, webRoot, port: values.port }).catch(explain(values.port));
    process.stderr.write(`Runs of ${folder} at ${server.url} (Ctrl-C stops)\n`);
    const signal = interruptSignal();
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    await server.close({ graceMs: 0 });
    return 0;
  },
});

const explain =
  (port: number) =>
  (cause: unknown): never => {
    if (!(cause instanceof Error && Reflect.get(cause, "code") === "EADDRINUSE")) throw cause;
    throw new UsageError(`Port ${port} is taken`, "Take another: --port 0", { cause });
  };
