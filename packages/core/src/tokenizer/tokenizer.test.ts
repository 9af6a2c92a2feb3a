import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom, randomText, tinyTokenizerJson } from "./fake-vocabulary.ts";
import { loadTokenizer } from "./load.ts";

const tokenizer = loadTokenizer({ kind: "tokenizer.json", text: tinyTokenizerJson() });
const endId = tokenizer.specialId("<|end|>")!;

test("Tokenizer.encode never makes a special token from text, encodeTemplate does", () => {
  const ids = tokenizer.encode("the<|end|>er <|begin|>");
  assert.deepEqual(
    ids.filter((id) => tokenizer.isSpecial(id)),
    [],
  );
  assert.equal(tokenizer.decode(ids), "the<|end|>er <|begin|>");
  assert.deepEqual(tokenizer.encodeTemplate("the<|end|>"), [...tokenizer.encode("the"), endId]);
});

test("Tokenizer.encodeTemplate prefers the longest special name", () => {
  assert.deepEqual(tokenizer.encodeTemplate("<|end|>er<|end|>e"), [endId + 1, endId, 101]);
});

test("Tokenizer.decode restores random Unicode from encode", () => {
  const random = createRandom(3);
  for (let i = 0; i < 3000; i++) {
    const text = randomText(random, 30);
    assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
    assert.deepEqual(tokenizer.encodeBytes(new TextEncoder().encode(text)), tokenizer.encode(text));
  }
});

test("Tokenizer.createDecoder joined equals decode for random ids, valid UTF-8 or not", () => {
  const random = createRandom(4);
  for (let i = 0; i < 3000; i++) {
    const skipSpecial = random(2) === 0;
    const text = randomText(random, 8);
    const ids = [
      ...tokenizer.encode(text),
      ...Array.from({ length: random(12) }, () => random(tokenizer.vocabSize)),
    ];
    const decoder = tokenizer.createDecoder({ skipSpecial });
    let streamed = "";
    for (const id of ids) streamed += decoder.push(id);
    streamed += decoder.end();
    assert.equal(streamed, tokenizer.decode(ids, { skipSpecial }), ids.join());
  }
});

test("Tokenizer.createDecoder holds back an unfinished character and shows it as U+FFFD at the end", () => {
  const decoder = tokenizer.createDecoder();
  assert.equal(decoder.push(0xf0) + decoder.push(0x9f) + decoder.push(0x98), "");
  assert.equal(decoder.push(0x80), "😀");
  assert.equal(decoder.push(0xe2), "");
  assert.equal(decoder.push(0x41), "\ufffdA");
  assert.equal(decoder.push(0xe2), "");
  assert.equal(decoder.end(), "\ufffd");
  assert.equal(decoder.push(0x41), "A");
});

test("Tokenizer.decode leaves special tokens out when asked and keeps U+FEFF", () => {
  const ids = [...tokenizer.encode("\ufeffthe"), endId, ...tokenizer.encode(" low")];
  assert.equal(tokenizer.decode(ids), "\ufeffthe<|end|> low");
  assert.equal(tokenizer.decode(ids, { skipSpecial: true }), "\ufeffthe low");
});

test("Tokenizer.encode gives no ids for no text and U+FFFD for lone surrogates and invalid bytes", () => {
  const replacement = [0xef, 0xbf, 0xbd];
  assert.deepEqual(tokenizer.encode(""), []);
  assert.deepEqual(tokenizer.encodeTemplate(""), []);
  assert.equal(tokenizer.decode([]), "");
  assert.deepEqual(tokenizer.encode("\ud800"), replacement);
  assert.deepEqual(tokenizer.encode("\udc00"), replacement);
  assert.deepEqual(tokenizer.encodeBytes(Uint8Array.of(0xff)), replacement);
});

test("Tokenizer refuses ids outside the vocabulary with the id and the size", () => {
  const expected = { name: "RangeError", message: /^Token id 277 is outside the vocabulary of 277 tokens$/ };
  assert.throws(() => tokenizer.decode([277]), expected);
  assert.throws(() => tokenizer.tokenBytes(277), expected);
  assert.throws(() => tokenizer.createDecoder().push(277), expected);
  assert.throws(() => tokenizer.decode([-1]), RangeError);
  assert.throws(() => tokenizer.decode([1.5]), RangeError);
});

test("Tokenizer.idOf and tokenBytes are inverse for every token", () => {
  for (let id = 0; id < tokenizer.vocabSize; id++) {
    const bytes = tokenizer.tokenBytes(id);
    assert.equal(tokenizer.idOf(tokenizer.isSpecial(id) ? new TextDecoder().decode(bytes) : bytes), id);
  }
  assert.equal(tokenizer.idOf("no such token"), undefined);
  assert.equal(tokenizer.idOf(new TextEncoder().encode("<|end|>")), undefined);
});

test("Tokenizer.encode makes added tokens that are not special wherever their spelling occurs", () => {
  const text = tinyTokenizerJson({
    root: {
      added_tokens: [
        { id: 274, content: "<tool>", special: false },
        { id: 275, content: "<end>", special: true },
      ],
    },
  });
  const withTool = loadTokenizer({ kind: "tokenizer.json", text });
  assert.deepEqual(withTool.encode("a<tool>a<end>").slice(0, 3), [97, 274, 97]);
  assert.equal(withTool.encode("<end>").includes(275), false);
  assert.equal(withTool.isSpecial(274), false);
});
