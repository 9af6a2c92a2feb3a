import assert from "node:assert/strict";
import { test } from "node:test";

import type { Document, Json } from "../document.ts";
import type { MapStage } from "../stage.ts";
import { createC4 } from "./c4.ts";
import { createCodeQuality } from "./code-quality.ts";
import { createFineweb } from "./fineweb.ts";
import { createGibberish } from "./gibberish.ts";
import { createGopherQuality } from "./gopher-quality.ts";
import { createGopherRepetition } from "./gopher-repetition.ts";
import { createWordDistribution } from "./word-distribution.ts";
import { createWordList } from "./word-list.ts";

const document = (text: string, meta: Record<string, Json> = {}): Document => ({
  id: "a",
  text,
  source: "s",
  meta,
});

/** The reason of a drop, or "kept". */
function reasonOf(stage: MapStage, text: string, meta: Record<string, Json> = {}): string {
  const verdict = stage.apply(document(text, meta));
  return verdict.keep ? "kept" : verdict.reason;
}

const ENGLISH = `The river rises in the hills above the old town and flows past three mills before it reaches the sea.
In spring the meadows on both banks are flooded, and herons come to fish in the shallow water that remains.
People of the valley have kept records of these floods for two hundred years. The highest mark is cut into the wall of the church, well above the heads of visitors.
Engineers wanted to straighten the bed of the river, but the plan was given up when its cost became known. Since then the water has been left to find its own way.`;
const HINDI = `नदी पुराने शहर के ऊपर की पहाड़ियों से निकलती है और समुद्र तक पहुँचने से पहले तीन चक्कियों के पास से बहती है। वसंत में दोनों किनारों के खेत पानी में डूब जाते हैं और बगुले मछली पकड़ने आते हैं।
घाटी के लोगों ने दो सौ वर्षों से इन बाढ़ों का लेखा रखा है। सबसे ऊँचा निशान मंदिर की दीवार पर बना है जो आने वालों के सिर से बहुत ऊपर है। इसके बाद पानी को अपने रास्ते पर छोड़ दिया गया।`;
const THAI = `แม่น้ำสายนี้เกิดจากภูเขาเหนือเมืองเก่าและไหลผ่านโรงสีสามแห่งก่อนจะไปถึงทะเล ในฤดูฝนทุ่งนาทั้งสองฝั่งมีน้ำท่วม และนกกระสามาหาปลาในน้ำตื้นที่เหลืออยู่ ชาวบ้านได้บันทึกเรื่องน้ำท่วมไว้เป็นเวลาสองร้อยปี เครื่องหมายที่สูงที่สุดอยู่บนกำแพงของวัดซึ่งอยู่เหนือศีรษะของผู้มาเยือน วิศวกรเคยต้องการทำให้แม่น้ำตรง แต่แผนการถูกยกเลิกเพราะค่าใช้จ่ายสูงเกินไป ตั้งแต่นั้นมาน้ำก็ไหลไปตามทางของมันเอง เด็กเล่นน้ำใกล้โรงเรียนในเวลาเย็นและพ่อแม่เฝ้ามองอยู่ไม่ไกล เมื่อถึงฤดูหนาวหมอกปกคลุมทั้งหุบเขา`;
const MAKERS = {
  "gopher-quality": createGopherQuality,
  "gopher-repetition": createGopherRepetition,
  fineweb: createFineweb,
  "word-list": createWordList,
  "word-distribution": createWordDistribution,
  gibberish: createGibberish,
} as const;

test("all filters keep prose in English, Hindi and Thai", () => {
  for (const [name, make] of Object.entries(MAKERS)) {
    assert.equal(reasonOf(make({}), ENGLISH), "kept", name);
    assert.equal(reasonOf(make({}), HINDI, { language: "hi" }), "kept", `${name} hi`);
    assert.equal(reasonOf(make({}), THAI, { language: "th" }), "kept", `${name} th`);
  }
  assert.equal(reasonOf(createC4({ minSentences: 4 }), ENGLISH), "kept");
  assert.equal(reasonOf(createC4({ minSentences: 4 }), HINDI), "kept");
  assert.equal(reasonOf(createC4({}), THAI), "kept");
});

test("all filters survive empty and odd texts", () => {
  for (const make of [...Object.values(MAKERS), createC4, createCodeQuality]) {
    for (const text of ["", "\n\n", "x", "🎉", "\ud800", "a".repeat(100_000), "\0".repeat(100)]) {
      const stage = make({});
      assert.doesNotThrow(() => stage.apply(document(text)));
      assert.doesNotThrow(() => stage.apply(document(text, { domain: "code" })));
    }
  }
});

test("createGopherQuality names what is wrong", () => {
  const stage = createGopherQuality({});
  assert.equal(reasonOf(stage, "Too short a text."), "too few words");
  assert.equal(reasonOf(createGopherQuality({ maxWords: 60 }), ENGLISH), "too many words");
  assert.equal(reasonOf(stage, "a b of to it is ".repeat(20)), "words too short");
  assert.equal(
    reasonOf(stage, "incomprehensibilities of antidisestablishmentarianism ".repeat(40)),
    "words too long",
  );
  assert.equal(
    reasonOf(createGopherQuality({ minMeanWordLength: 1 }), ENGLISH.replaceAll(" ", " # ")),
    "too many symbols",
  );
  assert.equal(
    reasonOf(stage, ENGLISH.replaceAll(/[.,] /g, ".\n- ").replace(/^/gm, "- ")),
    "too many bullets",
  );
  assert.equal(reasonOf(stage, ENGLISH.replaceAll(/\.$/gm, "…")), "too many ellipses");
  assert.equal(reasonOf(stage, "1.000 2.000 3.000 the and of ".repeat(20)), "too few letters");
  assert.equal(reasonOf(stage, "keyword marketing solution platform ".repeat(20)), "too few stop words");
  assert.equal(reasonOf(stage, ENGLISH, { language: "hi" }), "too few stop words");
  assert.equal(reasonOf(stage, "x", { domain: "code" }), "kept");
});

test("createGopherRepetition finds repeated lines, paragraphs and n-grams", () => {
  const stage = createGopherRepetition({});
  const lines = ENGLISH.split("\n");
  assert.equal(reasonOf(stage, `${lines[0]}\nx\n${lines[0]}\n${lines[0]}`), "duplicate lines");
  assert.equal(reasonOf(stage, `${ENGLISH}\n${lines[2]}`), "characters of duplicate lines");
  assert.equal(reasonOf(stage, "buy now cheap pills ".repeat(30)), "top 2-gram");
  const phrase = "the committee shall meet again in the large hall on monday";
  const padded = lines.map((line) => `${line.slice(0, 60)} ${phrase}`).join(" and then ");
  const late = createGopherRepetition({ maxTop2gram: 1, maxTop3gram: 1, maxTop4gram: 1 });
  assert.match(reasonOf(late, padded), /^duplicate \d+-grams$/);
});

test("createC4 drops lines that are not sentences and pages that are not prose", () => {
  const stage = createC4({ minSentences: 3 });
  const page = `Menu Home About Contact\n${ENGLISH}\nPlease enable JavaScript to read this page.\nThis site uses cookies to serve you.\nOk.`;
  const verdict = stage.apply(document(page));
  assert.ok(verdict.keep);
  assert.equal(verdict.document.text, ENGLISH);
  assert.equal(verdict.changed, "4 lines");
  assert.equal(reasonOf(stage, `${ENGLISH}\nfunction() { return 1; }`), "curly brace");
  assert.equal(reasonOf(stage, `${ENGLISH}\nLorem Ipsum dolor sit amet.`), "lorem ipsum");
  assert.equal(reasonOf(stage, "only a title here\nand another one"), "no line of prose");
  assert.equal(reasonOf(stage, "Here is one sentence only."), "too few sentences");
});

test("createFineweb drops menus and lists", () => {
  const stage = createFineweb({});
  assert.equal(reasonOf(stage, "Home\nAbout us\nContact\nLogin\nHelp"), "lines without an end mark");
  assert.equal(reasonOf(stage, "Yes.\nNo.\nMaybe.\nWhy not?\nSure."), "short lines");
  const row = "This is a line of more than thirty signs.";
  assert.equal(reasonOf(stage, `${ENGLISH}\n${row}\n${row}\n${row}`), "characters of duplicate lines");
});

test("createCodeQuality looks at program text only", () => {
  const stage = createCodeQuality({});
  const code = { domain: "code" };
  assert.equal(reasonOf(stage, "def add(a, b):\n    return a + b\n", code), "kept");
  assert.equal(reasonOf(stage, `var a=${"x+".repeat(2000)}1`, code), "long line");
  assert.equal(
    reasonOf(stage, `${"let value = compute(other, value, third); ".repeat(4)}\n`.repeat(3), code),
    "long lines",
  );
  assert.equal(
    reasonOf(stage, `data = "${"QUJD".repeat(150)}"\n${"x = 1\n".repeat(20)}`, code),
    "run without spaces",
  );
  assert.equal(reasonOf(stage, "// Code generated by protoc. DO NOT EDIT.\npackage x\n", code), "generated");
  assert.equal(reasonOf(stage, "{}[]();;".repeat(10), code), "too few letters");
  assert.equal(reasonOf(stage, "1, 2, 3, 44, 55\n".repeat(10), code), "too many digits");
  assert.equal(reasonOf(stage, "anything"), "kept");
});

test("createWordList counts words of its list and leaves single ones", () => {
  const stage = createWordList({});
  assert.equal(reasonOf(stage, `${ENGLISH} porn`), "kept");
  assert.equal(reasonOf(stage, `Free PORN, hot xxx milf! ${"porn movies ".repeat(5)}`), "words of the list");
  const own = createWordList({ words: ["Casino", "สล็อต"], useBuiltIn: false });
  assert.equal(reasonOf(own, "casino casino bonus casino casino"), "words of the list");
  assert.equal(reasonOf(own, `${"สล็อตออนไลน์ ".repeat(8)}`), "words of the list");
});

test("createWordDistribution finds stuffed keywords", () => {
  assert.equal(
    reasonOf(createWordDistribution({}), "zebrano flokati ottoman ".repeat(40)),
    "words of no running text",
  );
});

test("createGibberish finds random keys, shuffled letters and broken encodings", () => {
  const stage = createGibberish({});
  assert.equal(reasonOf(stage, "xkq wvzj qqpl hgtr bnmw zxcv lkjh ".repeat(5)), "gibberish");
  const broken = Buffer.from(HINDI).toString("latin1");
  assert.equal(reasonOf(stage, broken), "gibberish");
  const reversed = ENGLISH.split(" ")
    .map((word) => [...word].sort().join(""))
    .join(" ");
  assert.equal(reasonOf(stage, reversed), "gibberish");
  assert.equal(reasonOf(stage, `${ENGLISH}\n${ENGLISH}\nxkq wvzj qqpl hgtr bnmw`), "kept");
});

test("filters refuse unknown options and wrong values", () => {
  assert.throws(() => createFineweb({ maxShort: 1 }), /fineweb has no option maxShort/);
  assert.throws(
    () => createC4({ minSentences: "5" }),
    /c4: minSentences takes a number of at least 0, not "5"/,
  );
  assert.throws(() => createC4({ dropLoremIpsum: 1 }), /takes true or false/);
  assert.throws(() => createWordList({ words: [1] }), /takes a list of texts/);
});
