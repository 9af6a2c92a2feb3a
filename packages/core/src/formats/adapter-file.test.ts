import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { AdapterSpec } from "@llamero/kernels";
import { randomCheckpoint, tinyConfig } from "../models/random-checkpoint.ts";
import { readAdapter } from "./adapter-file.ts";
import { randomAdapterOf, writePeft } from "./fake-adapter.ts";
import type { GgufValue } from "./gguf-types.ts";
import { writeGguf } from "./gguf-writer.ts";
import { renameTensor } from "./tensor-names.ts";
import { floatTensor } from "./tensor-source.ts";

const checkpoint = randomCheckpoint(tinyConfig, { seed: 1 });
const spec = randomAdapterOf(tinyConfig, "a", 7);

function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "adapter-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function writeGgufAdapter(
  path: string,
  { targets }: AdapterSpec = spec,
  metadata: Readonly<Record<string, GgufValue>> = {},
): void {
  writeGguf(path, {
    metadata: Object.entries({
      "general.type": { type: "string", value: "adapter" },
      "general.architecture": { type: "string", value: "llama" },
      "adapter.type": { type: "string", value: "lora" },
      "adapter.lora.alpha": { type: "f32", value: 2 },
      ...metadata,
    } as Record<string, GgufValue>),
    tensors: targets.flatMap(({ target, rank, rows, cols, a, b }) => {
      const name = renameTensor(target, "hf", "gguf")!;
      return [floatTensor(`${name}.lora_a`, [rank, cols], a), floatTensor(`${name}.lora_b`, [rows, rank], b)];
    }),
  });
}

test("readAdapter reads a PEFT folder as it was written, and its safetensors file", (t) => {
  const folder = tempFolder(t);
  writePeft(folder, spec);
  assert.deepEqual(readAdapter(folder, checkpoint, "a"), spec);
  assert.deepEqual(readAdapter(join(folder, "adapter_model.safetensors"), checkpoint, "a"), spec);
});

test("readAdapter scales by alpha over the rank, or its root with rank stabilization, and by patterns", (t) => {
  const folder = tempFolder(t);
  writePeft(folder, spec, { lora_alpha: 6, use_rslora: true, alpha_pattern: { "layers.1.mlp.up_proj": 10 } });
  const { targets } = readAdapter(folder, checkpoint, "a");
  const scaleOf = (name: string): number => targets.find(({ target }) => target.includes(name))!.scale;
  assert.equal(scaleOf("layers.0.self_attn.q_proj"), 3);
  assert.equal(scaleOf("layers.1.mlp.up_proj"), 5);
});

test("readAdapter reads a GGUF adapter: names, scale, and q and k in the row order of the model", (t) => {
  const path = join(tempFolder(t), "a.gguf");
  writeGgufAdapter(path);
  const adjacent = { ...checkpoint, ropeLayout: "adjacent" } as const;
  assert.deepEqual(readAdapter(path, adjacent, "a"), spec);
  // Head 0 has 8 rows of 4: halves (p, i) take the adjacent rows (i, p).
  const { b } = readAdapter(path, checkpoint, "a").targets[0]!;
  const row = (values: Float32Array, at: number): Float32Array => values.slice(at * 4, at * 4 + 4);
  const order = [0, 2, 4, 6, 1, 3, 5, 7, 8, 10];
  for (const [at, from] of order.entries()) assert.deepEqual(row(b, at), row(spec.targets[0]!.b, from));
  assert.deepEqual(readAdapter(path, checkpoint, "a").targets[2], spec.targets[2]);
});

test("readAdapter gives a PEFT adapter's q and k back after GGUF order and halves again", (t) => {
  const folder = tempFolder(t);
  writePeft(folder, spec);
  const adjacent = readAdapter(folder, { ...checkpoint, ropeLayout: "adjacent" }, "a");
  const path = join(folder, "a.gguf");
  writeGgufAdapter(path, adjacent);
  assert.deepEqual(readAdapter(path, checkpoint, "a"), spec);
});

test("readAdapter refuses adapters of another model with tensor, both shapes and the base model", (t) => {
  const folder = tempFolder(t);
  writePeft(folder, spec);
  const wide = randomCheckpoint({ ...tinyConfig, intermediateSize: 128 }, { seed: 1 });
  assert.throws(
    () => readAdapter(folder, wide, "a"),
    /Shape is \[64, 4\], the model needs \[128, 4\]; it is an adapter of tiny \(tensor .*layers\.0\.mlp\.gate_proj\.lora_B/,
  );
  const shallow = randomCheckpoint({ ...tinyConfig, numHiddenLayers: 1 }, { seed: 1 });
  assert.throws(() => readAdapter(folder, shallow, "a"), /model\.layers\.1\..*but the model has 1 layers/);
  const head = { ...spec.targets[0]!, target: "lm_head.weight", rows: 96, b: new Float32Array(96 * 4) };
  writePeft(folder, { name: "a", targets: [head] });
  assert.throws(() => readAdapter(folder, checkpoint, "a"), /changes lm_head\.weight; only the attention/);
});

test("readAdapter refuses by name what is not plain LoRA", (t) => {
  const folder = tempFolder(t);
  for (const [config, message] of [
    [{ use_dora: true }, /use_dora true is not supported/],
    [{ bias: "all" }, /bias "all" is not supported/],
    [{ modules_to_save: ["lm_head"] }, /modules_to_save \["lm_head"\] is not supported/],
    [{ peft_type: "IA3" }, /peft_type "IA3" is not supported/],
    [{ r: 8 }, /Shape is \[4, 32\], but adapter_config\.json says rank 8/],
  ] as const) {
    writePeft(folder, spec, config);
    assert.throws(() => readAdapter(folder, checkpoint, "a"), message);
  }
  const path = join(folder, "a.gguf");
  writeGgufAdapter(path, spec, { "general.type": { type: "string", value: "model" } });
  assert.throws(
    () => readAdapter(path, checkpoint, "a"),
    /general\.type is "model"; a LoRA adapter has "adapter"/,
  );
  assert.throws(() => readAdapter(join(folder, "none"), checkpoint, "a"), /no such adapter/);
});
