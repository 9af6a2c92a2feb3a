import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { floatTensor, openCheckpoint, readProof, renameTensor, writeGguf } from "@llamero/core";
import { tinyMetadata, tinyTensors } from "./fake-model.ts";
import { callCommand, type Outcome } from "./fake-terminal.ts";

const home = mkdtempSync(join(tmpdir(), "llamero-quantize-"));
const file = (name: string): string => join(home, name);
const llamero = (...words: string[]): Promise<Outcome> =>
  callCommand([...words, "--backend", "reference"], { env: { LLAMERO_HOME: home } });
const plain = (...words: string[]): Promise<Outcome> => callCommand(words, { env: { LLAMERO_HOME: home } });

before(() => {
  mkdirSync(file("models"));
  writeGguf(file("models/tiny.gguf"), {
    metadata: tinyMetadata("llama"),
    tensors: tinyTensors.map(({ name, shape, values }) =>
      floatTensor(renameTensor(name, "hf", "gguf")!, shape, values),
    ),
  });
  writeFileSync(file("text.txt"), "Few words are enough for a test.");
});
after(() => rmSync(home, { recursive: true, force: true }));

test("quantize writes a file whose proof show and inspect print", async () => {
  const out = file("eight.gguf");
  const words = ["tiny", out, "--to", "q8_0", "--text", file("text.txt"), "--max-perplexity-cost", "50"];
  const { code, stdout, stderr } = await llamero("quantize", ...words, "--json");
  assert.equal(code, 0, stderr);
  const result = JSON.parse(stdout) as { isKept: boolean; proof: object };
  assert.equal(result.isKept, true);
  assert.deepEqual(readProof(openCheckpoint(out).metadata), result.proof);
  const shown = await plain("show", out);
  assert.match(shown.stdout, /perplexity +[\d.]+ before, [\d.]+ after: .*within the limit of 50\.00 %/);
  const inspected = await plain("inspect", out, "--json");
  assert.deepEqual((JSON.parse(inspected.stdout) as { proof: object }).proof, result.proof);
});

test("quantize removes a file that loses too much and exits with 1, and keeps it with --force", async () => {
  const out = file("four.gguf");
  const words = ["tiny", out, "--to", "q4_0", "--text", file("text.txt"), "--max-perplexity-cost", "0"];
  // By chance random weights may gain; these lose.
  const refused = await llamero("quantize", ...words);
  assert.equal(refused.code, 1, refused.stdout);
  assert.match(refused.stderr, /q4_0 loses more than it may, so nothing was kept/);
  assert.ok(!existsSync(out));
  const forced = await llamero("quantize", ...words, "--force");
  assert.equal(forced.code, 0, forced.stderr);
  assert.match(forced.stderr, /kept by --force/);
  assert.match(forced.stdout, /beyond the limit/);
  assert.ok(existsSync(out));
});

test("quantize names what is wrong with its arguments", async () => {
  const cases: [words: string[], message: RegExp][] = [
    [["tiny", file("x")], /needs --to TARGET: fp8/],
    [["tiny", file("x"), "--to", "q3_k"], /--to takes fp8, .*not q3_k/],
    [["tiny", file("text.txt"), "--to", "q8_0"], /exists already/],
    [["tiny", file("none/x"), "--to", "q8_0"], /does not exist/],
    [["tiny", file("x"), "--to", "q8_0", "--unproven", "--tasks", "mmlu"], /goes with no --tasks/],
    [["nothing", file("x"), "--to", "q8_0"], /No model named nothing/],
  ];
  for (const [words, message] of cases) {
    const { code, stderr } = await llamero("quantize", ...words);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});

test("convert writes a folder and a file that load", async () => {
  const folder = await plain("convert", "tiny", file("hf"), "--to", "f32", "--json");
  assert.equal(folder.code, 0, folder.stderr);
  assert.equal(openCheckpoint(file("hf")).kind, "safetensors");
  const gguf = await plain("convert", file("hf"), file("back.gguf"), "--to", "q8_0");
  assert.equal(gguf.code, 0, gguf.stderr);
  assert.match(gguf.stdout, /back\.gguf: gguf, q8_0/);
  assert.equal(openCheckpoint(file("back.gguf")).tensors.get("model.embed_tokens.weight")!.format, "q8_0");
  const refused = await plain("convert", "tiny", file("no"), "--to", "q8_0");
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /cannot hold q8_0/);
});
