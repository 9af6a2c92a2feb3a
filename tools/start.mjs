// `npm start`: builds what is stale, then hands terminal, standard input and arguments to the llamero command.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";

const command = fileURLToPath(new URL("../packages/cli/bin/llamero.mjs", import.meta.url));
const failed = await build();
if (failed !== 0) process.exit(failed);
// The child gets Ctrl-C from the terminal itself and decides what it means.
process.on("SIGINT", () => {});
const { status, signal } = spawnSync(process.execPath, [command, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? (signal === "SIGINT" ? 130 : 1);
