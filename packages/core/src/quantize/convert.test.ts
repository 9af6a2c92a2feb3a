import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createReferenceBackend } from "@llamero/kernels";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { readTensorBytes } from "../formats/read-tensor.ts";
import { temporaryFolder } from "../formats/test-model.ts";
import { streamedLogits } from "../proof/streamed-oracle.ts";
import { sharedPath } from "../testdata.ts";
import { loadTokenizer } from "../tokenizer/load.ts";
import { convertModel } from "./convert.ts";
import { fakeText, writeFakeModel } from "./fake-model.ts";
import { measureCost } from "./measure-cost.ts";

test("convertModel from GGUF to a folder and back keeps every bit, the tokenizer and the template", async (t) => {
  const folder = temporaryFolder(t);
  const source = writeFakeModel(folder);
  const between = join(folder, "hf");
  const path = join(folder, "back.gguf");
  await convertModel(source, between, { container: "safetensors", format: "f32" });
  const middle = openCheckpoint(between);
  assert.equal(middle.ropeLayout, "halves");
  assert.deepEqual(middle.config.ropeScaling, {
    ropeType: "llama3",
    factor: 8,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalMaxPositionEmbeddings: 8192,
  });
  await convertModel(middle, path, { container: "gguf", format: "f32" });
  const back = openCheckpoint(path);
  for (const tensor of source.tensors.values()) {
    const same = back.tensors.get(tensor.name)!;
    assert.deepEqual(readTensorBytes(same.data), readTensorBytes(tensor.data), tensor.name);
  }
  for (const copy of [middle, back]) {
    assert.equal(copy.chatTemplate, source.chatTemplate);
    assert.equal(copy.bosTokenId, 256);
    assert.deepEqual(copy.eosTokenIds, [257]);
    const [ours, theirs] = [copy, source].map(({ tokenizer }) => loadTokenizer(tokenizer!));
    assert.deepEqual(ours!.encode(fakeText.content), theirs!.encode(fakeText.content));
    assert.equal(ours!.addBos, true);
    assert.equal(ours!.bosId, theirs!.bosId);
  }
  assert.deepEqual(back.tokenizer, source.tokenizer);
});

test("convertModel keeps the license of a folder's README, there and back", async (t) => {
  const folder = temporaryFolder(t);
  const [hf, gguf, again] = ["hf", "back.gguf", "again"].map((name) => join(folder, name));
  await convertModel(writeFakeModel(folder), hf!, { container: "safetensors", format: "f32" });
  assert.ok(!readdirSync(hf!).includes("README.md"), "no license, no README");
  const card =
    '---\nlanguage: [en]\nlicense: "apache-2.0"\nlicense_link: LICENSE\n---\n# A\n\nlicense: mit\n';
  writeFileSync(join(hf!, "README.md"), card);
  await convertModel(openCheckpoint(hf!), gguf!, { container: "gguf", format: "f32" });
  const { metadata } = openCheckpoint(gguf!);
  assert.equal(metadata["general.license"], "apache-2.0");
  assert.equal(metadata["general.license.link"], "LICENSE");
  await convertModel(openCheckpoint(gguf!), again!, { container: "safetensors", format: "f32" });
  assert.equal(
    readFileSync(join(again!, "README.md"), "utf8"),
    '---\nlicense: "apache-2.0"\nlicense_link: "LICENSE"\n---\n',
  );
});

test("convertModel between GGUF and a folder gives the same logits", async (t) => {
  const folder = temporaryFolder(t);
  const source = writeFakeModel(folder, { tieWordEmbeddings: true, ropeScaling: null });
  const out = join(folder, "hf");
  await convertModel(source, out, { container: "safetensors", format: "f32" });
  const tokens = [256, 72, 101, 108, 108, 111];
  const [expected, actual] = [source, openCheckpoint(out)].map((each) => streamedLogits(each, tokens));
  expected!.forEach((row, at) => {
    row.forEach((value, i) => {
      assert.ok(Math.abs(value - actual![at]![i]!) < 1e-9);
    });
  });
});

test("convertModel turns a file of Meta's names into the same model as the Hugging Face folder", async (t) => {
  const [meta, hf] = ["golden/tiny/meta_names.safetensors", "golden/tiny"].map(sharedPath);
  if (!meta || !hf) return t.skip("needs ../shared: golden/tiny");
  const folder = temporaryFolder(t);
  const out = join(folder, "hf");
  await convertModel(openCheckpoint(meta), out, { container: "safetensors", format: "f32" });
  const [expected, actual] = [openCheckpoint(hf), openCheckpoint(out)];
  assert.deepEqual(
    { ...actual.config, maxPositionEmbeddings: 0 },
    { ...expected.config, maxPositionEmbeddings: 0 },
  );
  for (const { name, data } of expected.tensors.values()) {
    assert.deepEqual(readTensorBytes(actual.tensors.get(name)!.data), readTensorBytes(data), name);
  }
});

test("convertModel to bf16 and q8_0 stays close", async (t) => {
  const folder = temporaryFolder(t);
  const source = writeFakeModel(folder, { numHiddenLayers: 1 });
  await using backend = createReferenceBackend();
  for (const [format, limit] of [
    ["bf16", 1e-3],
    ["q8_0", 1e-2],
  ] as const) {
    const out = join(folder, `${format}.gguf`);
    await convertModel(source, out, { container: "gguf", format });
    const { klMean } = await measureCost(source, openCheckpoint(out), { backend, text: "A short text." });
    assert.ok(klMean < limit, `${format}: ${klMean}`);
  }
});

test("convertModel refuses a folder of q8_0 and a scaling that config.json cannot hold", async (t) => {
  const folder = temporaryFolder(t);
  const source = writeFakeModel(folder);
  const out = join(folder, "hf");
  await assert.rejects(convertModel(source, out, { container: "safetensors", format: "q8_0" }), /write GGUF/);
  const divisors = Array.from({ length: 32 }, (_, i) => 1 + i);
  const config = { ...source.config, ropeScaling: { ropeType: "divisors" as const, divisors } };
  const options = { container: "safetensors", format: "bf16" } as const;
  await assert.rejects(convertModel({ ...source, config }, out, options), /no published scaling/);
  assert.deepEqual(readdirSync(folder), ["fake.gguf"]);
});
