import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { charsmapNormalizer } from "./charsmap.ts";
import {
  loadEncoderTokenizer,
  parseSentencePieceTokenizer,
  parseVocabTxt,
} from "./load-encoder-tokenizer.ts";
import { readSentencePiece } from "./sentencepiece.ts";

const testdata = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const readBytes = (path: string): Uint8Array => new Uint8Array(readFileSync(testdata(path)));
// Made by testdata/make_spm.py.
const spm = "testdata/tiny-spm/spm.model";

test("loadEncoderTokenizer reads spm.model and gives the ids of SentencePiece", () => {
  const tokenizer = loadEncoderTokenizer(testdata("testdata/tiny-spm"));
  const { texts, ids } = JSON.parse(readFileSync(testdata("testdata/tiny-spm/expected.json"), "utf8")) as {
    texts: string[];
    ids: number[][];
  };
  for (const [i, text] of texts.entries())
    assert.deepEqual(tokenizer.encode(text), ids[i], JSON.stringify(text));
  const known = tokenizer.textsOf("The old mill \u2603");
  assert.equal(known.slice(0, -1).join(""), "Theoldmill");
  assert.equal(known.at(-1), null);
});

test("charsmapNormalizer applies the rules of a file, and refuses damaged ones", () => {
  const { charsmap } = readSentencePiece(readBytes(spm));
  const normalize = charsmapNormalizer(charsmap);
  for (const [text, expected] of [
    ["\uff21\uff22 plain", "AB plain"],
    ["\ufb01ne", "fine"],
    ["thin\u2009space", "thin space"],
    ["soft\u00adhyphen", "softhyphen"],
    ["A\u030a", "\u00c5"],
    ["B\u030a \u5ddd", "B\u030a \u5ddd"],
  ] as const)
    assert.equal(normalize(text), expected);
  for (const bytes of [new Uint8Array(), new Uint8Array(3), charsmap.subarray(0, 64)])
    assert.throws(() => charsmapNormalizer(bytes), { name: "SyntaxError", message: /are damaged/ });
});

test("parseSentencePieceTokenizer refuses files and settings that it does not read", () => {
  const bytes = readBytes(spm);
  assert.throws(() => parseSentencePieceTokenizer(bytes.subarray(0, 40)), /is damaged near byte/);
  assert.throws(() => parseSentencePieceTokenizer(new Uint8Array()), /holds no pieces/);
  assert.throws(() => parseSentencePieceTokenizer(bytes, { do_lower_case: true }), /asks for do_lower_case/);
});

test("parseVocabTxt gives the ids of the same vocabulary in a tokenizer.json", (t) => {
  const folder = testdata("../models/testdata/tiny-bert");
  const json = JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8")) as {
    model: { vocab: Record<string, number> };
  };
  const tokens = Object.entries(json.model.vocab)
    .sort(([, a], [, b]) => a - b)
    .map(([token]) => token);
  const other = mkdtempSync(join(tmpdir(), "llamero-vocab-"));
  t.after(() => rmSync(other, { recursive: true }));
  cpSync(join(folder, "expected.json"), join(other, "expected.json"));
  writeFileSync(join(other, "vocab.txt"), `${tokens.join("\r\n")}\r\n`);
  const tokenizer = loadEncoderTokenizer(other);
  const { texts, ids } = JSON.parse(readFileSync(join(other, "expected.json"), "utf8")) as {
    texts: string[];
    ids: number[][];
  };
  for (const [i, text] of texts.entries())
    assert.deepEqual(tokenizer.encode(text), ids[i], JSON.stringify(text));
  const cased = parseVocabTxt("[PAD]\n[CLS]\n[SEP]\n[UNK]\nMill\nmill\n", { do_lower_case: false });
  assert.deepEqual(cased.encode("Mill mill MILL"), [1, 4, 5, 3, 2]);
  assert.throws(() => parseVocabTxt("[UNK]\na\n"), /vocab.txt has no token \[CLS\]/);
});
