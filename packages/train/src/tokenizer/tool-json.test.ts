import assert from "node:assert/strict";
import { test } from "node:test";
import { toolJsonTexts } from "./tool-json.ts";

const words = ["city", "river", "name", "date", "unit", "price", "color", "table", "cloud", "north"];

test("toolJsonTexts gives the same texts for a seed, with JSON on each line", () => {
  const texts = [...toolJsonTexts(20, words, 1)];
  assert.deepEqual(texts, [...toolJsonTexts(20, words, 1)]);
  assert.notDeepEqual(texts, [...toolJsonTexts(20, words, 2)]);
  for (const text of texts) {
    const [definition, calls] = text.split("\n\n") as [string, string];
    const tool = JSON.parse(definition) as { function: { name: string } };
    const [call, , result] = calls.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(call!["name"], tool.function.name);
    assert.equal(result!["status"], "ok");
  }
  assert.match(texts[0]!, /^\{"type": "function", "function": \{"name": "/);
});

test("toolJsonTexts refuses too few words", () => {
  assert.throws(() => [...toolJsonTexts(1, ["a"], 1)], /10 words at least, not 1/);
});
