import assert from "node:assert/strict";
import test from "node:test";
import { sharedPath } from "../../../../core/src/testdata.ts";
import { readTaskData } from "../../data/task-data.ts";
import { specialTasks } from "./special-tasks.ts";

const real = [
  { name: "mt_bench", folder: "data/eval", count: 80 },
  { name: "injection_slabs", folder: "data", count: 2101 },
  { name: "injection_neuralchemy", folder: "data", count: 941 },
  { name: "injection_multilingual", folder: "data", count: 1034 },
];

for (const { name, folder, count } of real) {
  test(`${name} parses and renders every real record`, async (t) => {
    const path = sharedPath(folder);
    if (path === null) return t.skip(`needs ../shared: ${folder}`);
    const task = specialTasks.find((one) => one.name === name)!;
    const { test: rows } = await readTaskData(task, path, { needsShots: false });
    assert.equal(rows.length, count);
    for (const row of rows) assert.equal(task.prompt(task.parse(row), []).kind, "chat");
  });
}
