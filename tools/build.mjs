// Builds what is missing or stale: native kernels, WebAssembly kernels, the web page, JavaScript from TypeScript.
// Plain JavaScript because it runs as `prepare`. Everything it prints goes to standard error.
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** Folders of the packages that `tsc -b` builds; the gate's step `types` checks them, together with the tests. */
const typed = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")).references.map(
  ({ path }) => path,
);

/** A step is fresh when every output exists and it last succeeded after its inputs changed. */
const steps = [
  {
    name: "native kernels",
    script: "packages/kernels/native/build.mjs",
    inputs: ["packages/kernels/native"],
    outputs: [`packages/kernels/build/${process.platform}-${process.arch}/kernels.node`],
  },
  {
    name: "WebAssembly kernels",
    script: "packages/kernels/wasm/build.mjs",
    inputs: ["packages/kernels/wasm", "packages/kernels/src/wasm"],
    outputs: ["kernels.wasm", "kernels-relaxed.wasm", "kernels-relaxed-dot.wasm", "wasm-worker.js"].map(
      (name) => `packages/kernels/build/${name}`,
    ),
  },
  {
    name: "TypeScript",
    script: "node_modules/typescript/bin/tsc",
    args: ["-b", "--noCheck"],
    inputs: [
      "tsconfig.json",
      "tsconfig.base.json",
      ...typed.flatMap((path) => [`${path}/tsconfig.json`, `${path}/src`]),
    ],
    outputs: typed.map((path) => `${path}/dist/.tsbuildinfo`),
  },
  {
    name: "web page",
    script: "packages/web/build.mjs",
    inputs: ["packages/web"],
    outputs: ["packages/web/dist/index.html"],
  },
];

/** Times of the files under a path, build results left out. */
function* fileTimes(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (stats.isFile()) yield stats.mtimeMs;
  if (!stats.isDirectory()) return;
  for (const name of readdirSync(path)) {
    if (!["dist", "build", "node_modules"].includes(name)) yield* fileTimes(join(path, name));
  }
}

/** Touched when a step succeeds: the compiler writes its outputs even when it finds errors. */
const stampOf = (step) => join(root, "node_modules/.cache/llamero-build", step.name.replaceAll(" ", "-"));

function isFresh(step) {
  const built = statSync(stampOf(step), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const inputs = step.inputs.flatMap((path) => [...fileTimes(join(root, path))]);
  return step.outputs.every((path) => existsSync(join(root, path))) && built >= Math.max(0, ...inputs);
}

/** Runs a step; resolves to its exit code. */
function run(step) {
  const started = performance.now();
  // The stamp carries the time before the step, so that an edit during it counts as newer.
  const startedAt = new Date();
  const child = spawn(process.execPath, [join(root, step.script), ...(step.args ?? [])], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`build: ${step.name} did not start: ${error.message}`);
      resolve(1);
    });
    child.on("close", (status) => {
      if (status !== 0) {
        console.error(`build: ${step.name} failed; see the messages above`);
        return resolve(status ?? 1);
      }
      mkdirSync(dirname(stampOf(step)), { recursive: true });
      writeFileSync(stampOf(step), "");
      utimesSync(stampOf(step), startedAt, startedAt);
      console.error(`build: ${step.name}, ${((performance.now() - started) / 1000).toFixed(1)} s`);
      resolve(0);
    });
  });
}

/** Runs the steps that are not fresh side by side; `force` runs all. Resolves to the exit code of one that fails, else 0. */
export async function build(force = false) {
  const stale = steps.filter((step) => existsSync(join(root, step.script)) && (force || !isFresh(step)));
  const codes = await Promise.all(stale.map(run));
  return codes.find((code) => code !== 0) ?? 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = await build(process.argv.includes("--force"));
}
