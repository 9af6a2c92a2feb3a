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

/** Log-probabilities of the rows after the tokens, relative to those of the first. */
async function relativeLogits(engine: Engine, tokens: readonly number[]): Promise<number[]> {
  const logprobs: number[] = [];
  for (const row of rows) logprobs.push((await engine.score([...tokens, row])).at(-1)!.logprob);
  return logprobs.map((logprob) => logprob - logprobs[0]!);
}

test("loadEngine computes with a tensor of more than 4 GiB as f64 arithmetic does", async (t) => {
  if (nativeInstructionSets().length === 0) return t.skip("no native addon: no C++ compiler was found");
  const folder = mkdtempSync(join(tmpdir(), "llamero-large-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "large.gguf");
  exportGguf(fakeWeights(config, { seed: 5, formatOf: () => "f16" }), path, {
    formatOf: (tensor) => tensor.format,
  });
  const checkpoint = openCheckpoint(path);
  const { data } = checkpoint.tensors.get("model.embed_tokens.weight")!;
  assert.ok(tensorSizeBytes(data) > 2 ** 32, `${tensorSizeBytes(data)} bytes`);
  const prompts = [[128_255, edge], [7]];
  const expected = prompts.map((tokens) => {
    const logits = streamedLogits(checkpoint, tokens, rows).at(-1)!;
    return Array.from(logits, (logit) => logit - logits[0]!);
  });
  assert.ok(Math.max(...expected.flat().map(Math.abs)) > 1);
  for (const instructionSet of nativeInstructionSets()) {
    for (const mode of instructionSet === "generic" ? (["exact"] as const) : (["exact", "fast"] as const)) {
      await using backend = createNativeBackend({ instructionSet, threads: 2 });
      await using loaded = await loadEngine(checkpoint, { backend, mode, context: 64, batch: 1 });
      let largest = 0;
      for (const [i, tokens] of prompts.entries()) {
        const actual = await relativeLogits(loaded.engine, tokens);
        actual.forEach((value, at) => {
          largest = Math.max(largest, Math.abs(value - expected[i]![at]!));
        });
      }
      t.diagnostic(`${instructionSet} ${mode}: largest difference of logits ${largest.toExponential(2)}`);
      assert.ok(largest < (mode === "exact" ? 2e-3 : 2e-2), `${instructionSet} ${mode}: ${largest}`);
    }
  }
  await using wasm = await createWasmBackend({ threads: 1 });
  await assert.rejects(loadEngine(checkpoint, { backend: wasm, context: 64, batch: 1 }), (error: Error) => {
    t.diagnostic(`wasm: ${error.name}: ${error.message}`);
    return /GiB|bytes|memory/i.test(error.message);
  });
});
