import assert from "node:assert/strict";
import { test } from "node:test";
import { createByteTokenizer } from "./fake-tokenizer.ts";
import { compareRenders } from "./template-check.ts";

test("compareRenders names the first token that differs, with its surroundings", () => {
  const tokenizer = createByteTokenizer();
  const a = tokenizer.encodeTemplate("user: hi<|eot_id|>");
  const b = tokenizer.encodeTemplate("user: hi!<|eot_id|>");
  assert.equal(compareRenders(a, a, tokenizer), null);
  const difference = compareRenders(a, b, tokenizer);
  assert.deepEqual(difference, {
    index: 8,
    a: { id: tokenizer.specialId("<|eot_id|>"), text: "<|eot_id|>" },
    b: { id: 33, text: "!" },
    before: "user: hi",
    afterA: "<|eot_id|>",
    afterB: "!<|eot_id|>",
  });
  assert.equal(compareRenders([], [65], tokenizer)?.a, null);
});
