import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Document } from "../document.ts";
import type { GlobalStage } from "../stage.ts";
import { createExactDedup } from "./exact-dedup.ts";
import { LineCounter } from "./line-counter.ts";
import { createLineDedup } from "./line-dedup.ts";
import { createMinhash } from "./minhash.ts";
import { createUrlDedup } from "./url-dedup.ts";
import { normalizeUrl } from "./url-key.ts";

const document = (text: string, more: Partial<Document> = {}): Document => ({
  id: "a",
  text,
  source: "s",
  meta: {},
  ...more,
});
const decide = (stage: GlobalStage, each: Document): string => {
  const verdict = stage.decide(each, stage.digest(each));
  return verdict.keep ? (verdict.changed ?? "kept") : verdict.reason;
};

/** Words without sense, the same for the same seed. */
function invent(seed: number, words: number): string[] {
  let state = seed * 7919 + 1;
  return Array.from({ length: words }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return `w${(state >>> 16) % 900}`;
  });
}

test("normalizeUrl gives one form to the addresses of a page", () => {
  const same = [
    "https://www.Example.org:443/a/b/?b=2&a=1#top",
    "http://example.org//a/b?a=1&b=2&utm_source=x&fbclid=1",
    "example.org/a/b/index.html?a=1&b=2",
  ];
  for (const url of same) assert.equal(normalizeUrl(url), "example.org/a/b?a=1&b=2");
  assert.notEqual(normalizeUrl("http://example.org/a?id=1"), normalizeUrl("http://example.org/a?id=2"));
  assert.equal(normalizeUrl("mailto:a@b.c"), null);
});

test("url-dedup keeps the first, or the newest of the files named", async (t) => {
  const first = await createUrlDedup({}, { folder: "." });
  assert.equal(decide(first, document("a", { url: "http://a.org/x" })), "kept");
  assert.equal(decide(first, document("b", { url: "https://www.a.org/x/" })), "same address");
  assert.equal(decide(first, document("b")), "kept");
  const folder = mkdtempSync(join(tmpdir(), "url-dedup-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const rows = ["2020-01-01", "2022-01-01", "2021-01-01"].map((date) => ({ text: date, url: "a.org", date }));
  writeFileSync(join(folder, "x.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  const newest = await createUrlDedup({ keep: "newest", files: "x.jsonl" }, { folder });
  const found = rows.map(({ text, url, date }) => decide(newest, document(text, { url, meta: { date } })));
  assert.deepEqual(found, ["newer at the same address", "kept", "same address"]);
  await assert.rejects(createUrlDedup({ keep: "newest" }, { folder }), /goes with files/);
});

test("exact-dedup compares prose by letters and digits, and program text with its signs", () => {
  const stage = createExactDedup({});
  assert.equal(decide(stage, document("The house, red.")), "kept");
  assert.equal(decide(stage, document("the  HOUSE\nred")), "same text");
  assert.equal(decide(stage, document("The house, reds.")), "kept");
  assert.equal(decide(stage, document("...")), "kept");
  assert.equal(decide(stage, document("???")), "kept");
  const code = { meta: { domain: "code" } };
  assert.equal(decide(stage, document("a + b", code)), "kept");
  assert.equal(decide(stage, document("a - b", code)), "kept");
  assert.equal(decide(stage, document("a - b  \n", code)), "same text");
  assert.equal(decide(createExactDedup({ normalize: false }), document("a")), "kept");
});

test("line-dedup drops lines from the seventh time on, in a fixed memory", () => {
  const stage = createLineDedup({ memoryMegabytes: 1 });
  for (let at = 0; at < 6; at++)
    assert.equal(decide(stage, document(`Menu | Home\nText ${at}.\n---`)), "kept");
  const last = document("MENU, home\n\nText 7.\n---\n");
  const verdict = stage.decide(last, stage.digest(last));
  assert.ok(verdict.keep && verdict.document.text === "Text 7.\n---" && verdict.changed === "1 of 3 lines");
  assert.equal(decide(stage, document("Menu Home")), "only frequent lines");
  assert.equal(decide(stage, document("Menu Home", { meta: { domain: "code" } })), "kept");
  const bucket = createLineDedup({ memoryMegabytes: 1, maxCount: 1, bucketDocuments: 2 });
  assert.deepEqual(
    [1, 2, 3].map(() => decide(bucket, document("Same line"))),
    ["kept", "only frequent lines", "kept"],
  );
});

test("LineCounter keeps frequent lines when it is full", () => {
  const counter = new LineCounter(1024);
  for (let at = 0; at < 5000; at++) {
    counter.add(Math.imul(at, 0x9e3779b1), Math.imul(at, 0x85ebca6b));
    counter.add(77, 0x77777700);
    counter.add(77, 0x77777700);
  }
  assert.equal(counter.add(77, 0x77777700), 255);
});

test("minhash finds edited and reordered texts and leaves shared boilerplate", () => {
  const stage = createMinhash({});
  const words = invent(1, 400);
  assert.equal(decide(stage, document(words.join(" "))), "kept");
  const edited = words.map((word, at) => (at % 12 === 5 ? `new${at}` : word));
  assert.equal(decide(stage, document(edited.join(" "))), "near duplicate");
  const moved = [...words.slice(200), ...words.slice(0, 200)].join(" ").toUpperCase();
  assert.equal(decide(stage, document(moved)), "near duplicate");
  assert.equal(decide(stage, document([...words.slice(0, 160), ...invent(2, 240)].join(" "))), "kept");
  assert.equal(decide(stage, document("")), "kept");
  assert.equal(decide(stage, document("one two")), "kept");
  assert.equal(decide(stage, document("One, two!")), "near duplicate");
  const thai = "แม่น้ำสายนี้เกิดจากภูเขาเหนือเมืองเก่าและไหลผ่านโรงสีสามแห่งก่อนจะไปถึงทะเล ในฤดูฝนทุ่งนาทั้งสองฝั่งมีน้ำท่วม";
  assert.equal(decide(stage, document(thai)), "kept");
  assert.equal(decide(stage, document(thai.replace("สาม", "สอง"))), "near duplicate");
});

test("minhash refuses options that make no signature, and stops at its bound", () => {
  assert.throws(() => createMinhash({ bands: 3, rows: 3 }), /multiple of 4/);
  assert.throws(() => createMinhash({ threshold: 2 }), /0 to 1/);
  const stage = createMinhash({ maxDocuments: 1, bands: 14, rows: 8 });
  decide(stage, document("one two three four"));
  assert.throws(() => decide(stage, document("five six seven eight nine")), /raise maxDocuments/);
});

test("stages with a memory go on after save and load as if there had been no stop", async (t) => {
  const makers = {
    exact: () => createExactDedup({}),
    line: () => createLineDedup({ memoryMegabytes: 1, maxCount: 1 }),
    minhash: () => createMinhash({}),
    url: () => createUrlDedup({}, { folder: "." }),
  };
  for (const [name, make] of Object.entries(makers)) {
    const folder = mkdtempSync(join(tmpdir(), `memory-${name}-`));
    t.after(() => rmSync(folder, { recursive: true }));
    const [before, whole, after] = [await make(), await make(), await make()];
    const texts = Array.from({ length: 60 }, (_, at) =>
      document(invent(at % 40, 30).join(" "), { url: `a.org/${at % 40}` }),
    );
    const expected = texts.map((each) => decide(whole, each));
    const found = texts.slice(0, 30).map((each) => decide(before, each));
    await before.save(folder);
    await after.load(folder);
    found.push(...texts.slice(30).map((each) => decide(after, each)));
    assert.deepEqual(found, expected, name);
    assert.ok(found.some((verdict) => verdict !== "kept"));
  }
});
