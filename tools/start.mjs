// `npm start`: builds what is stale, then hands terminal, standard input and arguments to the llamero command.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";

const main = fileURLToPath(new URL("../packages/cli/dist/main.js", import.meta.url));
const failed = build();
if (failed !== 0) process.exit(failed);
if (!existsSync(main)) {
  console.error("The llamero command is not built: packages/cli/src/main.ts is missing");
  process.exit(1);
}
// The child gets Ctrl-C from the terminal itself and decides what it means.
process.on("SIGINT", () => {});
const { status, signal } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? (signal === "SIGINT" ? 130 : 1);
