import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { TokenizerSource } from "../formats/checkpoint.ts";
import { readGguf } from "../formats/gguf.ts";
import { modelPath } from "../testdata.ts";
import { tinyTokenizerJson } from "./fake-vocabulary.ts";
import { loadTokenizer } from "./load.ts";

type GgufSource = TokenizerSource & { kind: "gguf" };

/** The tiny vocabulary as GGUF metadata. */
function tinyGguf(changes: Partial<GgufSource> = {}): GgufSource {
  const { model, added_tokens } = JSON.parse(tinyTokenizerJson());
  const specials = added_tokens.map((token: { content: string }) => token.content);
  const tokens = [...Object.keys(model.vocab).sort((a, b) => model.vocab[a] - model.vocab[b]), ...specials];
  return {
    kind: "gguf",
    model: "gpt2",
    pre: "gpt-2",
    tokens,
    tokenTypes: tokens.map((token) => (specials.includes(token) ? 3 : 1)),
    merges: model.merges,
    addBosToken: null,
    ...changes,
  };
}

const sample = "the lower  thing, aaaaaaaaaaa café 12 it's\n";

test("loadTokenizer reads merges as strings and as pairs, and GGUF, to the same tokenizer", () => {
  const strings = loadTokenizer({ kind: "tokenizer.json", text: tinyTokenizerJson() });
  const merges = JSON.parse(tinyTokenizerJson()).model.merges.map((merge: string) => merge.split(" "));
  const pairs = loadTokenizer({ kind: "tokenizer.json", text: tinyTokenizerJson({ model: { merges } }) });
  const gguf = loadTokenizer(tinyGguf());
  const ids = strings.encode(sample);
  assert.ok(ids.length < sample.length);
  for (const other of [pairs, gguf]) {
    assert.deepEqual(other.encode(sample), ids);
    assert.deepEqual([...other.specialTokens], [...strings.specialTokens]);
    assert.equal(other.vocabSize, 277);
  }
});

test("loadTokenizer honours ignore_merges", () => {
  const vocab = { ...JSON.parse(tinyTokenizerJson()).model.vocab, xyz: 277 };
  const load = (ignore_merges: boolean): number[] =>
    loadTokenizer({
      kind: "tokenizer.json",
      text: tinyTokenizerJson({ model: { vocab, ignore_merges } }),
    }).encode("xyz");
  assert.deepEqual(load(true), [277]);
  assert.deepEqual(load(false), [120, 121, 122]);
});

test("loadTokenizer takes the beginning token from the post-processor of tokenizer.json", () => {
  const template = {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "<|begin|>", type_id: 0 } }, { Sequence: { id: "A" } }],
  };
  const post_processor = { type: "Sequence", processors: [{ type: "ByteLevel" }, template] };
  const tokenizer = loadTokenizer({
    kind: "tokenizer.json",
    text: tinyTokenizerJson({ root: { post_processor } }),
  });
  assert.equal(tokenizer.bosId, tokenizer.specialId("<|begin|>"));
  assert.equal(tokenizer.addBos, true);
  assert.equal(loadTokenizer({ kind: "tokenizer.json", text: tinyTokenizerJson() }).addBos, false);
});

const byteLevel = { type: "ByteLevel", add_prefix_space: false, use_regex: false };
const refusals: readonly [string, Parameters<typeof tinyTokenizerJson>[0], RegExp][] = [
  ["WordPiece", { model: { type: "WordPiece" } }, /model WordPiece is not supported; supported: BPE/],
  ["Unigram", { model: { type: "Unigram" } }, /model Unigram is not supported/],
  ["byte fallback", { model: { byte_fallback: true } }, /model\.byte_fallback/],
  ["dropout", { model: { dropout: 0.1 } }, /model\.dropout 0\.1/],
  ["a word suffix", { model: { end_of_word_suffix: "</w>" } }, /end_of_word_suffix "<\/w>"/],
  [
    "a normalizer",
    { root: { normalizer: { type: "NFC" } } },
    /normalizer NFC is not supported; supported: none/,
  ],
  ["a decoder", { root: { decoder: { type: "Metaspace" } } }, /decoder Metaspace/],
  [
    "a prefix space",
    { root: { pre_tokenizer: { ...byteLevel, add_prefix_space: true } } },
    /ByteLevel with prefix space/,
  ],
  ["no pre-tokenizer", { root: { pre_tokenizer: null } }, /pre_tokenizer "" is not supported/],
  [
    "an unknown regex",
    {
      root: {
        pre_tokenizer: {
          type: "Sequence",
          pretokenizers: [{ type: "Split", pattern: { Regex: "\\w+" }, behavior: "Isolated" }, byteLevel],
        },
      },
    },
    /pre_tokenizer "Split \\w\+ \+ ByteLevel"/,
  ],
  [
    "a stripping added token",
    { root: { added_tokens: [{ id: 274, content: "<m>", lstrip: true }] } },
    /"<m>" with lstrip/,
  ],
  [
    "a merge of unknown tokens",
    { model: { merges: ["q q"] } },
    /Merge "q q" names a token that the vocabulary lacks/,
  ],
  [
    "a token outside the alphabet",
    { model: { vocab: { "▁a": 0 } } },
    /Token 0 "▁a" is not spelled in the byte-level alphabet/,
  ],
  ["an id given twice", { model: { vocab: { a: 0, b: 0 }, merges: [] } }, /Token id 0 is defined twice/],
  ["an absurd id", { model: { vocab: { a: 1e9 }, merges: [] } }, /gives token "a" the id 1000000000/],
];
for (const [name, changes, message] of refusals) {
  test(`loadTokenizer refuses a tokenizer.json with ${name}`, () => {
    const text = tinyTokenizerJson(changes);
    assert.throws(() => loadTokenizer({ kind: "tokenizer.json", text }), { name: "SyntaxError", message });
  });
}

test("loadTokenizer refuses GGUF pre-tokenizers and models that it does not know, with the supported list", () => {
  assert.throws(() => loadTokenizer(tinyGguf({ pre: "falcon" })), {
    message: /^GGUF pre-tokenizer "falcon" is not supported; supported: llama-bpe, .*smollm.*gpt-2/,
  });
  assert.throws(() => loadTokenizer(tinyGguf({ pre: "toString" })), /"toString" is not supported/);
  assert.throws(() => loadTokenizer(tinyGguf({ model: "llama" })), /GGUF tokenizer model "llama"/);
});

test("loadTokenizer refuses a tokenizer.model that is not Llama 3's, with the line", () => {
  const load = (text: string): unknown =>
    loadTokenizer({ kind: "tokenizer.model", bytes: new TextEncoder().encode(text) });
  assert.throws(() => load("IQ== 0\n\u0001junk\n"), /tokenizer\.model line 2 is not "base64 rank"/);
  assert.throws(() => load("IQ== 0\nIg== x\n"), /line 2/);
  assert.throws(() => load("IQ== 0\nIg== 1\n"), /has 2 tokens where Llama 3 has 128000/);
  assert.throws(() => load("IQ== 0\nIg== 999999999\n"), RangeError);
});

test("loadTokenizer reads SmolLM2 from GGUF to the ids of Hugging Face's tokenizers", (t) => {
  const path = modelPath("SmolLM2-135M-Instruct.Q4_1.gguf");
  if (path === null) return t.skip("needs LLAMERO_MODELS: SmolLM2-135M-Instruct.Q4_1.gguf");
  const { metadata } = readGguf(path);
  const get = (key: string): unknown => metadata.get(`tokenizer.ggml.${key}`)?.value;
  const tokenizer = loadTokenizer({
    kind: "gguf",
    model: get("model") as string,
    pre: get("pre") as string,
    tokens: get("tokens") as string[],
    tokenTypes: get("token_type") as number[],
    merges: get("merges") as string[],
    addBosToken: get("add_bos_token") as boolean,
  });
  const golden: { cases: [string, number[]][] } = JSON.parse(
    readFileSync(new URL("./testdata/smollm2.json", import.meta.url), "utf8"),
  );
  assert.equal(golden.cases.length, 120);
  for (const [text, ids] of golden.cases) assert.deepEqual(tokenizer.encode(text), ids, JSON.stringify(text));
  assert.deepEqual(
    tokenizer.encodeTemplate("<|im_start|>user\nHi<|im_end|>\n"),
    [1, 4093, 198, 26843, 2, 198],
  );
  assert.equal(tokenizer.addBos, false);
  assert.deepEqual(tokenizer.eosIds, [2, 0]);
});
