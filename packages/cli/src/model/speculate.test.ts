import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSpeculate } from "./speculate.ts";

test("parseSpeculate reads n-grams and models, with and without a number", () => {
  assert.deepEqual(parseSpeculate("ngram"), { how: "ngram", maxDraft: null });
  assert.deepEqual(parseSpeculate("ngram:8"), { how: "ngram", maxDraft: 8 });
  assert.deepEqual(parseSpeculate("hf:user/repo:Q4_0"), { how: "hf:user/repo:Q4_0", maxDraft: null });
  assert.deepEqual(parseSpeculate("./small.gguf:4"), { how: "./small.gguf", maxDraft: 4 });
  for (const text of ["", ":3", "ngram:0", "ngram:65"]) {
    assert.throws(() => parseSpeculate(text), /--speculate takes ngram or a model/);
  }
});
