import assert from "node:assert/strict";
import { test } from "node:test";
import { taskData } from "../data/task-data.ts";
import { FakeGenerator } from "../generators/fake-generator.ts";
import { fakeRows, fakeTask } from "../run/fake-task.ts";
import { runTask } from "../run/run-task.ts";
import { reportPage } from "./report-page.ts";

test("reportPage is one file with escaped texts, a dot a model, and the worst items first", async () => {
  const rows = [...fakeRows(30, 3), { question: "<script>alert(1)</script>", answer: "never" }];
  const measure = async (model: string) =>
    await runTask(fakeTask, taskData(rows), new FakeGenerator({ identity: { model, modelHash: model } }));
  const page = reportPage([await measure("<b>one"), await measure("two")], { numItems: 4 });
  assert.ok(!page.includes("<script") && !page.includes("<b>one"));
  assert.ok(!/(?:src|href)=|@import|url\(/.test(page));
  assert.equal(page.match(/<circle/g)!.length, 2);
  assert.equal(page.match(/<details>/g)!.length, 8);
  assert.match(page, /item 0 <small>accuracy 0\.0000/);
  assert.match(page, /&lt;script&gt;alert\(1\)/);
  assert.match(page, /prefers-color-scheme:dark/);
  assert.match(page, /template<\/th>.*seed 0, first/s);
});
