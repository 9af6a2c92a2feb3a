import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import type { Row } from "../../task.ts";
import { detectLanguage } from "./detect-language.ts";
import { ifevalRules } from "./ifeval-rules.ts";
import { checkInstructions } from "./ifeval-score.ts";
import { countSentences } from "./ifeval-text.ts";

type Example = readonly [id: string, args: Record<string, unknown>, follows: string, fails: string];

const english = "The mill by the river is old and it was built with stone.";

const examples: readonly Example[] = [
  ["keywords:existence", { keywords: ["rain", "SUN"] }, "Sunny after rain", "only rain"],
  ["keywords:frequency", { keyword: "bee", frequency: 2, relation: "at least" }, "Bees see a bee", "a bee"],
  ["keywords:frequency", { keyword: "bee", frequency: 2, relation: "less than" }, "a bee", "bee, bee"],
  ["keywords:forbidden_words", { forbidden_words: ["cat"] }, "concatenate", "The Cat."],
  ["keywords:letter_frequency", { letter: "E", let_frequency: 3, let_relation: "at least" }, "eEe", "ee"],
  ["language:response_language", { language: "de" }, "Das ist der Fluss und er ist nicht tief.", english],
  [
    "length_constraints:number_sentences",
    { num_sentences: 2, relation: "at least" },
    "Dr. Kern left. He ran.",
    "Dr. Kern left.",
  ],
  ["length_constraints:number_paragraphs", { num_paragraphs: 2 }, "a\n***\nb", "a\n\nb"],
  [
    "length_constraints:number_words",
    { num_words: 3, relation: "less than" },
    "two words",
    "now three words",
  ],
  [
    "length_constraints:nth_paragraph_first_word",
    { num_paragraphs: 2, nth_paragraph: 2, first_word: "then" },
    'a\n\n"Then, b',
    "then\n\na",
  ],
  ["detectable_content:number_placeholders", { num_placeholders: 2 }, "[name] at [place]", "[name]"],
  ["detectable_content:postscript", { postscript_marker: "P.S." }, "Bye\nP. S. one more", "Bye PS"],
  ["detectable_content:postscript", { postscript_marker: "P.P.S" }, "Bye\nP.P.S more", "P.S. more"],
  ["detectable_format:number_bullet_lists", { num_bullets: 2 }, "* a\n- b", "* a\n**b**"],
  ["detectable_format:constrained_response", {}, "Well. My answer is maybe.", "My answer is perhaps."],
  ["detectable_format:number_highlighted_sections", { num_highlights: 2 }, "*a* and *b*", "** and *b*"],
  [
    "detectable_format:multiple_sections",
    { section_spliter: "Section", num_sections: 2 },
    "Section 1 a\nSection 2 b",
    "Section 1",
  ],
  ["detectable_format:json_format", {}, '```json\n{"a": [1]}\n```', "{a: 1}"],
  ["detectable_format:title", {}, "<<Rain>>\ntext", "<< >>"],
  ["combination:two_responses", {}, "one\n******\ntwo", "one\n******\none"],
  [
    "combination:repeat_prompt",
    { prompt_to_repeat: "Name a bird." },
    "name a bird. Wren",
    "Wren. Name a bird.",
  ],
  ["startend:end_checker", { end_phrase: "That is all." }, '"Yes. that is all."', "That is all. Bye"],
  ["startend:quotation", {}, ' "yes" ', '"yes'],
  [
    "change_case:capital_word_frequency",
    { capital_frequency: 2, capital_relation: "at least" },
    "GO to the WELL-KNOWN inn",
    "GO on",
  ],
  ["change_case:english_capital", {}, english.toUpperCase(), english],
  ["change_case:english_lowercase", {}, english.toLowerCase(), english],
  ["punctuation:no_comma", {}, "a b", "a, b"],
];

test("ifevalRules are the 25 published types and each tells followed from not", () => {
  assert.equal(Object.keys(ifevalRules).length, 25);
  const context = { detectLanguage, language: "en" };
  for (const [id, args, follows, fails] of examples) {
    const instruction = [{ id, args }];
    assert.deepEqual(checkInstructions(follows, instruction, context).strict, [true], `${id}: ${follows}`);
    assert.deepEqual(checkInstructions(fails, instruction, context).strict, [false], `${id}: ${fails}`);
  }
  assert.deepEqual(new Set(examples.map(([id]) => id)), new Set(Object.keys(ifevalRules)));
});

test("checkInstructions takes the language detector it is given", () => {
  const instruction = [{ id: "language:response_language", args: { language: "xx" } }];
  const check = (found: string | null): boolean =>
    checkInstructions("text", instruction, { detectLanguage: () => found, language: "en" }).strict[0]!;
  assert.deepEqual([check("xx"), check("en"), check(null)], [true, false, true]);
});

test("detectLanguage tells the eight languages apart", () => {
  const texts: Readonly<Record<string, string>> = {
    en: english,
    de: "Die alte Mühle steht am Fluss und ist nicht mehr in Betrieb.",
    fr: "Le vieux moulin est au bord de la rivière et il ne tourne plus.",
    it: "Il vecchio mulino è sulla riva del fiume e non gira più.",
    pt: "O moinho velho fica na margem do rio e não gira mais.",
    hi: "पुरानी चक्की नदी के किनारे है और अब नहीं चलती।",
    es: "El molino viejo está en la orilla del río y ya no gira.",
    th: "โรงสีเก่าอยู่ริมแม่น้ำ",
  };
  for (const [language, text] of Object.entries(texts)) assert.equal(detectLanguage(text), language);
});

test("countSentences passes over shortenings, numbers and initials", () => {
  const counts: readonly (readonly [string, number])[] = [
    ["", 0],
    ["One", 1],
    ["It costs 3.50 in the U.S. market. Really?", 2],
    ["J. Smith met Mrs. Bell. They spoke.", 2],
    ["1. Go. 2. Stay!", 4],
    ['He said "Stop!" and left. "No." She stayed.', 4],
  ];
  for (const [text, count] of counts) assert.equal(countSentences(text), count, text);
});

test("checkInstructions decides strictly and loosely as lm-evaluation-harness does", () => {
  type Decision = readonly [id: string, args: Row, text: string, strict: boolean, loose: boolean];
  const file = new URL("./harness-ifeval.json", import.meta.url);
  const decisions = JSON.parse(readFileSync(file, "utf8")) as Decision[];
  assert.ok(decisions.length > 200);
  assert.equal(new Set(decisions.map(([id]) => id)).size, 25);
  const wrong = decisions.filter(([id, args, text, strict, loose]) => {
    const mine = checkInstructions(text, [{ id, args }], { detectLanguage, language: "en" });
    return mine.strict[0] !== strict || mine.loose[0] !== loose;
  });
  assert.deepEqual(wrong, []);
});

test("ifevalLanguageRules: M-IFEval's rules for Spanish and French", () => {
  const check = (id: string, args: Row, text: string, language: string): boolean =>
    checkInstructions(text, [{ id, args }], { detectLanguage, language }).strict[0]!;
  assert.ok(check("special_character:enie", { let_frequency: 1 }, "El niño come", "es"));
  assert.ok(!check("special_character:tildes", { relation: "como máximo", num_words: 1 }, "Él está", "es"));
  assert.ok(check("keywords:frequency", { keyword: "a", relation: "como máximo", frequency: 1 }, "a", "es"));
  assert.ok(!check("keywords:frequency", { keyword: "a", relation: "moins de", frequency: 1 }, "a", "fr"));
  assert.ok(check("punctuation:question_marks", {}, "¿Qué?", "es"));
  assert.ok(!check("special_character:accents", { word_to_accentuate: { lecon: "leçon" } }, "Lecon", "fr"));
  assert.ok(check("detectable_content:informal_address", {}, "Où vas-tu ?", "fr"));
  assert.ok(!check("special_character:no_accents", {}, "élan", "fr"));
});
