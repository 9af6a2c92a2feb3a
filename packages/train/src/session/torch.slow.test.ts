import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { createReferenceTraining } from "@llamero/kernels";
import { chooseTrainBackend } from "./choose-backend.ts";
import { type RunFigures, type RunOptions, runSession, runTorch, smallConfig } from "./fake-run.ts";

const python = process.env["LLAMERO_PYTHON"] ?? "";
const skip = python === "" ? "needs LLAMERO_PYTHON: a Python with PyTorch" : false;

/** Losses and norms of ten steps; written anew with LLAMERO_WRITE_GOLDENS=1. */
const golden = new URL("./torch-golden.json", import.meta.url);

const untied = { ...smallConfig, tieWordEmbeddings: false };
const lora = { rank: 3, alpha: 6, targets: ["q_proj", "v_proj", "o_proj", "gate_proj", "down_proj"] };

const runs: Readonly<Record<string, RunOptions>> = {
  "tied weights": { config: smallConfig, steps: 200 },
  "untied weights": { config: untied, steps: 50 },
  "an adapter": { config: smallConfig, steps: 50, lora },
};

/** Largest relative difference of the first `steps` values. */
function difference(ours: readonly number[], theirs: readonly number[], steps: number): number {
  return Math.max(...ours.slice(0, steps).map((value, i) => Math.abs(value - theirs[i]!) / theirs[i]!));
}

function check(t: { diagnostic(text: string): void }, ours: RunFigures, theirs: RunFigures): void {
  const { length } = theirs.losses;
  assert.equal(ours.losses.length, length);
  const at50 = difference(ours.losses, theirs.losses, 50);
  const all = difference(ours.losses, theirs.losses, length);
  const last = theirs.losses.at(-1)!;
  t.diagnostic(`loss ${theirs.losses[0]!.toFixed(4)} to ${last.toFixed(4)}`);
  t.diagnostic(
    `largest difference: ${at50.toExponential(1)} in 50 steps, ${all.toExponential(1)} in ${length}`,
  );
  assert.ok(at50 < 0.001, `losses of 50 steps differ by ${at50}`);
  assert.ok(all < 0.005, `losses of ${length} steps differ by ${all}`);
  assert.ok(difference(ours.norms, theirs.norms, 10) < 0.001);
  assert.ok(last < theirs.losses[0]! - 0.1, "The run learned nothing, so that it compares nothing");
}

for (const [name, options] of Object.entries(runs)) {
  test(`Losses with ${name} are those of PyTorch`, { skip }, async (t) => {
    const theirs = runTorch(options, python);
    await t.test("on the reference", async (t) => {
      await using backend = createReferenceTraining();
      check(t, await runSession(options, backend), theirs);
    });
    await t.test("on the backend of this machine", async (t) => {
      const { backend, degradations } = chooseTrainBackend();
      await using _ = backend;
      for (const { why } of degradations) t.skip(why);
      if (degradations.length === 0) check(t, await runSession(options, backend), theirs);
    });
  });
}

test("The committed losses of ten steps are those of PyTorch", { skip }, () => {
  const figures = runTorch({ config: smallConfig, steps: 10 }, python);
  if (process.env["LLAMERO_WRITE_GOLDENS"] === "1") {
    writeFileSync(golden, `${JSON.stringify(figures, null, 2)}\n`);
  }
  const committed = JSON.parse(readFileSync(golden, "utf8")) as RunFigures;
  assert.ok(difference(committed.losses, figures.losses, 10) < 1e-4);
  assert.ok(difference(committed.norms, figures.norms, 10) < 1e-4);
});
