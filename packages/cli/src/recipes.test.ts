import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { recipeKinds } from "@llamero/train/recipes";
import { callCommand } from "./fake-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "llamero-recipes-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("recipes ls names what comes with the package and the commands that run it", async () => {
  const { stdout } = await callCommand(["recipes", "ls"]);
  assert.match(stdout, /^NAME +COMMAND +WHAT IT MAKES/);
  assert.match(stdout, /sft-lora +train sft +A LoRA adapter/);
  const rows = JSON.parse((await callCommand(["recipes", "ls", "--json"])).stdout) as { kind: string }[];
  assert.ok(rows.length >= 10 && rows.every(({ kind }) => kind in recipeKinds));
});

test("recipes cat and cp give the file, and cp writes over nothing unless told", async () => {
  const { stdout } = await callCommand(["recipes", "cat", "sft-lora"]);
  assert.match(stdout, /^# A LoRA adapter/);
  const path = join(folder, "mine.yaml");
  assert.equal((await callCommand(["recipes", "cp", "sft-lora", path])).stdout, `${path}\n`);
  assert.equal(readFileSync(path, "utf8"), stdout);
  const again = await callCommand(["recipes", "cp", "sft-lora", path]);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /is there already/);
  assert.equal((await callCommand(["recipes", "cp", "dpo-lora", path, "--force"])).code, 0);
  assert.equal(
    (await callCommand(["recipes", "cp", "dpo-lora", folder])).stdout,
    `${join(folder, "dpo-lora.yaml")}\n`,
  );
  const wrong = await callCommand(["recipes", "cat", "sft-lara"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /did you mean sft-lora\?/);
});

test("recipes validate takes good recipes with overrides and names mistakes", async () => {
  const path = join(folder, "tune.yaml");
  writeFileSync(path, "model: m\ndata: [a.jsonl]\nout: o\n");
  const good = await callCommand(["recipes", "validate", path, "lora.rank=4"]);
  assert.match(good.stdout, /is a recipe of llamero train sft/);
  assert.match(good.stderr, /Not there yet: .*a\.jsonl/);
  const json = await callCommand(["recipes", "validate", path, "--kind", "dpo", "--json"]);
  assert.equal((JSON.parse(json.stdout) as { kind: string }).kind, "dpo");
  const wrong = await callCommand(["recipes", "validate", path, "epoch=4"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /has no field epoch; did you mean epochs\?/);
  assert.equal((await callCommand(["recipes", "validate", join(folder, "none.yaml")])).code, 2);
  assert.equal((await callCommand(["recipes", "validate", path, "--kind", "sftt"])).code, 2);
});
