// The gate: `npm test`. Every step prints one line; the tests run last, so their totals close the output.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkDocs } from "./check-docs.ts";
import { checkExports } from "./check-exports.ts";
import { checkLayers } from "./check-layers.ts";
import { checkSize } from "./check-size.ts";
import { listFiles, repositoryRoot } from "./source-files.ts";
import { groupTests } from "./test-groups.ts";

interface Outcome {
  problems: readonly string[];
  notes?: readonly string[];
}

interface Step {
  name: string;
  run(): Outcome | Promise<Outcome>;
}

const sourceFlags = ["--conditions=@llamero/source", "--import", "tsx"];
const testFlags = [
  "--conditions=@llamero/source",
  "--import",
  new URL("./typescript/register.mjs", import.meta.url).href,
];
const bin = (path: string): string => join(repositoryRoot, "node_modules", path);

// The native compiler collects garbage four times less often: a fifth of its time for 0.5 GB more memory.
const env = { ...process.env, GOGC: "400" };

/** Runs Node with arguments; its output is the problem when it fails. */
function node(...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, args, {
    cwd: repositoryRoot,
    stdio: ["ignore", "pipe", "pipe"],
    env,
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => {
      const output = Buffer.concat(chunks).toString().trim();
      done({ problems: code === 0 ? [] : [output || `exit ${code}`] });
    });
  });
}

/** Checks the types of every project: all code and tests but the page, and the page, which has a browser's globals. */
async function checkTypes(): Promise<Outcome> {
  const problems: string[] = [];
  for (const project of ["tsconfig.check.json", "packages/web"]) {
    problems.push(...(await node(bin("typescript/bin/tsc"), "-p", project, "--singleThreaded")).problems);
  }
  return { problems };
}

/** What the command starts once it is built; without it the command would run the sources. */
const builtCommand = "packages/cli/dist/main.js";

/** Steps of one group run side by side; a group starts when the one before it has ended. */
const groups: readonly (readonly Step[])[] = [
  [
    { name: "build", run: () => node("tools/build.mjs") },
    { name: "types", run: checkTypes },
    {
      name: "format",
      run: () => node(bin("@biomejs/biome/bin/biome"), "ci", "--colors=off", "--error-on-warnings"),
    },
    { name: "layers", run: () => ({ problems: checkLayers() }) },
  ],
  [
    { name: "size", run: checkSize },
    { name: "exports", run: () => ({ problems: checkExports() }) },
    {
      name: "command",
      run: () =>
        existsSync(join(repositoryRoot, builtCommand))
          ? node("packages/cli/bin/llamero.mjs", "--help")
          : { problems: [`${builtCommand} does not exist`] },
    },
    { name: "docs", run: checkDocs },
  ],
];

const slowGroup: readonly Step[] = [{ name: "pack", run: () => node(...sourceFlags, "tools/pack-smoke.ts") }];

async function runStep({ name, run }: Step): Promise<boolean> {
  const started = performance.now();
  let outcome: Outcome;
  try {
    outcome = await run();
  } catch (error) {
    outcome = { problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
  }
  const passed = outcome.problems.length === 0;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${passed ? "ok    " : "FAILED"} ${name.padEnd(8)} ${seconds.padStart(5)} s  ${outcome.notes?.join("; ") ?? ""}`.trimEnd(),
  );
  for (const problem of outcome.problems) console.log(problem.replace(/^/gm, "       "));
  return passed;
}

/** Runs the test files, two processes at a time, and lets node:test print; true when all pass. */
function runTests(files: readonly string[], timeoutMs: number): Promise<boolean> {
  const child = spawn(
    process.execPath,
    [
      ...testFlags,
      "--test",
      "--test-concurrency=2",
      `--test-timeout=${timeoutMs}`,
      "--test-reporter=./tools/test-reporter.mjs",
      "--test-reporter-destination=stdout",
      ...files,
    ],
    { cwd: repositoryRoot, stdio: ["ignore", "inherit", "inherit"] },
  );
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done(code === 0));
  });
}

const { values } = parseArgs({
  options: {
    slow: { type: "boolean", default: false },
    /** Names of the steps to run, comma-separated; `tests` is one of them. */
    only: { type: "string" },
  },
});
const only = values.only?.split(",");
const isWanted = (name: string): boolean => only === undefined || only.includes(name);

const cachedModels = join(homedir(), ".cache/llamero-ci");
if (process.env["LLAMERO_MODELS"] === undefined && existsSync(cachedModels))
  process.env["LLAMERO_MODELS"] = cachedModels;

const failed: string[] = [];
for (const group of values.slow ? [...groups, slowGroup] : groups) {
  await Promise.all(
    group
      .filter(({ name }) => isWanted(name))
      .map(async (step) => {
        if (!(await runStep(step))) failed.push(step.name);
      }),
  );
}
if (isWanted("tests")) {
  const files = ["packages", "tools", "examples", "recipes"].flatMap((folder) =>
    listFiles(folder, /\.test\.ts$/),
  );
  const chosen = files.filter((path) => /\.slow\.test\.ts$/.test(path) === values.slow);
  if (chosen.length === 0) console.log("ok     tests    there are none of this kind");
  else if (!(await runTests(values.slow ? chosen : groupTests(chosen), values.slow ? 3_600_000 : 1_800_000)))
    failed.push("tests");
}
if (failed.length > 0) {
  console.log(`The gate failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
