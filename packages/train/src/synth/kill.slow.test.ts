import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createFakeTeacher, recipeOf } from "./fake-teacher.ts";
import { synthesize } from "./synthesize.ts";

const entry = fileURLToPath(new URL("./fake-killed.ts", import.meta.url));
const flags = ["--conditions=@llamero/source", "--import", import.meta.resolve("tsx")];

/** Starts a run; with `killAfter` it is killed when so many items are done. Resolves to what it printed. */
function run(words: readonly string[], killAfter: number | null): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, entry, ...words], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      if (killAfter !== null && Number(printed.split("\n").at(-2)) >= killAfter) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("close", () => resolve(printed));
  });
}

test("synthesize loses no record and makes none twice when its process is killed", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-synth-kill-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const asked = join(folder, "asked.txt");
  for (const killAfter of [40, 130]) await run([folder, asked], killAfter);
  const printed = await run([folder, asked], null);
  const files = JSON.parse(printed.slice(printed.indexOf("result ") + 7));
  const whole = recipeOf(
    folder,
    "  - {kind: instructions, count: 150}\n  - {kind: tools, count: 20}",
    "out: whole",
  );
  const { files: expected } = await synthesize(whole, { teacher: createFakeTeacher() });
  assert.deepEqual(files, expected);
  const lines = readFileSync(join(folder, "made", "data", "chat.jsonl"), "utf8")
    .trim()
    .split("\n");
  const ids = lines.map((line) => JSON.parse(line).meta.id as string);
  assert.equal(new Set(ids).size, ids.length);
  const questions = readFileSync(asked, "utf8").trim().split("\n");
  // What was answered but not yet on the disk at a kill is asked again: a batch of the log at most.
  assert.ok(questions.length - new Set(questions).size <= 2 * 70, String(questions.length));
});
