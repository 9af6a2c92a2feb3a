import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { sharedPath } from "../../core/src/testdata.ts";
import { startOwnServer } from "./bench/own-server.ts";
import { createFakeHome } from "./fake-home.ts";

const home = createFakeHome();
const given = [
  "mmlu_dev",
  "humaneval",
  "bfcl_simple",
  "bfcl_multiple",
  "bfcl_parallel",
  "bfcl_irrelevance",
  "mgsm_native_cot_en",
  "mgsm_native_cot_es",
  "xquad_en",
  "xquad_es",
  "xquad_hi",
  "xcopa_val_it",
  "xcopa_val_th",
] as const;
const serving = { mode: "fast", kv: "f16", threads: null, backend: null, context: 4096, batch: 2 } as const;

interface Line {
  task: string;
  numItems: number;
  numErrors: number;
  numResumed: number;
  mainMetric: string;
  scores: Record<string, { value: number }>;
}

test("eval run scores the given sets, a judged one and a generated one", async (t) => {
  const data = sharedPath("data/eval");
  if (data === null) return t.skip("needs ../shared: data/eval");
  if (!home.needsModel(t)) return;
  await using judge = await startOwnServer(
    join(home.path, "models", "smol.gguf"),
    serving,
    new AbortController().signal,
  );
  const names = [...given, "mt_bench", "needle_single"];
  const words = ["eval", "run", "smol", names.join(","), "--limit", "2", "-b", "4", "--data", data];
  const more = ["--mode", "fast", "--judge", judge.url, "--lengths", "600", "--json"];
  const { code, stdout, stderr } = await home.llamero([...words, ...more]);
  assert.equal(code, 0, stderr);
  const results: Line[] = JSON.parse(stdout).results;
  assert.deepEqual(results.map(({ task }) => task).sort(), [...names].sort());
  for (const { task, numItems, numErrors, scores, mainMetric } of results) {
    assert.equal(numItems, 2, task);
    assert.equal(numErrors, 0, task);
    assert.ok(Number.isFinite(scores[mainMetric]!.value), task);
  }
});

/** Outcomes in the journals below a folder. */
function numOutcomes(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const journals = names.filter((name) => /outcomes.[^/]+\.jsonl$/.test(name));
  return journals
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
    .filter((line) => line !== "").length;
}

/** Runs the real command until it ends, or sends it Ctrl-C when its journal has so many new outcomes. */
async function runProcess(
  words: readonly string[],
  options: { folder: string; interruptAfter: number | null },
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const main = fileURLToPath(new URL("./run.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@llamero/source", "--import", "tsx", main, ...words], {
    env: { ...process.env, LLAMERO_HOME: options.folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (bytes: Buffer) => (stdout += bytes));
  child.stderr.on("data", (bytes: Buffer) => (stderr += bytes));
  const before = numOutcomes(options.folder);
  const timer = setInterval(() => {
    if (options.interruptAfter === null || numOutcomes(options.folder) < before + options.interruptAfter)
      return;
    clearInterval(timer);
    child.kill("SIGINT");
  }, 20);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearInterval(timer);
  return { code, stdout, stderr };
}

test("eval run that is interrupted goes on and ends with the scores of an unbroken run", async (t) => {
  const data = sharedPath("data/eval");
  if (data === null) return t.skip("needs ../shared: data/eval");
  if (!home.needsModel(t)) return;
  const words = ["eval", "run", "smol", "xcopa_val_it", "--limit", "60", "-b", "2", "--data", data, "--json"];
  const unbroken = await runProcess([...words, "--fresh"], { folder: home.path, interruptAfter: null });
  assert.equal(unbroken.code, 0, unbroken.stderr);
  const { scores } = JSON.parse(unbroken.stdout).results[0];
  const broken = await runProcess(words, { folder: home.path, interruptAfter: 8 });
  assert.equal(broken.code, 130, broken.stderr);
  const resumed = Number(/Interrupted: (\d+) of 60 items/.exec(broken.stderr)?.[1] ?? 0);
  assert.ok(resumed > 0, "no interruption landed while items were asked");
  const last = await runProcess(words, { folder: home.path, interruptAfter: null });
  assert.equal(last.code, 0, last.stderr);
  const [result] = JSON.parse(last.stdout).results;
  assert.ok(result.numResumed >= resumed, `${result.numResumed} of ${resumed}`);
  assert.deepEqual(result.scores, scores);
});
