import assert from "node:assert/strict";
import { test } from "node:test";
import { createByteTokenizer } from "./fake-tokenizer.ts";
import { PromptBuilder } from "./prompt-builder.ts";

test("PromptBuilder encodes neighbouring texts together and counts tokens by their first byte", () => {
  const byte = createByteTokenizer();
  // Tokens of two bytes each, so that one straddles the pieces.
  const pairs = {
    ...byte,
    encode: (text: string): number[] => byte.encode(text).filter((_, index) => index % 2 === 0),
    tokenBytes: (): Uint8Array => new Uint8Array(2),
  };
  const { ids, mask, ledger } = new PromptBuilder(pairs)
    .text("abc", "system")
    .text("def", "messages", true)
    .special("<|eot_id|>", "template", true)
    .text("g", "tools")
    .cut()
    .text("h", "tools")
    .build();
  assert.equal(ids.length, 6);
  assert.deepEqual([...mask], [0, 0, 1, 1, 0, 0]);
  assert.deepEqual(ledger, { system: 2, messages: 1, tools: 2, template: 1 });
});

test("PromptBuilder says which special token is missing", () => {
  const prompt = new PromptBuilder(createByteTokenizer(["<s>"]));
  assert.throws(() => prompt.special("<|eot_id|>"), /no token <\|eot_id\|>/);
});
