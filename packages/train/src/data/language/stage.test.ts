import assert from "node:assert/strict";
import { test } from "node:test";

import type { Document } from "../document.ts";
import { createLanguage } from "./stage.ts";

const GERMAN = "Der Zug nach Hamburg hatte heute wieder Verspätung, und niemand wusste warum. ".repeat(20);
const FRENCH = "Nous avons oublié les clés dans la voiture hier soir, comme d'habitude. ".repeat(20);

const document = (text: string): Document => ({ id: "a", text, source: "s", meta: { kept: 1 } });

test("createLanguage keeps the languages of its list and writes what it found", () => {
  const stage = createLanguage({ keep: ["de"] });
  const verdict = stage.apply(document(GERMAN));
  assert.ok(verdict.keep);
  assert.equal(verdict.document.meta["language"], "de");
  assert.equal(verdict.document.meta["kept"], 1);
  assert.ok((verdict.document.meta["languageConfidence"] as number) > 0.95);
  const dropped = stage.apply(document(FRENCH));
  assert.ok(!dropped.keep);
  assert.equal(dropped.reason, "language not kept");
  assert.match(dropped.detail!, /^fr /);
});

test("createLanguage judges a document by windows over all of it", () => {
  const mixed = document(`${FRENCH.slice(0, 300)}\n${GERMAN}`);
  const verdict = createLanguage({ keep: ["de"], minConfidence: 0.6 }).apply(mixed);
  assert.ok(verdict.keep);
  assert.equal(verdict.document.meta["language"], "de");
  const halves = createLanguage({ keep: ["de", "fr"], minConfidence: 0.9 }).apply(document(GERMAN + FRENCH));
  assert.ok(!halves.keep);
  assert.equal(halves.reason, "language unsure");
});

test("createLanguage only annotates where told", () => {
  const verdict = createLanguage({ keep: ["en"], annotateOnly: true }).apply(document(FRENCH));
  assert.ok(verdict.keep);
  assert.equal(verdict.document.meta["language"], "fr");
});

test("createLanguage refuses wrong options", () => {
  assert.throws(() => createLanguage({ keep: ["xx"] }), /keep takes a list/);
  assert.throws(() => createLanguage({ keep: [] }), /keep takes a list/);
  assert.throws(() => createLanguage({ minConfidence: 2 }), /from 0 to 1/);
  assert.throws(() => createLanguage({ languages: ["en"] }), /has no option languages/);
});
