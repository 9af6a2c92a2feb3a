import assert from "node:assert/strict";
import { test } from "node:test";
import { sentenceEnd, toSpoken } from "./announce.ts";
import { EventDataParser } from "./event-data.ts";
import { pickLanguage } from "./languages.ts";
import { findShortcut } from "./shortcuts.ts";
import { fillText } from "./translate.ts";

test("EventDataParser gives the data of complete events, however the text is cut", () => {
  const text = 'data: {"a":1}\n\n: ping\n\ndata: first\ndata: second\r\n\r\ndata: [DONE]\n\ndata: open';
  const expected = ['{"a":1}', "first\nsecond", "[DONE]"];
  assert.deepEqual(new EventDataParser().push(text), expected);
  const parser = new EventDataParser();
  assert.deepEqual(
    [...text].flatMap((character) => parser.push(character)),
    expected,
  );
});

test("pickLanguage takes the first language that there is, whatever the region", () => {
  assert.equal(pickLanguage(["nl-BE", "pt-BR", "en"]), "pt");
  assert.equal(pickLanguage(["TH"]), "th");
  assert.equal(pickLanguage(["constructor", "ja"]), "en");
  assert.equal(pickLanguage([]), "en");
});

test("fillText puts values in as the language writes them, and leaves unknown names", () => {
  assert.equal(fillText("{used} of {limit} {x}", { used: 1200, limit: "8k" }, "de"), "1.200 of 8k {x}");
  assert.equal(fillText("{n}", { n: 1.5 }, "fr"), "1,5");
});

test("sentenceEnd finds the last whole sentence or line", () => {
  const text = "One. Two is 2.5 long\nthree";
  assert.equal(text.slice(0, sentenceEnd(text, 0)), "One. Two is 2.5 long\n");
  assert.equal(sentenceEnd("One. Two", 4), 4);
  assert.equal(sentenceEnd("Half a", 0), 0);
  assert.equal(sentenceEnd("1. One", 0), 0);
  assert.equal(toSpoken("## A *b* **c** `d`\n```ts\n2 * 3\n```"), "A b c d\n\n2 * 3");
});

test("findShortcut prefers the two keys that were pressed to one", () => {
  const list = ["c", "g c", "?"].map((keys) => ({ keys, text: "", run: () => {} }));
  assert.equal(findShortcut(list, "g", "c"), list[1]);
  assert.equal(findShortcut(list, "", "c"), list[0]);
  assert.equal(findShortcut(list, "g", "x"), undefined);
});
