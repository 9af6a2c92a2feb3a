import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { sharedPath } from "../../../core/src/testdata.ts";
import { problems } from "./fake-problems.ts";
import { createSandbox } from "./sandbox.ts";

const sandbox = await createSandbox({ seconds: 20 });
after(() => sandbox[Symbol.asyncDispose]());

for (const language of ["python", "javascript"] as const) {
  test(`Sandbox tells right from wrong solutions in ${language}`, async () => {
    for (const each of problems) {
      const { right, wrong, test: check } = each[language];
      const good = await sandbox.run({ language, code: right + check });
      assert.equal(good.ok, true, `${each.name}: ${good.stderr}`);
      const bad = await sandbox.run({ language, code: wrong + check });
      assert.deepEqual([bad.ok, bad.reason], [false, "error"], each.name);
      assert.match(bad.stderr, /AssertionError/);
    }
  });
}

test("Sandbox runs the solutions of HumanEval", async (t) => {
  const path = sharedPath("data/eval/humaneval/HumanEval.jsonl.gz");
  if (path === null) return t.skip("needs ../shared: data/eval/humaneval/HumanEval.jsonl.gz");
  const lines = gunzipSync(readFileSync(path)).toString().trim().split("\n");
  const items = lines.map((line): Record<string, string> => JSON.parse(line));
  const startedAt = performance.now();
  const failed: string[] = [];
  await Promise.all(
    items.map(async (item) => {
      const code = `${item["prompt"]}${item["canonical_solution"]}\n${item["test"]}\ncheck(${item["entry_point"]})\n`;
      const result = await sandbox.run({ language: "python", code });
      if (!result.ok) failed.push(`${item["task_id"]}: ${result.reason} ${result.stderr.slice(-300)}`);
    }),
  );
  t.diagnostic(`${items.length} solutions in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  assert.deepEqual(failed, []);
});
