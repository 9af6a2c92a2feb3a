import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Backend } from "@llamero/kernels";
import { chooseBackend } from "../backend.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { temporaryFolder } from "../formats/test-model.ts";
import { fakeText, writeFakeModel } from "./fake-model.ts";
import { targetSuite } from "./fake-target-suite.ts";
import { readProof } from "./proof.ts";
import { quantizeModel } from "./quantize.ts";

let backend: Backend;
before(async () => {
  ({ backend } = await chooseBackend({ threads: 1 }));
});
after(() => backend[Symbol.asyncDispose]());

targetSuite(["fp8", "q8_0", "q4_k"], () => backend);

test("quantizeModel to fp8 keeps attention, first and last layer, embedding and head in bf16", async (t) => {
  const folder = temporaryFolder(t);
  const out = join(folder, "out");
  await quantizeModel(writeFakeModel(folder), out, { target: "fp8", backend, unproven: true });
  const { tensors, metadata } = openCheckpoint(out);
  const fp8 = [...tensors.values()].filter(({ format }) => format === "f8_e4m3").map(({ name }) => name);
  assert.deepEqual(fp8.sort(), [
    "model.layers.1.mlp.down_proj.weight",
    "model.layers.1.mlp.gate_proj.weight",
    "model.layers.1.mlp.up_proj.weight",
  ]);
  const quantization = metadata["quantization_config"] as Record<string, unknown>;
  assert.equal(quantization["quant_method"], "fbgemm_fp8");
  assert.equal(quantization["activation_scale_ub"], 1200);
  const scale = tensors.get("model.layers.1.mlp.up_proj.weight")!.rowScale!;
  assert.equal(scale.length, 256);
  assert.equal(readProof(metadata), null);
});

test("quantizeModel removes a file that loses more than it may, and keeps it only by force", async (t) => {
  const folder = temporaryFolder(t);
  const source = writeFakeModel(folder);
  const out = join(folder, "out.gguf");
  const options = { target: "q4_0", backend, text: fakeText, maxPerplexityCost: -1 } as const;
  const refused = await quantizeModel(source, out, options);
  assert.equal(refused.isKept, false);
  assert.deepEqual(readdirSync(folder), ["fake.gguf"]);
  const forced = await quantizeModel(source, out, { ...options, force: true });
  assert.equal(forced.isKept, true);
  assert.equal(readProof(openCheckpoint(out).metadata)?.isWithinLimit, false);
});

test("quantizeModel gives the file its name only when all is written and measured", async (t) => {
  const folder = temporaryFolder(t);
  const source = writeFakeModel(folder);
  const out = join(folder, "out.gguf");
  const stages = new Set<string>();
  const onProgress = (stage: string): void => {
    stages.add(stage);
    assert.ok(!existsSync(out));
  };
  await quantizeModel(source, out, { target: "q8_0", backend, text: fakeText, onProgress, force: true });
  assert.deepEqual([...stages], ["write", "measure"]);
  assert.ok(existsSync(out));
});

for (const stage of ["write", "measure"] as const) {
  for (const target of ["q8_0", "fp8"] as const) {
    test(`quantizeModel to ${target} leaves nothing when it is stopped at stage ${stage}`, async (t) => {
      const folder = temporaryFolder(t);
      const source = writeFakeModel(folder);
      const controller = new AbortController();
      const onProgress = (now: string): void => {
        if (now === stage) controller.abort();
      };
      const options = { target, backend, text: fakeText, onProgress, signal: controller.signal };
      await assert.rejects(quantizeModel(source, join(folder, "out"), options), { name: "AbortError" });
      assert.deepEqual(readdirSync(folder), ["fake.gguf"]);
    });
  }
}

test("quantizeModel falls back where rows are not whole blocks of 256 and says so once", async (t) => {
  const folder = temporaryFolder(t);
  const source = writeFakeModel(folder, { hiddenSize: 192, numAttentionHeads: 3, numKeyValueHeads: 3 });
  const out = join(folder, "out.gguf");
  const { notes } = await quantizeModel(source, out, { target: "q4_k_s", backend, unproven: true });
  assert.equal(notes.length, 3);
  assert.match(notes.join("\n"), /rows of 192 are not whole blocks of 256: q5_0 instead of q4_k/);
  const { tensors } = openCheckpoint(out);
  assert.equal(tensors.get("model.layers.1.mlp.down_proj.weight")!.format, "q4_k");
  assert.equal(tensors.get("lm_head.weight")!.format, "q8_0");
});

test("quantizeModel writes task scores of both models into the file", async (t) => {
  const folder = temporaryFolder(t);
  const source = writeFakeModel(folder);
  const out = join(folder, "out.gguf");
  const tasks = {
    names: ["guess"],
    measure: async (path: string) => ({ guess: path === source.path ? 0.75 : 0.5 }),
  };
  await quantizeModel(source, out, { target: "q8_0", backend, text: fakeText, tasks, force: true });
  assert.deepEqual(readProof(openCheckpoint(out).metadata)?.tasks, [
    { task: "guess", source: 0.75, score: 0.5 },
  ]);
});

test("quantizeModel refuses a name that is taken, a missing folder and a model without a tokenizer", async (t) => {
  const folder = temporaryFolder(t);
  const source = writeFakeModel(folder);
  const options = { target: "q8_0", backend, text: fakeText } as const;
  await assert.rejects(quantizeModel(source, source.path, options), /exists already/);
  await assert.rejects(quantizeModel(source, join(folder, "no", "out"), options), /does not exist/);
  const silent = { ...source, tokenizer: null };
  await assert.rejects(quantizeModel(silent, join(folder, "out"), options), /holds no tokenizer/);
  assert.deepEqual(readdirSync(folder), ["fake.gguf"]);
});
