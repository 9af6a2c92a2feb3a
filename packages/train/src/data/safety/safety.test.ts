import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createSafety } from "./stage.ts";

const reasonOf = (stage: ReturnType<typeof createSafety>, text: string, url?: string): string => {
  const verdict = stage.apply({ id: "", text, source: "", meta: {}, ...(url === undefined ? {} : { url }) });
  return verdict.keep ? "kept" : verdict.reason;
};
const SPAM = "Best online casino with free spins! Claim a no deposit bonus today at our online casino. ";

test("safety drops pages that offer, and keeps texts about the matter", () => {
  const stage = createSafety({}, { folder: "." });
  assert.equal(reasonOf(stage, SPAM), "unsafe: gambling");
  assert.equal(
    reasonOf(stage, "Watch free porn, hot sex and sex videos, live sex for all."),
    "unsafe: adult",
  );
  assert.equal(reasonOf(stage, "คาสิโนออนไลน์ สล็อตออนไลน์ แทงบอลออนไลน์ สมัครวันนี้"), "unsafe: gambling");
  const report = `Researchers in a study found that the law on every online casino left patients with addiction to
prevention groups; the court and the police heard that free spins and a no deposit bonus draw the young. `;
  assert.equal(reasonOf(stage, report), "kept");
  assert.equal(reasonOf(stage, "He said she was kind, and they walked home past the casino."), "kept");
  assert.equal(reasonOf(createSafety({ categories: ["adult"] }, { folder: "." }), SPAM), "kept");
  assert.equal(
    reasonOf(createSafety({ phrases: ["blue moon"], maxCount: 0 }, { folder: "." }), "A Blue Moon."),
    "unsafe: own",
  );
});

test("safety drops pages of listed domains and those below them", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "safety-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "list.txt"), "# adult\n0.0.0.0 bad.example\nworse.example # note\n");
  const stage = createSafety({ domains: "list.txt" }, { folder });
  assert.equal(reasonOf(stage, "text", "https://www.bad.example/x"), "blocked domain");
  assert.equal(reasonOf(stage, "text", "http://a.b.worse.example"), "blocked domain");
  assert.equal(reasonOf(stage, "text", "http://notbad.example"), "kept");
  writeFileSync(join(folder, "list.txt"), "good.example\n<html>\n");
  assert.throws(() => createSafety({ domains: "list.txt" }, { folder }), /line 2/);
  assert.throws(() => createSafety({ categories: ["rude"] }, { folder }), /categories takes a list/);
});
