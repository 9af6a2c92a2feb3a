import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CheckpointStore, type RunState } from "./checkpoint-folder.ts";

const fresh = (): string => join(mkdtempSync(join(tmpdir(), "llamero-checkpoint-")), "checkpoints");
const state = (step: number, score: number | null = null): RunState => ({
  step,
  tokens: step * 10,
  seconds: 1,
  identity: { settings: {}, tokenizer: "" },
  records: "",
  isReported: true,
  eventBytes: 0,
  score,
  averaged: 0,
});
const tensors = (seed: number): Map<string, Float32Array> =>
  new Map([
    ["value/a", Float32Array.from({ length: 1000 }, (_, i) => Math.sin(seed + i))],
    ["moment1/a", Float32Array.of(seed, Number.MIN_VALUE, -0)],
  ]);

test("CheckpointStore gives back the bits that were saved", () => {
  const store = new CheckpointStore(fresh());
  store.save(state(3), tensors(3));
  const found = store.latest()!;
  assert.equal(found.state.step, 3);
  assert.deepEqual(found.tensors(), tensors(3));
});

test("CheckpointStore passes over what is damaged in any file, and says why", () => {
  for (const [file, why] of [
    ["state.safetensors", /checksum differs/],
    ["state.json", /missing or damaged/],
  ] as const) {
    const store = new CheckpointStore(fresh());
    store.save(state(1), tensors(1));
    const path = join(store.save(state(2), tensors(2)), file);
    const bytes = readFileSync(path);
    bytes[bytes.length - 5]! ^= 1;
    writeFileSync(path, bytes);
    const told: string[] = [];
    assert.equal(store.latest((_, reason) => told.push(reason))!.state.step, 1);
    assert.match(told[0]!, why);
  }
});

test("CheckpointStore removes what a crash left, and keeps the newest and the best", () => {
  const folder = fresh();
  const store = new CheckpointStore(folder);
  mkdirSync(join(folder, "partial-7"), { recursive: true });
  for (const [step, score] of [5, 4, 6, null, 9].entries()) store.save(state(step + 1, score), tensors(step));
  store.clean();
  assert.deepEqual(store.steps(), [5, 4, 2]);
  assert.equal(store.best()!.state.step, 2);
  assert.equal(existsSync(join(folder, "partial-7")), false);
});

test("CheckpointStore on a full disk fails, says so and keeps the last good one", () => {
  const folder = fresh();
  const store = new CheckpointStore(folder);
  store.save(state(1), tensors(1));
  const full = Object.assign(new Map([["value/a", new Float32Array(4)]]), {
    [Symbol.iterator]: (): never => {
      throw Object.assign(new Error("write"), { code: "ENOSPC" });
    },
  });
  assert.throws(
    () => store.save(state(2), full),
    /disk is full while saving step 2 .* step 1 is kept: free space/,
  );
  assert.deepEqual(readdirSync(folder), ["step-00000001"]);
  assert.equal(store.latest()!.state.step, 1);
});
