import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createNativeBackend, createWasmBackend, nativeInstructionSets } from "@llamero/kernels";
import type { Engine } from "../engine/engine.ts";
import { loadEngine } from "../engine/load-engine.ts";
import { exportGguf } from "../formats/gguf-export.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { tensorSizeBytes } from "../formats/read-tensor.ts";
import type { LlamaConfig } from "../models/config.ts";
import { fakeWeights } from "./fake-weights.ts";
import { streamedLogits } from "./streamed-oracle.ts";

/** A tied embedding of 4.47 GB in f16: no 32-bit offset reaches its last rows. */
const config: LlamaConfig = {
  hiddenSize: 17408,
  intermediateSize: 512,
  numHiddenLayers: 1,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 64,
  vocabSize: 128_256,
  rmsNormEps: 1e-5,
  ropeTheta: 500_000,
  ropeScaling: null,
  maxPositionEmbeddings: 256,
  tieWordEmbeddings: true,
};
const rowBytes = config.hiddenSize * 2;
const edge = Math.floor(2 ** 32 / rowBytes);
/** Rows at both ends, around 2 and 4 GiB, and those that a wrapped offset would read instead. */
const rows = [0, 1, 4894, 61_680, 61_681, edge - 1, edge, edge + 1, 125_000, 128_254, 128_255];

/** Differences of log-probabilities between each of `rows` and the first: the softmax drops out. */
function relative(logits: ArrayLike<number>): number[] {
  return Array.from(logits, (logit) => logit - logits[0]!);
}

/** What the engine says of each row after the tokens: all in one step, or one row at a time. */
async function scoreRows(
  engine: Engine,
  { tokens, rows, isTogether }: { tokens: readonly number[]; rows: readonly number[]; isTogether: boolean },
): Promise<number[]> {
  const score = async (row: number): Promise<number> =>
    (await engine.score([...tokens, row])).at(-1)!.logprob;
  if (isTogether) return relative(await Promise.all(rows.map(score)));
  const logprobs: number[] = [];
  for (const row of rows) logprobs.push(await score(row));
  return relative(logprobs);
}

test("loadEngine computes with a tensor of more than 4 GiB as f64 arithmetic does", async (t) => {
  const sets = nativeInstructionSets();
  if (sets.length === 0) return t.skip("no native addon: no C++ compiler was found");
  const folder = mkdtempSync(join(tmpdir(), "llamero-large-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "large.gguf");
  exportGguf(fakeWeights(config, { seed: 5, formatOf: () => "f16" }), path, {
    formatOf: (tensor) => tensor.format,
  });
  const checkpoint = openCheckpoint(path);
  const { data } = checkpoint.tensors.get("model.embed_tokens.weight")!;
  assert.ok(tensorSizeBytes(data) > 2 ** 32, `${tensorSizeBytes(data)} bytes`);
  const cases = [
    { tokens: [128_255, edge], rows, isTogether: true },
    { tokens: [edge + 1], rows: [0, edge, 128_255], isTogether: false },
  ];
  const expected = cases.map((each) => relative(streamedLogits(checkpoint, each.tokens, each.rows).at(-1)!));
  assert.ok(Math.max(...expected.flat().map(Math.abs)) > 1);
  const instructionSet = sets[0]!;
  for (const mode of ["exact", "fast"] as const) {
    await using backend = createNativeBackend({ instructionSet, threads: 2 });
    await using loaded = await loadEngine(checkpoint, { backend, mode, context: 64 });
    let largest = 0;
    for (const [i, each] of cases.entries()) {
      const actual = await scoreRows(loaded.engine, each);
      actual.forEach((value, at) => {
        largest = Math.max(largest, Math.abs(value - expected[i]![at]!));
      });
    }
    t.diagnostic(`${instructionSet} ${mode}: largest difference of logits ${largest.toExponential(2)}`);
    assert.ok(largest < (mode === "exact" ? 2e-3 : 2e-2), `${instructionSet} ${mode}: ${largest}`);
  }
  await using wasm = await createWasmBackend({ threads: 1 });
  await assert.rejects(loadEngine(checkpoint, { backend: wasm, context: 64, batch: 1 }), (error: Error) => {
    t.diagnostic(`wasm: ${error.name}: ${error.message}`);
    return /GiB|bytes|memory/i.test(error.message);
  });
});
