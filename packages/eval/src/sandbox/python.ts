import { createWriteStream } from "node:fs";
import { realpath } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { programOf, spawnBehindWalls } from "./child.ts";
import { type PythonChildConfig, pythonChild } from "./python-child.ts";
import { pythonRunner, pythonWarmUp } from "./python-runner.ts";
import type { Interpreter, InterpreterPlace } from "./sandbox.ts";

/** The folder of the `pyodide` package: beside this package or beside the program that uses it. */
async function pyodideFolder(from: string | undefined): Promise<string> {
  const places = [
    ...(from === undefined ? [] : [join(from, "x.js")]),
    import.meta.url,
    join(process.cwd(), "x.js"),
  ];
  for (const place of places) {
    try {
      return await realpath(dirname(createRequire(place).resolve("pyodide/package.json")));
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
  const path = join(place.folder, "python.snapshot");
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
  return path;
}

/** CPython, compiled to WebAssembly by Pyodide; an optional package. */
export async function findPyodide(place: InterpreterPlace): Promise<Interpreter> {
  const folder = (await pyodideFolder(place.pyodideFrom)) + sep;
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
    maxRuns: 1,
  };
}
