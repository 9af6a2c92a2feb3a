import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createNativeBackend, nativeInstructionSets } from "@llamero/kernels";
import { loadEngine } from "../engine/load-engine.ts";
import { exportGguf } from "../formats/gguf-export.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { modelShapes } from "../models/shapes.ts";
import { fakeWeights } from "./fake-weights.ts";
import { streamedLogits } from "./streamed-oracle.ts";

/** The 405B's width with two layers and a small vocabulary: 3.6 GB in Q4_0. */
const config = { ...modelShapes["llama3.1:405b"], ropeScaling: null, numHiddenLayers: 2, vocabSize: 2048 };

function logSoftmax(logits: Float64Array): Float64Array {
  const max = Math.max(...logits);
  const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0));
  return logits.map((logit) => logit - max - total);
}

test("a model as wide as the 405B loads in Q4_0 and matches f64 arithmetic", async (t) => {
  const sets = nativeInstructionSets();
  if (sets.length === 0) return t.skip("no native addon: no C++ compiler was found");
  const folder = mkdtempSync(join(tmpdir(), "llamero-wide-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "wide.gguf");
  exportGguf(fakeWeights(config, { seed: 6, formatOf: () => "q4_0" }), path, {
    formatOf: (tensor) => tensor.format,
  });
  const checkpoint = openCheckpoint(path);
  t.diagnostic(`${(checkpoint.sizeBytes / 2 ** 30).toFixed(2)} GiB`);
  const tokens = [1999, 3];
  const expected = streamedLogits(checkpoint, tokens).map((row) => logSoftmax(Float64Array.from(row)));
  const instructionSet = sets[0]!;
  for (const mode of ["exact", "fast"] as const) {
    await using backend = createNativeBackend({ instructionSet, threads: 2 });
    await using loaded = await loadEngine(checkpoint, { backend, mode, context: 64, batch: 2 });
    let largest = 0;
    // Two tokens before a target in one step, then the same tokens from one row.
    for (const [skip, target] of [
      [0, 2047],
      [1, 1023],
    ] as const) {
      const positions = await loaded.engine.score([...tokens.slice(0, 2 - skip), target], {
        topLogprobs: 20,
      });
      positions.forEach(({ token, logprob, top }, at) => {
        for (const each of [{ token, logprob }, ...top]) {
          largest = Math.max(largest, Math.abs(each.logprob - expected[at]![each.token]!));
        }
      });
    }
    t.diagnostic(
      `${instructionSet} ${mode}: largest difference of log-probabilities ${largest.toExponential(2)}`,
    );
    assert.ok(largest < (mode === "exact" ? 5e-3 : 5e-2), `${instructionSet} ${mode}: ${largest}`);
  }
});
