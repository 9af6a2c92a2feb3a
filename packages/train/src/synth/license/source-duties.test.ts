import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseCurateConfig } from "../../data/pipeline/config.ts";
import { curate } from "../../data/pipeline/curate.ts";
import { createFakeTeacher, recipeOf } from "../fake-teacher.ts";
import { synthesize } from "../synthesize.ts";

test("curate refuses texts of a Llama teacher without model_name, and carries the duty into its lineage", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-duty-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const teacher = createFakeTeacher([], { model: "Llama-3.2-1B-Instruct" });
  const task = "  - {kind: instructions, count: 2}";
  await assert.rejects(synthesize(recipeOf(folder, task, "out: refused"), { teacher }), {
    name: "TeacherLicenseError",
  });
  await synthesize(recipeOf(folder, task, "out: made\nmodel_name: Llama-Mine"), { teacher });
  const lineageOf = (name: string) => JSON.parse(readFileSync(join(folder, name, "lineage.json"), "utf8"));
  assert.deepEqual(lineageOf("made").duties, [
    { source: "instructions", namePrefix: "Llama", notice: "Built with Llama" },
  ]);
  assert.match(readFileSync(join(folder, "made", "card.md"), "utf8"), /must show "Built with Llama"/);
  const [line] = readFileSync(join(folder, "made", "data", "chat.jsonl"), "utf8").split("\n");
  assert.equal(JSON.parse(line!).meta.notice, "Built with Llama");

  writeFileSync(join(folder, "made", "data", "texts.jsonl"), `{"text": "Made by a teacher"}\n`);
  const config = (name: string, more: string) =>
    parseCurateConfig(
      `${more}\nsources: [{name: made, files: made/data/texts.jsonl, license: mixed}]\noutput: {folder: ${name}}`,
      join(folder, "run.yaml"),
    );
  await assert.rejects(
    curate(config("mixed", ""), { workers: 0 }),
    /source made are refused.*model_name in the configuration is missing/,
  );
  await curate(config("mixed", "model_name: Llama-Mine"), { workers: 0 });
  assert.deepEqual(lineageOf("mixed").duties, [
    { source: "made", namePrefix: "Llama", notice: "Built with Llama" },
  ]);
  assert.equal(lineageOf("mixed").modelName, "Llama-Mine");
});
