import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadModel } from "@llamero/core";
import { LocalGenerator } from "@llamero/eval";
import { createSandbox, sandboxRunCode } from "@llamero/eval/sandbox";
import { modelPath } from "../../../core/src/testdata.ts";
import { recipeOf } from "./fake-teacher.ts";
import type { SynthRecord } from "./records.ts";
import { synthesize } from "./synthesize.ts";

const path = modelPath("SmolLM2-135M-Instruct.Q4_1.gguf");
const skip = path === null ? "needs LLAMERO_MODELS: SmolLM2-135M-Instruct.Q4_1.gguf" : false;

// A weak teacher: the form of what comes out is checked, not its quality.
test("synthesize with SmolLM2 as the teacher, held to schemas by the grammar", { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-synth-smol-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const text =
    "The heron stands still in shallow water for hours. In spring it lays four eggs, and both parents keep them warm for nearly a month. Young herons leave the nest after seven weeks.";
  writeFileSync(join(folder, "birds.jsonl"), `${JSON.stringify({ text })}\n`);
  const recipe = recipeOf(
    folder,
    `  - {kind: instructions, count: 3}
  - {kind: question-answer, documents: birds.jsonl, license: CC0-1.0, count: 3}
  - {kind: tools, count: 2, steps: [1, 1]}
  - {kind: code, count: 1, rounds: 1, programming: [javascript]}
  - {kind: preference, count: 1, rules: [length]}`,
    "out: made\nsampling: {max_tokens: 160}\nfilters: {minPoints: 1}",
  );
  await using model = await loadModel(path!, { mode: "fast", context: 2048, maxBatch: 8 });
  await using sandbox = await createSandbox();
  const teacher = await LocalGenerator.create(model);
  const result = await synthesize(recipe, { teacher, runCode: sandboxRunCode(sandbox) });
  assert.equal(result.numItems, 10);
  assert.equal(result.numFailed, 0, String(result.firstFailure));
  t.diagnostic(JSON.stringify({ kept: result.numKept, drops: result.drops }));
  for (const { file } of result.files) {
    for (const line of readFileSync(join(folder, "made", file), "utf8").split("\n")) {
      if (line === "") continue;
      const record = JSON.parse(line) as SynthRecord;
      assert.equal(record.meta["license"], "Apache-2.0");
      assert.equal((record.messages ?? record.chosen)!.at(-1)!.role, "assistant");
    }
  }
  assert.match(readFileSync(join(folder, "made", "card.md"), "utf8"), /SmolLM/);
});
