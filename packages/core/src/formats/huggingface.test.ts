import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { weightFormats } from "@llamero/kernels";
import { exportGguf } from "./gguf-export.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import { readTensorRows } from "./read-tensor-rows.ts";
import { writeSafetensors } from "./safetensors.ts";
import { floatTensor } from "./tensor-source.ts";
import {
  configJson,
  temporaryFolder,
  testConfig,
  testTensors,
  writeJson,
  writeTestFolder,
} from "./test-model.ts";

test("openCheckpoint reads a Hugging Face folder with tokenizer, template and generation config", (t) => {
  const folder = temporaryFolder(t);
  const tensors = writeTestFolder(folder, testConfig);
  writeJson(folder, "generation_config.json", { eos_token_id: [5, 6], temperature: 0.6 });
  writeJson(folder, "tokenizer_config.json", {
    chat_template: [
      { name: "tool_use", template: "no" },
      { name: "default", template: "yes" },
    ],
  });
  writeFileSync(join(folder, "tokenizer.json"), "{}");
  const model = openCheckpoint(folder);
  assert.deepEqual(model.config, testConfig);
  assert.deepEqual([model.kind, model.ropeLayout, model.chatTemplate], ["safetensors", "halves", "yes"]);
  assert.deepEqual(model.tokenizer, { kind: "tokenizer.json", text: "{}" });
  assert.deepEqual([model.bosTokenId, model.eosTokenIds], [1, [5, 6, 2]]);
  assert.deepEqual(model.metadata["generation_config"], { eos_token_id: [5, 6], temperature: 0.6 });
  for (const { name, shape, values } of tensors) {
    const rows = shape.length === 1 ? 1 : shape[0]!;
    assert.deepEqual(readTensorRows(model.tensors.get(name)!, 0, rows), values);
  }
  writeFileSync(join(folder, "chat_template.jinja"), "jinja");
  assert.equal(openCheckpoint(folder).chatTemplate, "jinja");
  assert.equal(openCheckpoint(join(folder, "model.safetensors")).tensors.size, tensors.length);
});

const scaling = {
  factor: 32,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
};
const llama3 = {
  ropeType: "llama3",
  factor: 32,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalMaxPositionEmbeddings: 8192,
};

const variants: { name: string; extra: Record<string, unknown>; expected: Record<string, unknown> }[] = [
  {
    name: "rope_scaling",
    extra: { rope_scaling: { rope_type: "llama3", ...scaling } },
    expected: { ropeScaling: llama3 },
  },
  {
    name: "rope_scaling with the old key type",
    extra: { rope_scaling: { type: "linear", factor: 4 } },
    expected: { ropeScaling: { ropeType: "linear", factor: 4 } },
  },
  {
    name: "rope_parameters",
    extra: {
      rope_theta: undefined,
      rope_parameters: { rope_type: "llama3", rope_theta: 500000, ...scaling },
    },
    expected: { ropeScaling: llama3, ropeTheta: 500000 },
  },
  { name: "rope_parameters default", extra: { rope_parameters: { rope_type: "default" } }, expected: {} },
  { name: "null rope_scaling", extra: { rope_scaling: null }, expected: {} },
  { name: "head_dim", extra: { head_dim: 8 }, expected: {} },
];

for (const { name, extra, expected } of variants) {
  test(`openCheckpoint honours ${name} of config.json`, (t) => {
    const folder = temporaryFolder(t);
    writeTestFolder(folder, testConfig, extra);
    assert.deepEqual(openCheckpoint(folder).config, { ...testConfig, ...expected });
  });
}

const refusals: { name: string; extra: Record<string, unknown>; message: RegExp }[] = [
  {
    name: "another architecture",
    extra: { architectures: ["MistralForCausalLM"] },
    message: /config\.json: Architecture is \["MistralForCausalLM"\]; only LlamaForCausalLM/,
  },
  { name: "another activation", extra: { hidden_act: "gelu" }, message: /hidden_act is "gelu"; only silu/ },
  { name: "attention biases", extra: { attention_bias: true }, message: /attention_bias is true/ },
  {
    name: "yarn scaling",
    extra: { rope_scaling: { rope_type: "yarn" } },
    message: /"yarn" is not supported/,
  },
  {
    name: "a prototype name as scaling",
    extra: { rope_scaling: { type: "toString" } },
    message: /"toString" is not/,
  },
  {
    name: "llama3 scaling without a factor",
    extra: { rope_scaling: { type: "llama3" } },
    message: /factor is missing/,
  },
  {
    name: "partial rotation",
    extra: { partial_rotary_factor: 0.5 },
    message: /partial_rotary_factor is 0.5/,
  },
  { name: "a missing size", extra: { hidden_size: undefined }, message: /hidden_size is missing/ },
  {
    name: "a text as size",
    extra: { hidden_size: "32" },
    message: /hidden_size is "32", expected a positive integer/,
  },
  {
    name: "heads that do not divide",
    extra: { num_attention_heads: 5 },
    message: /32 is not a multiple of 5 heads/,
  },
  {
    name: "key-value heads that do not divide",
    extra: { num_key_value_heads: 3 },
    message: /not a multiple of 3/,
  },
  {
    name: "billions of layers",
    extra: { num_hidden_layers: 2 ** 31 - 1 },
    message: /missing: model\.layers\.2\.input_layernorm\.weight, .* and more; is the download complete/,
  },
  {
    name: "fewer layers",
    extra: { num_hidden_layers: 1 },
    message: /it has 9 more tensors \(model\.layers\.1/,
  },
  {
    name: "a wrong width",
    extra: { intermediate_size: 96 },
    message: /Shape is \[64, 32\], .* needs \[96, 32\] \(tensor/,
  },
  {
    name: "another quantisation",
    extra: { quantization_config: { quant_method: "gptq" } },
    message: /Quantisation "gptq" is not supported/,
  },
];

for (const { name, extra, message } of refusals) {
  test(`openCheckpoint refuses config.json with ${name}`, (t) => {
    const folder = temporaryFolder(t);
    writeTestFolder(folder, testConfig, extra);
    assert.throws(() => openCheckpoint(folder), { name: "FormatError", message });
  });
}

test("openCheckpoint ties embeddings when lm_head is absent or the configuration says so", (t) => {
  const absent = temporaryFolder(t);
  writeTestFolder(absent, { ...testConfig, tieWordEmbeddings: true }, { tie_word_embeddings: false });
  assert.equal(openCheckpoint(absent).config.tieWordEmbeddings, true);
  const present = temporaryFolder(t);
  writeTestFolder(present, testConfig, { tie_word_embeddings: true });
  const model = openCheckpoint(present);
  assert.equal(model.config.tieWordEmbeddings, true);
  assert.equal(model.tensors.has("lm_head.weight"), false);
});

test("openCheckpoint reads FP8 weights with one scale per row", (t) => {
  const folder = temporaryFolder(t);
  const isFp8 = (name: string) => /layers\.1\.mlp/.test(name);
  const sources = testTensors(testConfig).flatMap(({ name, shape, values }) => {
    if (!isFp8(name)) return [floatTensor(name, shape, values, "bf16")];
    const scales = Float32Array.from({ length: shape[0]! }, (_, row) => 2 ** ((row % 3) - 1));
    return [
      floatTensor(name, shape, values, "f8_e4m3"),
      floatTensor(name.replace(".weight", ".weight_scale"), [shape[0]!, 1], scales),
      floatTensor(name.replace(".weight", ".input_scale_ub"), [1], Float32Array.of(1200)),
    ];
  });
  writeSafetensors(join(folder, "model.safetensors"), { tensors: sources });
  const quantization = {
    quant_method: "fbgemm_fp8",
    activation_scale_ub: 1200,
    modules_to_not_convert: ["lm_head"],
  };
  writeJson(folder, "config.json", { ...configJson(testConfig), quantization_config: quantization });
  const model = openCheckpoint(folder);
  const tensor = model.tensors.get("model.layers.1.mlp.up_proj.weight")!;
  assert.equal(tensor.format, "f8_e4m3");
  assert.deepEqual([...tensor.rowScale!.subarray(0, 4)], [0.5, 1, 2, 0.5]);
  const { values } = testTensors(testConfig).find(({ name }) => name === tensor.name)!;
  const stored = new Uint8Array(32);
  const expected = new Float32Array(32);
  weightFormats.f8_e4m3.quantize(values, 2 * 32, stored, 0, 32);
  weightFormats.f8_e4m3.dequantize(stored, 0, expected, 0, 32);
  assert.deepEqual(
    readTensorRows(tensor, 2, 1),
    expected.map((value) => value * 2),
  );
});

for (const format of ["f32", "f16", "bf16", "q8_0"] as const) {
  test(`exportGguf writes a Hugging Face model in ${format} that opens with the same configuration`, (t) => {
    const folder = temporaryFolder(t);
    writeTestFolder(folder, testConfig, { rope_scaling: { rope_type: "llama3", ...scaling } });
    const source = openCheckpoint(folder);
    const path = join(folder, "out.gguf");
    exportGguf(source, path, { formatOf: () => format });
    const model = openCheckpoint(path);
    assert.equal(model.ropeLayout, "adjacent");
    assert.deepEqual({ ...model.config, ropeScaling: null }, testConfig);
    assert.equal(model.config.ropeScaling?.ropeType, "divisors");
    const name = "model.layers.1.self_attn.k_proj.weight";
    const query = model.tensors.get(name)!;
    assert.equal(query.format, format);
    // Adjacent row 3 of head 1 is the second half of pair 1: halves row 8 + 4 + 1.
    const row = readTensorRows(query, 8 + 3, 1);
    const expected = readTensorRows(source.tensors.get(name)!, 8 + 4 + 1, 1);
    for (let i = 0; i < 32; i++)
      assert.ok(Math.abs(row[i]! - expected[i]!) <= (format === "q8_0" ? 0.01 : 0));
    const again = join(folder, "again.gguf");
    exportGguf(model, again, { formatOf: (tensor) => tensor.format });
    assert.deepEqual(openCheckpoint(again).config, model.config);
  });
}
