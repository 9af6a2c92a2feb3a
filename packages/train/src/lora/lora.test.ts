import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { chooseBackend, loadEngine, readAdapter } from "@llamero/core";
import type { AdapterSpec, RopeLayout } from "@llamero/kernels";
import { adapterOf, checkLora } from "./adapter-spec.ts";
import { fakeAdapter, fakeCheckpoint, tinyConfig } from "./fake-checkpoint.ts";
import { joinAdapters } from "./join-adapters.ts";
import { limitRank } from "./limit-rank.ts";
import { mergeAdapter } from "./merge-adapter.ts";
import { writeGgufAdapter, writePeftAdapter } from "./write-adapter.ts";

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "llamero-lora-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const sorted = ({ targets }: AdapterSpec): unknown =>
  targets.toSorted((a, b) => (a.target < b.target ? -1 : 1));

for (const ropeLayout of ["halves", "adjacent"] satisfies RopeLayout[]) {
  test(`writePeftAdapter and writeGgufAdapter write what readAdapter reads, ${ropeLayout}`, (t) => {
    const folder = temporaryFolder(t);
    const checkpoint = fakeCheckpoint(1, ropeLayout);
    const adapter = fakeAdapter(tinyConfig, 2);
    const options = { ropeLayout, headDim: tinyConfig.headDim, baseModel: "fake" };
    writePeftAdapter(join(folder, "peft"), adapter, options);
    writeGgufAdapter(join(folder, "adapter.gguf"), adapter, options);
    for (const path of ["peft", "adapter.gguf"])
      assert.deepEqual(sorted(readAdapter(join(folder, path), checkpoint, "fake")), sorted(adapter), path);
  });
}

test("mergeAdapter gives the logits of the model with the adapter beside it", async (t) => {
  const folder = temporaryFolder(t);
  const checkpoint = fakeCheckpoint(3);
  const adapter = fakeAdapter(tinyConfig, 4);
  writePeftAdapter(folder, adapter, { ropeLayout: "halves", headDim: 8, baseModel: "fake" });
  const { backend } = await chooseBackend({ backend: "reference" });
  await using _ = backend;
  const ids = [3, 9, 27, 17, 51, 25, 11, 33];
  const common = { backend, context: 64, mode: "exact", kvDtype: "f16" } as const;
  const score = async (merged: boolean): Promise<number[]> => {
    await using loaded = merged
      ? await loadEngine(mergeAdapter(checkpoint, adapter), common)
      : await loadEngine(checkpoint, { ...common, adapters: { fake: folder } });
    const scored = await loaded.engine.score(ids, merged ? {} : { adapter: "fake" });
    return scored.map(({ logprob }) => logprob);
  };
  const [beside, inside] = [await score(false), await score(true)];
  for (const [i, logprob] of beside.entries())
    assert.ok(Math.abs(logprob - inside[i]!) < 2e-3, `${i}: ${logprob} and ${inside[i]}`);
});

/** All changes that an adapter makes, one after the other. */
const changesOf = ({ targets }: AdapterSpec): number[] =>
  targets.flatMap(({ rank, rows, cols, a, b, scale }) =>
    Array.from({ length: rows * cols }, (_, i) => {
      const [row, col] = [Math.floor(i / cols), i % cols];
      let change = 0;
      for (let r = 0; r < rank; r++) change += b[row * rank + r]! * a[r * cols + col]!;
      return scale * change;
    }),
  );
const squares = (values: readonly number[]): number => values.reduce((sum, value) => sum + value ** 2, 0);

test("limitRank loses nothing where the changes have that rank, and else as much as it says", () => {
  const [one, two] = [fakeAdapter(tinyConfig, 1), fakeAdapter(tinyConfig, 2)];
  assert.equal(limitRank(one, 4).adapter.targets[0], one.targets[0]);
  // Rank 12 on paper, 8 in truth.
  const joined = joinAdapters("all", [one, two, one]);
  const changes = changesOf(joined);
  const lossOf = (adapter: AdapterSpec): number =>
    squares(changesOf(adapter).map((value, i) => value - changes[i]!)) / squares(changes);
  const exact = limitRank(joined, 8);
  assert.ok(exact.kept > 1 - 1e-12 && lossOf(exact.adapter) < 1e-12, `${exact.kept}`);
  const cut = limitRank(joined, 5);
  assert.deepEqual(new Set(cut.adapter.targets.map(({ rank }) => rank)), new Set([5]));
  assert.ok(cut.kept < 0.999 && Math.abs(lossOf(cut.adapter) - (1 - cut.kept)) < 1e-6, `${cut.kept}`);
  // Closer than one of the parts, and than what a smaller rank can be.
  assert.ok(cut.kept > limitRank(joined, 4).kept);
  assert.ok(lossOf(limitRank(joined, 4).adapter) < lossOf(joinAdapters("one", [one, one])));
});

test("adapterOf takes the matrices of a session by target", () => {
  const a = Float32Array.of(1, 2, 3, 4, 5, 6);
  const b = Float32Array.of(1, 2, 3, 4);
  const module = "model.layers.0.self_attn.q_proj";
  const session = {
    adapter: () =>
      new Map([
        [`${module}.lora_A`, a],
        [`${module}.lora_B`, b],
      ]),
  };
  const { targets } = adapterOf(session, { rank: 2, alpha: 4, targets: ["q_proj"] }, "x");
  assert.deepEqual(targets, [{ target: `${module}.weight`, rank: 2, rows: 2, cols: 3, a, b, scale: 2 }]);
});

test("checkLora refuses what is no adapter", () => {
  const lora = { rank: 8, alpha: 16, targets: ["q_proj"] };
  checkLora(lora);
  assert.throws(() => checkLora({ ...lora, rank: 0 }), /LoRA rank is 0/);
  assert.throws(() => checkLora({ ...lora, targets: ["lm_head"] }), /target lm_head is not one of q_proj/);
  assert.throws(() => checkLora({ ...lora, targets: [] }), /changes no matrix/);
});
