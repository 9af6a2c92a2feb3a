#!/usr/bin/env node
// Runs the built command, or the sources of a checkout that has not been built.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const built = new URL("../dist/run.js", import.meta.url);

if (existsSync(built)) await import(built.href);
else {
  // The source condition is a flag of the node executable, so it takes a second process.
  const flags = ["--conditions=@llamero/source", "--import", import.meta.resolve("tsx")];
  const entry = fileURLToPath(new URL("../src/run.ts", import.meta.url));
  const child = spawn(process.execPath, [...flags, entry, ...process.argv.slice(2)], { stdio: "inherit" });
  // The terminal sends Ctrl-C to both; the child decides what it means.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code) => process.exit(code ?? 1));
}
