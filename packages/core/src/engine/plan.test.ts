import assert from "node:assert/strict";
import { test } from "node:test";
import { llamaProgram } from "../models/llama.ts";
import { modelShapes } from "../models/shapes.ts";
import { adapterBytes } from "./adapter-registry.ts";
import { InsufficientMemoryError } from "./errors.ts";
import { admit, planModel } from "./plan.ts";

test("planModel sizes a shape without a file exactly", () => {
  const plan = planModel(modelShapes["llama3.1:405b"], "bf16", { context: 131072, batch: 1 });
  assert.equal(plan.numParameters, 405_853_388_800);
  // Norm vectors are f32: 2 per layer and the last one, two bytes more than bf16 per element.
  assert.equal(plan.weightBytes, 2 * 405_853_388_800 + 2 * (2 * 126 + 1) * 16384);
  assert.equal(plan.kvBytesPerToken, 516_096);
  assert.equal(plan.kvBytes, 516_096 * 131_072);
  assert.equal(plan.totalBytes, plan.weightBytes + plan.kvBytes + plan.scratchBytes);
});

test("planModel falls back where the blocks of a format do not divide a row", () => {
  const q4k = planModel(modelShapes["smollm2:135m"], "q4_k");
  const q5 = planModel(modelShapes["smollm2:135m"], "q5_0");
  assert.ok(q4k.weightBytes < q5.weightBytes);
  const q8 = planModel(modelShapes["llama3.2:1b"], "q8_0");
  assert.equal(q8.weightBytes, ((1_235_814_400 - 33 * 2048) * 34) / 32 + 33 * 2048 * 4);
});

test("planModel shares the KV pool and halves it with int8", () => {
  const config = modelShapes["smollm2:135m"];
  const plan = planModel(config, "q8_0", { context: 1000, batch: 4 });
  assert.equal(plan.kv.blocks, Math.ceil((1000 + 3 * 512) / 32));
  const int8 = planModel(config, "q8_0", { context: 1000, batch: 4, kvDtype: "int8" });
  assert.equal(int8.kvBytes / plan.kvBytes, (64 + 4) / 128);
});

test("planModel refuses options that contradict each other or the model", () => {
  const config = modelShapes["llama3:8b"];
  assert.throws(() => planModel(config, "q8_0", { context: 8193 }), /context is 8193; .* from 1 to 8192/);
  assert.throws(() => planModel(config, "q8_0", { batch: 0 }), /batch is 0/);
  assert.throws(() => planModel(config, "q8_0", { kvTokens: 100 }), /kvTokens is 100/);
  assert.throws(() => planModel(config, new Map()), /model.embed_tokens.weight is missing/);
});

test("planModel counts adapters and the scratch of programs that are compiled later, and admit needs room for both", () => {
  const config = modelShapes["llama3.2:1b"];
  const adapterBytes = 90 * 2 ** 20;
  const hidden = { program: llamaProgram(config, "halves", { lora: true, head: false }), head: false };
  const plain = planModel(config, "q8_0");
  const plan = planModel(config, "q8_0", { adapterBytes, variants: [hidden] });
  assert.equal(plan.totalBytes, plain.totalBytes + adapterBytes);
  assert.ok(plan.variantBytes > 512 * config.intermediateSize * 4);
  const neededBytes = plan.totalBytes + plan.variantBytes;
  admit(plan, neededBytes);
  assert.throws(() => admit(plan, neededBytes - 1), { neededBytes, message: /, adapters 0\.09 GiB\) but/ });
});

test("adapterBytes is what the native backend takes", () => {
  const targets = [{ rank: 5, rows: 12, cols: 64 }].map((each) => ({
    ...each,
    target: "x",
    scale: 1,
    a: new Float32Array(0),
    b: new Float32Array(0),
  }));
  assert.equal(adapterBytes({ targets }), 4 * (8 * 64 + 16 * 5));
});

test("admit names needed and available memory when a model does not fit", () => {
  const plan = planModel(modelShapes["llama3.1:70b"], "q4_k");
  admit(plan, plan.totalBytes);
  assert.throws(
    () => admit(plan, 8 * 2 ** 30),
    (error) => {
      assert.ok(error instanceof InsufficientMemoryError);
      assert.equal(error.neededBytes, plan.totalBytes);
      assert.match(error.message, /weights 3\d\.\d\d GiB, KV .* but 8\.00 GiB is available/);
      return true;
    },
  );
});
