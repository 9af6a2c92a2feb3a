import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { loadTokenizer } from "@llamero/core/tokenizer";
import { cutText } from "./read-inputs.ts";
import { trainTokenizer, writeTokenizer } from "./train-tokenizer.ts";

const words = ["river", "mountain", "über", "日本語", "🙂", "2024", "don't", "function(x)", "\n\n", "Straße"];

function makeFile(t: TestContext, name: string, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "llamero-tokenizer-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

function makeCorpus(t: TestContext): string {
  const lines = Array.from({ length: 200 }, (_, i) =>
    JSON.stringify({
      text: `${words[i % 10]} ${words[(i * 7) % 10]} ${words[(i * 3) % 10]} <|eot_id|> ${words[(i * i) % 10]}`,
      lang: i % 2 === 0 ? "en" : "de",
    }),
  );
  return makeFile(t, "corpus.jsonl", lines.join("\n"));
}

test("trainTokenizer makes the vocabulary that was asked for, specials after the merges", async (t) => {
  const { tokenizer, report, tokenizerConfig } = await trainTokenizer({
    inputs: [{ path: makeCorpus(t) }],
    vocabSize: 300,
  });
  assert.equal(tokenizer.vocabSize, 300);
  assert.deepEqual([report.numMerges, report.numSpecials], [28, 16]);
  // The order of Llama 3.1, from its 128,000 on.
  const offsets = {
    begin_of_text: 0,
    end_of_text: 1,
    finetune_right_pad_id: 4,
    start_header_id: 6,
    eot_id: 9,
  };
  for (const [name, offset] of Object.entries(offsets))
    assert.equal(tokenizer.specialId(`<|${name}|>`), 284 + offset, name);
  assert.equal(tokenizer.bosId, 284);
  assert.ok(tokenizer.addBos);
  assert.equal((JSON.parse(tokenizerConfig) as Record<string, unknown>)["bos_token"], "<|begin_of_text|>");
});

test("trainTokenizer spells names of special tokens in plain text, whatever it learned from", async (t) => {
  const { tokenizer } = await trainTokenizer({ inputs: [{ path: makeCorpus(t) }], vocabSize: 320 });
  const eot = tokenizer.specialId("<|eot_id|>")!;
  const ids = tokenizer.encode("<|eot_id|>");
  assert.ok(!ids.includes(eot) && ids.length > 3);
  assert.deepEqual(tokenizer.encodeTemplate("<|eot_id|>"), [eot]);
});

test("trainTokenizer makes tokens that give back every text and byte", async (t) => {
  const { tokenizer } = await trainTokenizer({ inputs: [{ path: makeCorpus(t) }], vocabSize: 320 });
  assert.deepEqual(tokenizer.missingBytes, []);
  for (const text of [...words, words.join(" "), "สวัสดี नमस्ते \u0000\u007f \r\n\t  x", "🏳️‍🌈"])
    assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
});

test("trainTokenizer gives the same bytes again, and writes them whole", async (t) => {
  const path = makeCorpus(t);
  const first = await trainTokenizer({ inputs: [{ path }], vocabSize: 310 });
  const second = await trainTokenizer({ inputs: [{ path }], vocabSize: 310 });
  assert.equal(first.tokenizerJson, second.tokenizerJson);
  const folder = join(path, "..", "out");
  writeTokenizer(folder, first);
  assert.deepEqual(readdirSync(folder), ["report.json", "tokenizer.json", "tokenizer_config.json"]);
  const text = readFileSync(join(folder, "tokenizer.json"), "utf8");
  assert.equal(loadTokenizer({ kind: "tokenizer.json", text }).vocabSize, 310);
});

test("trainTokenizer takes weights, sizes and filters of each input", async (t) => {
  const path = makeCorpus(t);
  const { report } = await trainTokenizer({
    inputs: [
      { path, where: { field: "lang", value: "de" }, weight: 3 },
      { path, maxBytes: 500 },
      { path, maxDocumentBytes: 10 },
    ],
    vocabSize: 290,
  });
  const [german, little, short] = report.inputs;
  assert.equal(german!.documents, 100);
  assert.ok(little!.textBytes <= 500 && little!.textBytes > 400, `${little!.textBytes}`);
  assert.ok(short!.textBytes <= 2000);
  const total = 3 * german!.textBytes + little!.textBytes + short!.textBytes;
  assert.ok(Math.abs(german!.share - (3 * german!.textBytes) / total) < 1e-12);
  for (const input of report.inputs) assert.ok(input.bytesPerToken > 1);
});

test("trainTokenizer refuses what cannot be learned, and says what to do", async (t) => {
  const path = makeCorpus(t);
  const refused: [Parameters<typeof trainTokenizer>[0], RegExp][] = [
    [{ inputs: [], vocabSize: 300 }, /no input to learn from/],
    [
      { inputs: [{ path }], vocabSize: 271 },
      /271 tokens cannot be made: 256 bytes, 8 special tokens and 8 reserved/,
    ],
    [{ inputs: [{ path }], vocabSize: 300, numReserved: 249 }, /0 to 248 reserved/],
    [{ inputs: [{ path }], vocabSize: 5000 }, /bytes of text give \d+ tokens, not 5000: give more text/],
    [{ inputs: [{ path, weight: 0 }], vocabSize: 300 }, /weight of .* is 0/],
    [{ inputs: [{ path: makeFile(t, "empty.jsonl", "") }], vocabSize: 300 }, /no text to learn from/],
    [{ inputs: [{ path: `${path}.gone` }], vocabSize: 300 }, /No file matches/],
    [{ inputs: [{ path: makeFile(t, "x.bin", "x") }], vocabSize: 300 }, /no file of a format/],
  ];
  for (const [options, message] of refused)
    await assert.rejects(
      trainTokenizer(options),
      (error) => error instanceof RangeError && message.test(error.message),
    );
  const broken = makeFile(t, "broken.jsonl", '{"text":"a"}\n{"text":\n');
  await assert.rejects(
    trainTokenizer({ inputs: [{ path: broken }], vocabSize: 300 }),
    /broken\.jsonl, line 2: Not JSON/,
  );
});

test("cutText cuts between characters, and before a word where it can", () => {
  assert.equal(cutText("one two three", 9), "one two");
  assert.equal(cutText("日本語", 7), "日本");
  assert.equal(cutText("short", 100), "short");
});
