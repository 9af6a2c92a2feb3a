import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { joinAdapters } from "../lora/join-adapters.ts";
import { lineageFile, writeLineageRecord } from "./record.ts";
import { traceFile } from "./trace-file.ts";

test("traceFile follows an adapter to its model and data, and tells what has changed", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lineage-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [model, data, adapter] = ["model", "data.jsonl", "adapter.gguf"].map((name) => join(folder, name));
  mkdirSync(model!);
  writeFileSync(join(model!, "config.json"), "{}");
  writeFileSync(
    join(model!, "run.json"),
    JSON.stringify({ kind: "pretrain", recipe: { tokenizer: join(folder, "tokenizer.json") }, data: {} }),
  );
  for (const path of [data!, adapter!, join(folder, "tokenizer.json")]) writeFileSync(path, path);
  writeLineageRecord(folder, {
    made: "sft",
    model: { path: model!, digest: "abc" },
    tokenizer: null,
    adapter: null,
    data: [lineageFile(data!)],
    outputs: [adapter!],
  });
  const node = await traceFile(adapter!);
  assert.equal(node.kind, "adapter");
  assert.equal(node.sha256, lineageFile(adapter!).sha256);
  assert.deepEqual(
    node.from.map(({ role, node: { kind, path } }) => [role, kind, path]),
    [
      ["model", "model", model],
      ["data", "data", data],
    ],
  );
  const [{ node: parent }] = node.from as [(typeof node.from)[number]];
  assert.deepEqual(
    parent.from.map(({ role, node: { path } }) => [role, path]),
    [["tokenizer", join(folder, "tokenizer.json")]],
  );
  appendFileSync(data!, "more");
  assert.match((await traceFile(adapter!)).notes.at(-1)!, /data\.jsonl has changed since/);
  rmSync(data!);
  assert.deepEqual((await traceFile(adapter!)).from[1]!.node.notes, ["is not there any more"]);
  await assert.rejects(traceFile(join(folder, "none")), /There is no/);
});

test("joinAdapters adds what adapters of different ranks and targets do", () => {
  const target = (name: string, rank: number, scale: number, a: number[], b: number[]) => ({
    target: name,
    rank,
    rows: 2,
    cols: 1,
    a: Float32Array.from(a),
    b: Float32Array.from(b),
    scale,
  });
  const joined = joinAdapters("both", [
    { name: "one", targets: [target("x", 1, 2, [3], [1, 2]), target("y", 1, 1, [1], [5, 6])] },
    { name: "two", targets: [target("x", 2, 1, [1, 10], [1, 0, 0, 1])] },
  ]);
  const change = (name: string): number[] => {
    const { rank, rows, a, b, scale } = joined.targets.find((each) => each.target === name)!;
    return Array.from({ length: rows }, (_, row) =>
      Array.from({ length: rank }, (_, r) => scale * b[row * rank + r]! * a[r]!).reduce((x, y) => x + y),
    );
  };
  assert.deepEqual(change("x"), [2 * 3 * 1 + 1, 2 * 3 * 2 + 10]);
  assert.deepEqual(change("y"), [5, 6]);
  assert.deepEqual(new Set(joined.targets.map(({ rank }) => rank)), new Set([3]));
});
