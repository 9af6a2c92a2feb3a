import assert from "node:assert/strict";
import { test } from "node:test";
import { scanHarness } from "./scan-harness.ts";

test("scanHarness loads the harness's own tasks that need no Python code", (t) => {
  const folder = process.env["LLAMERO_LM_EVAL_TASKS"];
  if (folder === undefined)
    return t.skip("needs LLAMERO_LM_EVAL_TASKS: lm_eval/tasks of lm-evaluation-harness 0.4.13");
  const { numFiles, numLoaded, numNoTasks, refusals, errors } = scanHarness(folder);
  const table = Object.entries(refusals).sort((a, b) => b[1] - a[1]);
  t.diagnostic(`${numLoaded} of ${numFiles - numNoTasks} tasks load`);
  for (const [reason, count] of table) t.diagnostic(`${count} ${reason}`);
  for (const error of errors) t.diagnostic(error);
  assert.ok(numLoaded >= 3661, String(numLoaded));
  assert.ok(errors.every((error) => error.startsWith(folder) && / line \d+: /.test(error)));
  return undefined;
});
