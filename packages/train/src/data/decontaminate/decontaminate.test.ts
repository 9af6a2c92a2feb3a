import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { MapStage } from "../stage.ts";
import { createDecontaminate } from "./stage.ts";

const isDropped = (stage: MapStage, text: string): boolean =>
  !stage.apply({ id: "", text, source: "", meta: {} }).keep;
const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `word${from + at}`).join(" ");

test("decontaminate drops texts with a run of an item, or a whole shorter item, and no others", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "decontaminate-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const rows = [
    { question: numbered(0, 20), choices: ["yes", numbered(100, 109)] },
    { question: "แม่น้ำสายนี้เกิดจากภูเขาเหนือเมืองเก่าและไหลผ่านโรงสีสามแห่งก่อนจะไปถึงทะเล" },
  ];
  writeFileSync(join(folder, "set.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  const stage = await createDecontaminate({ files: "set.jsonl" }, { folder });
  assert.ok(isDropped(stage, `Before. ${numbered(3, 16).toUpperCase()}, after`));
  assert.ok(!isDropped(stage, `Before. ${numbered(3, 15)} after`));
  assert.ok(isDropped(stage, `x ${numbered(100, 109)} y`));
  assert.ok(!isDropped(stage, `x ${numbered(100, 108)} y`));
  assert.ok(isDropped(stage, `ก่อน ${rows[1]!.question} หลัง`));
  assert.ok(!isDropped(stage, "แม่น้ำสายนี้เกิดจากภูเขาอื่น"));
  const strict = await createDecontaminate({ files: "set.jsonl", threshold: 5 }, { folder });
  assert.ok(!isDropped(strict, numbered(3, 17)) && isDropped(strict, numbered(3, 20)));
});

test("decontaminate refuses what it cannot do", async () => {
  await assert.rejects(createDecontaminate({}, { folder: "." }), /needs tasks or files/);
  await assert.rejects(createDecontaminate({ tasks: ["no such set"] }, { folder: "." }), /eval ls/);
  await assert.rejects(createDecontaminate({ files: "missing.jsonl" }, { folder: "/nowhere" }), /No file/);
  await assert.rejects(
    createDecontaminate({ tasks: "all", data: "/nowhere" }, { folder: "." }),
    /no evaluation set/,
  );
});
