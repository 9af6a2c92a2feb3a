import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom, randomText } from "./fake-vocabulary.ts";
import { type PretokenizerName, pretokenizers } from "./pretokenize.ts";

const s = "\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const llama3 = new RegExp(
  `'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^${s}\\p{L}\\p{N}]+[\\r\\n]*|[${s}]*[\\r\\n]+|[${s}]+(?![^${s}])|[${s}]+`,
  "gu",
);
const gpt2 = new RegExp(
  `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${s}\\p{L}\\p{N}]+|[${s}]+(?![^${s}])|[${s}]+`,
  "gu",
);

// The regexes as written by the reference, with its white space spelled out.
const references: Readonly<Record<PretokenizerName, (text: string) => string[]>> = {
  llama3: (text) => text.match(llama3) ?? [],
  gpt2: (text) => text.match(gpt2) ?? [],
  smollm: (text) => text.split(/(\p{N})/u).flatMap((stretch) => stretch.match(gpt2) ?? []),
};

function split(name: PretokenizerName, text: string): string[] {
  const bytes = new TextEncoder().encode(text);
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = pretokenizers[name](bytes, start, bytes.length);
    pieces.push(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(start, end)));
    start = end;
  }
  return pieces;
}

for (const name of Object.keys(pretokenizers) as PretokenizerName[]) {
  test(`pretokenizers.${name} splits as the reference's regex`, () => {
    const random = createRandom(11);
    for (let i = 0; i < 4000; i++) {
      const text = randomText(random, 12);
      assert.deepEqual(split(name, text), references[name](text), JSON.stringify(text));
    }
  });
}

test("pretokenizers treat U+0085 as white space and U+FEFF as a symbol", () => {
  assert.deepEqual(split("llama3", "a \u0085\u0085 \ufeff!"), ["a", " \u0085\u0085", " \ufeff!"]);
  assert.deepEqual(split("gpt2", "a\u0085\u0085b\ufeff!"), ["a", "\u0085", "\u0085", "b", "\ufeff!"]);
});

test("pretokenizers.llama3 groups digits by three, smollm leaves each alone", () => {
  assert.deepEqual(split("llama3", "1234567½"), ["123", "456", "7½"]);
  assert.deepEqual(split("smollm", "a  12 b"), ["a", "  ", "1", "2", " b"]);
});
