import assert from "node:assert/strict";
import { test } from "node:test";
import { createReferenceBackend } from "@llamero/kernels";
import { randomCheckpoint, tinyConfig } from "../models/random-checkpoint.ts";
import { loadEngine } from "./load-engine.ts";
import { planModel } from "./plan.ts";

test("loadEngine takes the bytes that planModel told before, and gives all of them back", async () => {
  const checkpoint = randomCheckpoint(tinyConfig, { seed: 3, format: "q8_0" });
  await using backend = createReferenceBackend();
  for (const kvDtype of ["f16", "int8"] as const) {
    const options = { context: 200, batch: 3, kvDtype };
    const planned = planModel(tinyConfig, checkpoint.tensors, { ...options, sizes: backend });
    const loaded = await loadEngine(checkpoint, { ...options, backend });
    const { variantBytes } = loaded.plan;
    assert.deepEqual(loaded.plan, { ...planned, variantBytes });
    // Embeddings need a program of their own, which is not compiled yet.
    assert.ok(variantBytes > 0);
    assert.equal(backend.live().bytes, planned.totalBytes);
    await loaded[Symbol.asyncDispose]();
    assert.deepEqual(backend.live(), { weights: 0, kvPools: 0, adapters: 0, executables: 0, bytes: 0 });
  }
});
