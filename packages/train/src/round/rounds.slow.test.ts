import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { chooseTrainBackend } from "../session/choose-backend.ts";
import { fakeRounds, fakeRoundsFolder } from "./fake-rounds.ts";
import { readLineage } from "./lineage.ts";
import { runRounds } from "./run-rounds.ts";
import type { RoundEvent } from "./stages.ts";

const program = fileURLToPath(new URL("./fake-killed.ts", import.meta.url));

/** Runs rounds on the engine; kills the process when it has said so many lines. */
async function run(folder: string, out: string, lines: number): Promise<string> {
  const child = spawn(process.execPath, [...process.execArgv, program, folder, out], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout!.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text.split("\n").length > lines) child.kill("SIGKILL");
  });
  await once(child, "close");
  return text;
}

test("runRounds on the engine, killed again and again, ends with the model of a run that was not", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-rounds-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await fakeRoundsFolder(folder);
  const whole = await run(folder, "whole", Number.POSITIVE_INFINITY);
  assert.match(whole, /finished (accepted|rolled back),(accepted|rolled back)\n/);
  const total = whole.split("\n").length;
  let kills = 0;
  for (let text = ""; !text.includes("finished"); ) {
    // Kills after one line, then later and later, so that every stage is hit and the run moves on.
    text = await run(
      folder,
      "parts",
      kills < 12 ? 1 + kills * Math.ceil(total / 40) : Number.POSITIVE_INFINITY,
    );
    if (!text.includes("finished")) kills++;
    assert.ok(kills < 40);
  }
  assert.ok(kills >= 5, `killed ${kills} times only`);
  const [a, b] = ["whole", "parts"].map((out) => readLineage(join(folder, out))!);
  assert.deepEqual(
    b!.rounds.map(({ verdict, reason, stages }) => [verdict, reason, stages.sample!.report]),
    a!.rounds.map(({ verdict, reason, stages }) => [verdict, reason, stages.sample!.report]),
  );
  for (const [index, { candidate }] of a!.rounds.entries()) {
    const weights = [candidate!, b!.rounds[index]!.candidate!].map(({ path }) =>
      readFileSync(join(path, "model.safetensors")),
    );
    assert.deepEqual(weights[0], weights[1], `model of round ${index + 1}`);
  }
  process.stdout.write(`# killed ${kills} times, ${a!.rounds.map(({ verdict }) => verdict).join(", ")}\n`);
});

test("runRounds interrupted anywhere and resumed ends as one that was not", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-rounds-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await fakeRoundsFolder(folder);
  const { backend } = chooseTrainBackend({ threads: 1 });
  await using _ = backend;
  const whole = await runRounds(fakeRounds(folder, { out: "whole", name: "x" }), { backend });
  const recipe = fakeRounds(folder, { out: "parts", name: "x" });
  let turns = 0;
  for (let stopped = "interrupted"; stopped === "interrupted"; turns++) {
    const controller = new AbortController();
    let count = 0;
    const listener = (event: RoundEvent): void => {
      const counts = event.event === "train" ? event.run.event === "step" : event.event !== "progress";
      if (counts && ++count === 7) controller.abort();
    };
    const options = { backend, resume: true, listener, signal: controller.signal };
    stopped = (await runRounds(recipe, options)).stopped;
  }
  assert.ok(turns >= 4, `${turns} turns`);
  assert.equal(readLineage(recipe.out)!.model.digest, whole.lineage.model.digest);
});
