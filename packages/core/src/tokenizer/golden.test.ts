import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { modelPath, sharedPath } from "../testdata.ts";
import { loadTokenizer, type Tokenizer } from "./load.ts";

interface Golden {
  cases: { id: string; text: string; ids: number[]; ids_special?: number[] }[];
  ruled: {
    name: string;
    unit: string;
    repeat: number;
    count: number;
    sha256_of_comma_joined_ids: string;
    hf_count: number | null;
    hf_same: boolean | null;
  }[];
}

// The goldens use Meta's numbering of reserved tokens; the tokenizer writes Hugging Face's.
const renumberedReserved = /<\|reserved_special_token_([2-9]|\d\d)/;

let llama3: Tokenizer | undefined;

/** Llama 3 tokenizer and a golden file, or null after skipping the test. */
function prepare<T>(t: TestContext, golden: string): { tokenizer: Tokenizer; golden: T } | null {
  const model = modelPath("llama3.tokenizer.model");
  const path = sharedPath(`golden/${golden}`);
  if (model === null || path === null) {
    t.skip(
      model === null ? "needs LLAMERO_MODELS: llama3.tokenizer.model" : `needs ../shared: golden/${golden}`,
    );
    return null;
  }
  llama3 ??= loadTokenizer({ kind: "tokenizer.model", bytes: readFileSync(model) });
  return { tokenizer: llama3, golden: JSON.parse(readFileSync(path, "utf8")) as T };
}

test("Tokenizer.encode gives the reference's ids for all curated Llama 3 cases", (t) => {
  const given = prepare<Golden>(t, "tokenizer.json");
  if (given === null) return;
  assert.equal(given.golden.cases.length, 489);
  for (const { id, text, ids } of given.golden.cases) assert.deepEqual(given.tokenizer.encode(text), ids, id);
});

test("Tokenizer.encodeTemplate gives the reference's ids with special names parsed", (t) => {
  const given = prepare<Golden>(t, "tokenizer.json");
  if (given === null) return;
  for (const { id, text, ids, ids_special } of given.golden.cases) {
    if (renumberedReserved.test(text)) continue;
    assert.deepEqual(given.tokenizer.encodeTemplate(text), ids_special ?? ids, id);
  }
});

test("Tokenizer.encode gives the reference's ids for very long inputs, without Meta's cuts", (t) => {
  const given = prepare<Golden>(t, "tokenizer.json");
  if (given === null) return;
  for (const ruled of given.golden.ruled) {
    const ids = given.tokenizer.encode(ruled.unit.repeat(ruled.repeat));
    if (ruled.hf_count !== null) assert.equal(ids.length, ruled.hf_count, ruled.name);
    else assert.equal(given.tokenizer.decode(ids), ruled.unit.repeat(ruled.repeat), ruled.name);
    if (ruled.hf_same !== true) continue;
    assert.equal(createHash("sha256").update(ids.join(",")).digest("hex"), ruled.sha256_of_comma_joined_ids);
  }
});

test("Tokenizer.encode gives the reference's ids for 2,000 fuzz cases", (t) => {
  const given = prepare<{ cases: [string, number[]][] }>(t, "tokenizer_fuzz.json");
  if (given === null) return;
  assert.equal(given.golden.cases.length, 2000);
  for (const [text, ids] of given.golden.cases)
    assert.deepEqual(given.tokenizer.encode(text), ids, JSON.stringify(text));
});

test("Tokenizer.decode and createDecoder give the reference's text, whole and id by id", (t) => {
  const given = prepare<{ cases: { name: string; ids: number[]; bytes_hex: string; text: string }[] }>(
    t,
    "tokenizer_decode.json",
  );
  if (given === null) return;
  const decoder = given.tokenizer.createDecoder();
  for (const { name, ids, bytes_hex, text } of given.golden.cases) {
    if (renumberedReserved.test(text)) continue;
    assert.equal(given.tokenizer.decode(ids), text, name);
    assert.equal(ids.map((id) => decoder.push(id)).join("") + decoder.end(), text, name);
    const bytes = Buffer.concat(ids.map((id) => given.tokenizer.tokenBytes(id)));
    assert.equal(bytes.toString("hex"), bytes_hex, name);
  }
});

test("Tokenizer.encodeBytes and encode take invalid bytes and lone surrogates as U+FFFD", (t) => {
  const given = prepare<{
    raw_byte_input: { bytes_hex: string; lossy_ids: number[] }[];
    surrogate_input: { utf16_units: number[]; ids: number[] }[];
  }>(t, "tokenizer_decode.json");
  if (given === null) return;
  for (const { bytes_hex, lossy_ids } of given.golden.raw_byte_input)
    assert.deepEqual(given.tokenizer.encodeBytes(Buffer.from(bytes_hex, "hex")), lossy_ids, bytes_hex);
  for (const { utf16_units, ids } of given.golden.surrogate_input)
    assert.deepEqual(given.tokenizer.encode(String.fromCharCode(...utf16_units)), ids, utf16_units.join());
});

test("Tokenizer.specialId knows Meta's names and gives each id once", (t) => {
  const given = prepare<{ ids: Record<string, number>; n_words: number; bos: number; stop: number[] }>(
    t,
    "special_tokens.json",
  );
  if (given === null) return;
  const { tokenizer, golden } = given;
  for (const [name, id] of Object.entries(golden.ids)) {
    assert.equal(tokenizer.isSpecial(id), true);
    if (!/^<\|reserved_special_token_([2-9]|\d\d)/.test(name))
      assert.equal(tokenizer.specialId(name), id, name);
  }
  assert.equal(tokenizer.vocabSize, golden.n_words);
  assert.equal(tokenizer.bosId, golden.bos);
  assert.deepEqual(tokenizer.eosIds, golden.stop);
  assert.equal(new Set(tokenizer.specialTokens.values()).size, 256);
});
