import assert from "node:assert/strict";
import { test } from "node:test";
import { compileGrammar } from "./compile-grammar.ts";
import { createFakeTokens, fakeStop } from "./fake-tokens.ts";
import { Grammar } from "./grammar.ts";
import { GrammarVocabulary } from "./grammar-vocabulary.ts";
import { LazyMatcher } from "./lazy-matcher.ts";

const vocabulary = GrammarVocabulary.of(createFakeTokens());
const grammar = new Grammar(
  compileGrammar({
    type: "tool-calls",
    format: "json",
    tools: [
      {
        name: "bus",
        parameters: {
          type: "object",
          properties: { line: { type: "integer" }, stop: { type: "string" } },
          required: ["line", "stop"],
        },
      },
    ],
    isParallel: false,
    answer: { type: "free" },
  }),
  vocabulary,
  [fakeStop],
);

/** Reads a text byte by byte; the text of what the mask refused first, if anything. */
function read(text: string, matcher = new LazyMatcher(grammar.match(), vocabulary)): string | null {
  for (const [index, byte] of new TextEncoder().encode(text).entries()) {
    const mask = matcher.mask();
    if (mask !== null && ((mask[byte >>> 5]! >>> (byte & 31)) & 1) === 0) return text.slice(index);
    assert.equal(matcher.accept(byte), true, `byte ${index} of ${text}`);
  }
  return null;
}

test("LazyMatcher lets text be, also with JSON in it", () => {
  for (const text of [
    "Hello {",
    '[{"name": "x"}]',
    'So: {"name": "x"}',
    '{"first": {"name": 3}}',
    "{",
    "  { }",
  ])
    assert.equal(read(text), null, text);
});

test("LazyMatcher holds what begins as a call to the tools and their schemas", () => {
  const call = '{"name": "bus", "parameters": {"line": 12, "stop": "Hill"}}';
  assert.equal(read(call), null);
  assert.equal(read(`{ "type": "function", ${call.slice(1)}`), null);
  assert.equal(read(`\n{\n    ${call.slice(1)}`), null);
  assert.equal(read('{"name": "tram"}'), 'tram"}');
  assert.equal(read('{"name": "bus", "parameters": {"line": 12}}'), "}}");
  assert.equal(read('{"name": "bus", "parameters": {"line": "12"'), '"12"');
  assert.equal(read(`${call} and`), " and");
});

test("LazyMatcher ends with the call, allows the stop token only there, and forks", () => {
  const matcher = new LazyMatcher(grammar.match(), vocabulary);
  assert.equal(read('{"name": "bus", "parameters": {"line": 1', matcher), null);
  const fork = matcher.fork();
  assert.equal(read('2, "stop": "a"}}', fork), null);
  assert.equal(fork.isFinished, true);
  assert.equal(matcher.isFinished, false);
  assert.equal((matcher.mask()![fakeStop >>> 5]! >>> (fakeStop & 31)) & 1, 0);
  const marked = new LazyMatcher(grammar.match(), vocabulary);
  assert.equal(marked.accept(fakeStop), true);
  assert.equal(read('{"name": "tram"}', marked), 'tram"}', "behind the token that marks a call");
});
