import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import type { Document } from "../document.ts";
import { loadQualityModel, parseQualityModel, QualityModel } from "./quality-model.ts";
import { createQuality } from "./stage.ts";
import { trainQuality, trainQualityModel } from "./train-quality.ts";

const GOOD = [
  "The lighthouse was built on a small rock in the bay. Its lamp can be seen from a distance of twenty miles.",
  "Basalt is a dark rock that forms where lava cools quickly. It covers much of the floor of the oceans.",
  "The parliament of the country has two chambers. Members of the lower one are elected every four years.",
];
const BAD = [
  "Home | Login | Contact | Cart | Checkout | Follow us | Share | Print",
  "Buy now!!! Cheap watches 70% OFF click here click here FREE shipping",
  "cheap hotel, cheap flights, cheap hotel deals, best cheap hotel, cheap flights deals",
];
const document = (text: string, meta: Document["meta"] = {}): Document => ({
  id: "a",
  text,
  source: "s",
  meta,
});

test("the quality model of the package tells prose from menus, advertisements and shuffled words", () => {
  const model = loadQualityModel();
  for (const text of GOOD) assert.ok(model.score(text) > 0.5, `${model.score(text)} ${text}`);
  for (const text of BAD) assert.ok(model.score(text) < 0.5, `${model.score(text)} ${text}`);
  assert.equal(model.score(""), 0);
});

test("trainQualityModel learns what it is shown, the same for the same seed", () => {
  const options = { epochs: 30, rate: 0.5, seed: 3 };
  const { model, training } = trainQualityModel(BAD, GOOD, options);
  assert.deepEqual([training.good, training.bad, training.content.accuracy], [3, 3, 1]);
  const scorer = new QualityModel(model);
  for (const text of GOOD) assert.ok(scorer.scoreParts(text).content < 0.5);
  for (const text of BAD) assert.ok(scorer.scoreParts(text).content > 0.5);
  assert.deepEqual(trainQualityModel(BAD, GOOD, options).model, model);
  assert.throws(() => trainQualityModel(GOOD, []), /3 good and 0 bad/);
});

test("trainQuality writes a model from files that the stage quality reads", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "quality-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const lines = (texts: readonly string[]): string =>
    texts.map((text) => `${JSON.stringify({ text })}\n`).join("");
  writeFileSync(join(folder, "good.jsonl"), lines(GOOD));
  writeFileSync(join(folder, "bad.txt"), BAD[0]!);
  writeFileSync(join(folder, "bad.jsonl"), lines(BAD.slice(1)));
  const bad = [join(folder, "bad.txt"), join(folder, "bad.jsonl")];
  const training = await trainQuality([join(folder, "good.jsonl")], bad, join(folder, "own.bin"), {
    epochs: 30,
  });
  assert.equal(training.good, 3);
  assert.equal(training.bad, 3);
  const stage = createQuality({ model: "own.bin", threshold: 0.5 }, { folder });
  assert.match(String(stage.options["modelSha256"]), /^[0-9a-f]{64}$/);
  const kept = stage.apply(document(GOOD[0]!));
  assert.ok(kept.keep);
  assert.ok((kept.document.meta["quality"] as number) > 0.5);
  const dropped = stage.apply(document(BAD[0]!));
  assert.ok(!dropped.keep);
  assert.equal(dropped.reason, "low quality");
  writeFileSync(join(folder, "broken.jsonl"), '{"title": "no text"}\n');
  await assert.rejects(
    trainQuality([join(folder, "broken.jsonl")], bad, join(folder, "x.bin")),
    /has no text/,
  );
  await assert.rejects(trainQuality(["a.parquet"], bad, join(folder, "x.bin")), /\.jsonl or \.txt/);
});

test("createQuality passes what it cannot judge and refuses wrong options", () => {
  const stage = createQuality({}, { folder: "." });
  assert.ok(stage.apply(document(BAD[0]!, { domain: "code" })).keep);
  assert.ok(stage.apply(document(BAD[0]!, { language: "th" })).keep);
  const annotated = createQuality({ threshold: 0 }, { folder: "." }).apply(document(BAD[1]!));
  assert.ok(annotated.keep && (annotated.document.meta["quality"] as number) < 0.5);
  assert.throws(() => createQuality({ treshold: 1 }, { folder: "." }), /quality has no option treshold/);
  assert.throws(() => parseQualityModel(new Uint8Array(4), "own.bin"), /own.bin is not a deflated file/);
});
