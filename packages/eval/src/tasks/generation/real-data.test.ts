import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedPath } from "../../../../core/src/testdata.ts";
import { readTaskData } from "../../data/task-data.ts";
import { generationTasks } from "./generation-tasks.ts";

/** Records that the given slices of real sets have. */
const numRecords: Readonly<Record<string, number>> = {
  humaneval: 164,
  humaneval_instruct: 164,
  mgsm_native_cot_en: 250,
  mgsm_native_cot_es: 250,
  xquad_en: 1190,
  xquad_es: 1190,
  xquad_hi: 1190,
};

for (const [name, count] of Object.entries(numRecords)) {
  test(`${name} reads and renders all its real records`, async (t) => {
    const folder = sharedPath("data/eval");
    if (folder === null) return t.skip("needs ../shared: data/eval");
    const task = generationTasks.find((each) => each.name === name)!;
    const { test: rows } = await readTaskData(task, folder, { needsShots: false });
    assert.equal(rows.length, count);
    const items = rows.map((row) => task.parse(row));
    for (const [index, item] of items.entries()) {
      const prompt = task.prompt(item, items.slice(index + 1, index + 2));
      const text = prompt.kind === "text" ? prompt.text : prompt.messages.at(-1)!.content;
      assert.doesNotMatch(text, /\{(?:question|context|prompt|options)\}/);
      const reference = task.reference(item);
      assert.ok(reference !== null && reference !== "", `item ${index} has a reference`);
    }
  });
}

test("mgsm and xquad score their own references 1 on real records", async (t) => {
  const folder = sharedPath("data/eval");
  if (folder === null) return t.skip("needs ../shared: data/eval");
  for (const name of ["mgsm_native_cot_en", "mgsm_native_cot_es", "xquad_en", "xquad_es", "xquad_hi"]) {
    const task = generationTasks.find((each) => each.name === name)!;
    const { test: rows } = await readTaskData(task, folder, { needsShots: false });
    for (const row of rows) {
      const item = task.parse(row);
      const answer = { text: task.reference(item)!, toolCalls: [] };
      const outcome = await task.grade!(item, answer, null as never);
      assert.equal(outcome.scores[task.mainMetric], 1, `${name}: ${answer.text}`);
    }
  }
});

test("mmlu_chat draws its five shots from the item's subject in the real development split", async (t) => {
  const folder = sharedPath("data/eval");
  if (folder === null) return t.skip("needs ../shared: data/eval");
  const task = generationTasks.find((each) => each.name === "mmlu_chat")!;
  const source = { ...task.source, test: "dev" };
  const { test: rows } = await readTaskData({ name: task.name, source }, folder);
  assert.equal(rows.length, 285);
  const items = rows.map((row) => task.parse(row));
  for (const item of items) assert.equal(task.shotPool!(item, items).length, 5);
});
