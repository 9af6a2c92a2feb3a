import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createFakeHome } from "../fake-home.ts";

const home = createFakeHome();

test("train distill names what its recipe lacks or has too much of", async () => {
  const run = async (...words: string[]): Promise<string> => {
    const { code, stderr } = await home.llamero(["train", "distill", ...words]);
    assert.equal(code, 2, stderr);
    return stderr;
  };
  assert.match(await run(), /train distill: teacher is missing/);
  const both = ["teacher=t", "out=o", "data=d.jsonl", "model=m", "student.layers=2"];
  assert.match(await run(...both), /give either model, .* or student/);
  assert.match(await run("--kind", "texts"), /--kind takes answers, logits, not texts/);
  assert.match(await run(...both.slice(0, 4), "softWeigth=1"), /did you mean softWeight|softWeigth/);
});

test("train arc needs a folder, and refuses one that holds another arc", async () => {
  const without = await home.llamero(["train", "arc"]);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /needs --out FOLDER/);
  const folder = join(home.path, "toy");
  mkdirSync(folder);
  const settings = { depth: 3, minutes: 1, seed: 1, texts: [] };
  writeFileSync(join(folder, "arc.json"), JSON.stringify({ version: 1, settings, done: {} }));
  const other = await home.llamero(["train", "arc", "--out", folder]);
  assert.equal(other.code, 2);
  assert.match(other.stderr, /holds an arc with depth 3, not 2/);
});
