import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { floatTensor, renameTensor, writeGguf, writeSafetensors } from "@llamero/core";
import { tinyConfig, tinyMetadata, tinyTensors } from "../fake-model.ts";
import { callCommand, type Outcome } from "../fake-terminal.ts";

let home: string;
let adapter: string;

before(async () => {
  home = await mkdtemp(join(tmpdir(), "llamero-embed-"));
  await mkdir(join(home, "models"));
  writeGguf(join(home, "models", "tiny.gguf"), {
    metadata: tinyMetadata("llama"),
    tensors: tinyTensors.map(({ name, shape, values }) =>
      floatTensor(renameTensor(name, "hf", "gguf")!, shape, values),
    ),
  });
  adapter = join(home, "adapter");
  await mkdir(adapter);
  await writeFile(join(adapter, "adapter_config.json"), JSON.stringify({ r: 2, lora_alpha: 4 }));
  const { hiddenSize } = tinyConfig;
  const matrix = Float32Array.from({ length: 2 * hiddenSize }, (_, i) => Math.cos(i * 7.1));
  const module = "base_model.model.model.layers.0.self_attn.o_proj";
  writeSafetensors(join(adapter, "adapter_model.safetensors"), {
    tensors: [
      floatTensor(`${module}.lora_A.weight`, [2, hiddenSize], matrix),
      floatTensor(`${module}.lora_B.weight`, [hiddenSize, 2], matrix),
    ],
  });
});

after(() => rm(home, { recursive: true, force: true }));

const llamero = (words: readonly string[], input = ""): Promise<Outcome> =>
  callCommand([...words], { input, env: { LLAMERO_HOME: home } });

interface Line {
  index: number;
  tokens: number;
  embedding: number[];
}

async function embed(words: readonly string[], input: string): Promise<Line[]> {
  const { code, stdout, stderr } = await llamero(["embed", "tiny", "--mode", "exact", ...words], input);
  assert.equal(code, 0, stderr);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

test("llamero embed prints a vector for each line, of length 1 unless told otherwise", async () => {
  const lines = await embed([], "one\nother text\none\n");
  assert.deepEqual(
    lines.map(({ index, tokens }) => [index, tokens]),
    [
      [0, 3],
      [1, 10],
      [2, 3],
    ],
  );
  for (const { embedding } of lines) {
    assert.equal(embedding.length, tinyConfig.hiddenSize);
    assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-6);
  }
  assert.deepEqual(lines[2]!.embedding, lines[0]!.embedding);
  assert.notDeepEqual(lines[1]!.embedding, lines[0]!.embedding);
  const [long] = await embed(["--no-normalize", "--pooling", "last"], "one\n");
  assert.ok(Math.abs(Math.hypot(...long!.embedding) - 1) > 1e-4);
});

test("llamero embed and run take a LoRA adapter", async () => {
  const [plain] = await embed([], "one\n");
  const [adapted] = await embed(["--lora", `mine=${adapter}`], "one\n");
  assert.notDeepEqual(adapted!.embedding, plain!.embedding);
  const run = ["run", "tiny", "--raw", "--temp", "0", "-n", "8", "--json"];
  const idsOf = ({ stdout }: Outcome): number[] => (JSON.parse(stdout) as { ids: number[] }).ids;
  const without = await llamero(run, "Hello");
  const with_ = await llamero([...run, "--lora", `mine=${adapter}`], "Hello");
  assert.equal(with_.code, 0, with_.stderr);
  assert.notDeepEqual(idsOf(with_), idsOf(without));
});

test("llamero refuses empty lines, two adapters for one answer, bad names and what is no adapter", async () => {
  for (const [words, input, message] of [
    [["embed", "tiny"], "a\n\nb\n", /Line 2 is empty/],
    [
      ["embed", "tiny", "--lora", `a=${adapter}`, "--lora", `b=${adapter}`],
      "a\n",
      /one adapter, not through a, b/,
    ],
    [["embed", "tiny", "--lora", `a=${adapter}`, "--lora", `a=${adapter}`], "a\n", /--lora names a twice/],
    [["run", "tiny", "hi", "--lora", "a b=x"], "", /--lora takes NAME=PATH/],
    [["run", "tiny", "hi", "--lora", "a=/nowhere"], "", /no such adapter file or folder/],
  ] as const) {
    const { code, stderr } = await llamero(words, input);
    assert.notEqual(code, 0);
    assert.match(stderr, message);
  }
});

test("llamero embed prints an encoder's vectors and refuses flags that it has no use for", async () => {
  const encoder = fileURLToPath(new URL("../../../core/src/models/testdata/tiny-bert", import.meta.url));
  const { code, stdout, stderr } = await llamero(["embed", encoder], "The river runs.\n");
  assert.equal(code, 0, stderr);
  assert.ok(Math.abs(Math.hypot(...(JSON.parse(stdout) as Line).embedding) - 1) < 1e-6);
  for (const [flags, message] of [
    [["--kv", "int8"], /leave --kv out/],
    [["--mode", "exact", "--ctx-size", "64"], /leave --mode and --ctx-size out/],
    [["--no-normalize"], /leave --no-normalize out/],
    [["--pooling", "last"], /leave --pooling and --lora out/],
  ] as const) {
    const refused = await llamero(["embed", encoder, ...flags], "a\n");
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, message);
  }
});
