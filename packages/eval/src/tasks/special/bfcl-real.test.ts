import assert from "node:assert/strict";
import test from "node:test";
import type { JsonValue } from "@llamero/core";
import { sharedPath } from "../../../../core/src/testdata.ts";
import { readTaskData } from "../../data/task-data.ts";
import type { GradedAnswer, Session, Task } from "../../task.ts";
import { bfclSets } from "./bfcl-sets.ts";
import type { NamedCall } from "./call-matching.ts";

const real = ["bfcl_simple", "bfcl_simple_javascript", "bfcl_multiple", "bfcl_parallel", "bfcl_irrelevance"];

function asAnswer(calls: readonly NamedCall[]): GradedAnswer {
  return { text: "", toolCalls: calls.map((call, at) => ({ id: String(at), ...call })) };
}

function referenceCalls(task: Task, item: unknown): NamedCall[] {
  const calls = JSON.parse(task.reference(item) ?? "[]") as {
    name: string;
    parameters: NamedCall["arguments"];
  }[];
  return calls.map(({ name, parameters }) => ({ name, arguments: parameters }));
}

/** Another value for the first argument, or an argument that nobody expects. */
function mutate([first, ...rest]: readonly NamedCall[]): NamedCall[] {
  if (first === undefined) return [{ name: "anything", arguments: {} }];
  const [key = "surprise"] = Object.keys(first.arguments);
  const value = first.arguments[key];
  const changed: JsonValue =
    typeof value === "number" ? value + 977 : typeof value === "string" ? `${value}q7` : "q7";
  return [{ ...first, arguments: { ...first.arguments, [key]: changed } }, ...rest];
}

for (const name of real) {
  test(`${name} takes the reference answers of every real record and refuses mutated ones`, async (t) => {
    const task = bfclSets.find((one) => one.name === name)!;
    const folder = sharedPath("data/eval");
    if (folder === null) return t.skip("needs ../shared: data/eval/bfcl");
    const { test: rows } = await readTaskData(task, folder, { needsShots: false });
    const session = {} as Session;
    const wrong: string[] = [];
    for (const row of rows) {
      const item = task.parse(row);
      assert.equal(task.prompt(item, []).kind, "chat");
      const calls = referenceCalls(task, item);
      const right = await task.grade!(item, asAnswer(calls), session);
      if (right.scores["accuracy"] !== 1) wrong.push(`${row["id"]} ${right.answer} ${right.note}`);
      const backwards = await task.grade!(item, asAnswer([...calls].reverse()), session);
      if (backwards.scores["accuracy"] !== 1) wrong.push(`${row["id"]} in another order`);
      const mutated = await task.grade!(item, asAnswer(mutate(calls)), session);
      if (mutated.scores["accuracy"] !== 0) wrong.push(`${row["id"]} takes ${mutated.answer}`);
    }
    assert.deepEqual(wrong, []);
    t.diagnostic(`${rows.length} records`);
  });
}
