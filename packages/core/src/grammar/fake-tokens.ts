import type { GrammarTokenizer } from "./grammar-vocabulary.ts";

const merges = [
  '{"',
  '":',
  '": ',
  '": "',
  '",',
  '", "',
  '"}',
  "}}",
  "]}",
  "},",
  "[[",
  '["',
  "],",
  "[]",
  "{}",
  "true",
  "null",
  "00",
  "12",
  "-1",
  ".5",
  "1,",
  "2]",
  "abc",
  "ab",
  'a"',
  'b",',
  " a",
  "  ",
  "\n  ",
  "\\n",
  "\\u00",
  "é",
  'é"',
  "😀",
  "foo",
  "foobar",
  "@x.y",
  "://",
  "2020-01-",
  "xxxxxxxx",
  '","b":',
] as const;

/** Id of the token that ends a text. Tests only. */
export const fakeStop: number = 256 + merges.length;

/** Tokens of one byte each, some that cross the borders of JSON's parts, and one special token. Tests only. */
export function createFakeTokens(): GrammarTokenizer {
  const utf8 = new TextEncoder();
  const tokens = [
    ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
    ...merges.map((text) => utf8.encode(text)),
  ];
  return {
    vocabSize: fakeStop + 1,
    isSpecial: (id) => id === fakeStop,
    tokenBytes: (id) => tokens[id] ?? utf8.encode("<|end|>"),
  };
}
