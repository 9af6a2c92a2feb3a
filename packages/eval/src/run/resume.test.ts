import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { taskData } from "../data/task-data.ts";
import { FakeGenerator } from "../generators/fake-generator.ts";
import { fakeRows, fakeTask } from "./fake-task.ts";
import { runTask } from "./run-task.ts";

const entry = fileURLToPath(new URL("./fake-killed.ts", import.meta.url));
const flags = ["--conditions=@llamero/source", "--import", import.meta.resolve("tsx")];

/** Starts a run. Resolves to what it printed. */
function run(words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, entry, ...words], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
    child.on("error", reject);
    child.on("close", () => resolve(printed));
  });
}

test("runTask loses no item and scores none twice when its process is killed", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-kill-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const asked = join(folder, "asked.txt");
  const words = [join(folder, "work"), asked, "300"];
  for (const killAt of ["90", "200"]) assert.equal(await run([...words, killAt]), "");
  const printed = await run(words);
  const { result, samples } = JSON.parse(printed.slice(printed.indexOf("result ") + 7));
  assert.deepEqual(
    samples.map(({ index }: { index: number }) => index),
    [...Array(300).keys()],
  );
  assert.ok(result.numResumed > 100 && result.numResumed < 300, String(result.numResumed));
  const whole = await runTask(fakeTask, taskData(fakeRows(300, 10)), new FakeGenerator());
  assert.deepEqual(result.scores, JSON.parse(JSON.stringify(whole.result.scores)));
  const questions = readFileSync(asked, "utf8").trim().split("\n");
  assert.equal(new Set(questions).size, 300);
  // What was answered but not yet on the disk at a kill is asked again: a batch of the log at most.
  assert.ok(questions.length <= 300 + 2 * 70, String(questions.length));
});
