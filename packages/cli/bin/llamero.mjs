#!/usr/bin/env node
// Runs the built command, or the sources of a checkout that has not been built.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const built = new URL("../dist/main.js", import.meta.url);
const source = new URL("../src/main.ts", import.meta.url);

if (existsSync(built)) {
  const { runAndExit } = await import(built.href);
  await runAndExit(process.argv.slice(2));
} else {
  // The source condition is a flag of the node executable, so it takes a second process.
  const flags = ["--conditions=@llamero/source", "--import", import.meta.resolve("tsx")];
  const entry = ["--input-type=module", "--eval"];
  const code = `const { runAndExit } = await import(${JSON.stringify(source.href)}); await runAndExit(process.argv.slice(1));`;
  const child = spawn(process.execPath, [...flags, ...entry, code, "--", ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) {
    // The terminal signals the whole group; a signal sent to this process alone is passed on.
    process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
  }
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 1));
}
void fileURLToPath;
