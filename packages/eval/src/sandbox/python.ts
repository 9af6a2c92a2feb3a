import { createHash, randomUUID } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, readFile, realpath, rename, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { homeFolder } from "@llamero/core/hub/store";
import { programOf, spawnBehindWalls } from "./child.ts";
import { type PythonChildConfig, pythonChild } from "./python-child.ts";
import { pythonRunner, pythonWarmUp } from "./python-runner.ts";
import type { Interpreter, InterpreterPlace } from "./sandbox.ts";

/** The folder of the `pyodide` package: beside this package or beside the program that uses it. */
async function pyodideFolder(places: readonly string[]): Promise<string> {
  for (const place of places) {
    try {
      return await realpath(dirname(createRequire(join(place, "x.js")).resolve("pyodide/package.json")));
    } catch {
      // The next place may have it.
    }
  }
  throw new Error("Python code runs in Pyodide, which is not installed: npm install pyodide");
}

/** Keeps the memory of an interpreter that has just started: others start from it in a tenth of the time. */
async function makeSnapshot(
  config: PythonChildConfig,
  readable: readonly string[],
  place: InterpreterPlace,
): Promise<string> {
  const wasm = await stat(join(config.folder, "pyodide.asm.wasm"));
  const { version } = JSON.parse(await readFile(join(config.folder, "package.json"), "utf8"));
  const facts = [version, wasm.size, wasm.mtimeMs, process.version, config.warmUp, pythonChild.toString()];
  const hash = createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 16);
  const cache = join(homeFolder(), "sandbox");
  const kept = join(cache, `python-${version}-${hash}.snapshot`);
  if (existsSync(kept)) return await realpath(kept);
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const path = `${kept}.${randomUUID()}`;
  const program = programOf(pythonChild, config);
  const child = spawnBehindWalls({
    walls: place.walls,
    cwd: place.cwd,
    program,
    readable,
    heapMegabytes: 512,
  });
  let diagnostics = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    diagnostics = (diagnostics + text).slice(-16384);
  });
  const ended = new Promise<number | null>((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  });
  child.stdin?.end();
  await pipeline(child.stdout!, createWriteStream(path, { mode: 0o400 }));
  const code = await ended;
  if (code !== 0)
    throw new Error(`Pyodide did not start (exit code ${code}): ${diagnostics.trim().slice(-2000)}`);
  await rename(path, kept);
  return await realpath(kept);
}

/** CPython, compiled to WebAssembly by Pyodide; an optional package. */
export async function findPyodide(place: InterpreterPlace): Promise<Interpreter> {
  const folder = (await pyodideFolder(place.pyodidePlaces)) + sep;
  const config: PythonChildConfig = {
    pyodide: pathToFileURL(join(folder, "pyodide.mjs")).href,
    folder,
    snapshot: null,
    warmUp: pythonWarmUp,
    runner: pythonRunner,
  };
  const readable = [`${folder}*`];
  const snapshot = await makeSnapshot(config, readable, place);
  return {
    name: "Python",
    program: programOf(pythonChild, { ...config, snapshot }),
    readable: [...readable, snapshot],
    heapMegabytes: 256,
    graceSeconds: 0,
    maxRuns: 1,
  };
}
