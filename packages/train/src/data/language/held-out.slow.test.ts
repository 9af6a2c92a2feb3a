import assert from "node:assert/strict";
import { test } from "node:test";

import { sharedPath } from "../../../../core/src/testdata.ts";
import { readHeldOutSentences } from "../../../tools/heldout-language.ts";
import { plantGibberish } from "../../../tools/planted-gibberish.ts";
import type { Document } from "../document.ts";
import { createGibberish } from "../filters/gibberish.ts";
import { createLanguageDetector } from "./detector.ts";

/** The handbook holds untranslated English under every language, so it is left to the benchmark. */
const SOURCES = ["tldr", "xquad", "xcopa", "mgsm"];

test("LanguageDetector names 97 of 100 sentences of sources that training has not seen, in each language", (t) => {
  const folder = sharedPath("data");
  if (folder === null) return t.skip("needs ../shared: data");
  const detector = createLanguageDetector();
  const counts = new Map<string, { all: number; right: number }>();
  for (const { source, language, text } of readHeldOutSentences(folder, 1000)) {
    if (!SOURCES.includes(source)) continue;
    const count = counts.get(language) ?? { all: 0, right: 0 };
    count.all++;
    if (detector.detect(text).language === language) count.right++;
    counts.set(language, count);
  }
  assert.equal(counts.size, 8);
  for (const [language, { all, right }] of counts) {
    t.diagnostic(`${language}: ${right} of ${all}`);
    assert.ok(right / all >= 0.97, `${language}: ${right} of ${all}`);
  }
});

test("createGibberish finds planted gibberish with a precision and a recall of at least 0.95", (t) => {
  const folder = sharedPath("data");
  if (folder === null) return t.skip("needs ../shared: data");
  const stage = createGibberish({});
  let found = 0;
  let wrong = 0;
  let missed = 0;
  for (const { kind, isGibberish, text } of plantGibberish(readHeldOutSentences(folder, 600), 5)) {
    const document: Document = { id: kind, text, source: "s", meta: {} };
    const isDropped = !stage.apply(document).keep;
    if (isDropped && isGibberish) found++;
    else if (isDropped) wrong++;
    else if (isGibberish) missed++;
  }
  t.diagnostic(`${found} found, ${wrong} wrong, ${missed} missed`);
  assert.ok(found / (found + wrong) >= 0.95);
  assert.ok(found / (found + missed) >= 0.95);
});
