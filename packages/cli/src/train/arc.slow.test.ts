import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { main } from "../main.ts";

test("train arc goes from texts to a chat in one command, and a second call has nothing left to do", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-arc-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const words = ["train", "arc", "--depth", "1", "--minutes", "0.5", "--out", folder];
  assert.equal(await main(words), 0);
  const state = JSON.parse(readFileSync(join(folder, "arc.json"), "utf8")) as {
    done: Record<string, number>;
  };
  const steps = ["curate", "tokenizer", "pretrain", "sft", "dpo", "quantize", "eval", "chat"];
  assert.deepEqual(Object.keys(state.done), steps);
  for (const file of ["model.gguf", "eval.json", "pretrain/model", "sft/model", "dpo/model"])
    assert.ok(existsSync(join(folder, file)), file);
  assert.equal(await main(words), 0);
  assert.equal(await main([...words.slice(0, 3), "2", ...words.slice(4)]), 2);
});
