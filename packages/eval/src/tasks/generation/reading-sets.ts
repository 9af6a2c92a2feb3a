import type { AnswerPattern } from "../../metrics/answer-pattern.ts";
import { type GenerationRow, hubSource } from "./generation-row.ts";
import {
  coqaTurns,
  dropAnswers,
  musiqueParagraphs,
  narrativeSummary,
  qasperQuestion,
  quacTurns,
  squadAnswers,
  titledParagraphs,
} from "./reading-rows.ts";

/** "Answer: …" if a model repeats the word, else the first line. */
const shortAnswer: AnswerPattern = {
  anyOf: [{ regex: /^\s*(?:Answer|A):\s*(.+)/, pick: "first" }, "first-line"],
};

type Named = Pick<GenerationRow, "name" | "title" | "source" | "fields"> & Partial<GenerationRow>;

function reading(row: Named): GenerationRow {
  return {
    category: "general",
    languages: ["en"],
    prompt: "Context: {context}\n\nQuestion: {question}\n\nAnswer:",
    target: "targets",
    prepare: squadAnswers,
    stop: ["\n"],
    maxTokens: 50,
    answer: shortAnswer,
    scorer: "span",
    mainMetric: "f1",
    ...row,
  };
}

const squadFields = { context: "text", question: "text", "answers.text": "texts" } as const;

/** Sets that are SQuAD in form: their place, language and licence. */
const likeSquad: readonly (readonly [
  name: string,
  title: string,
  language: string,
  origin: string,
  license: string,
  test: string,
])[] = [
  ["squad", "Spans of Wikipedia paragraphs", "en", "rajpurkar/squad", "CC-BY-SA-4.0", "validation"],
  ["squad_it", "Spans of paragraphs in Italian", "it", "crux82/squad_it", "CC-BY-SA-4.0", "test"],
  ["germanquad", "Spans of German Wikipedia", "de", "deepset/germanquad", "CC-BY-4.0", "test"],
  ["fquad", "Spans of French Wikipedia", "fr", "manu/fquad2_test", "CC-BY-NC-SA-3.0", "test"],
  ["squad_pt", "SQuAD in Portuguese", "pt", "nunorc/squad_v1_pt", "MIT", "validation"],
  ["squad_es", "SQuAD in Spanish", "es", "ccasimiro/squad_es", "CC-BY-4.0", "validation"],
  ["iapp_wiki_qa", "Spans of Thai Wikipedia", "th", "iapp/iapp_wiki_qa_squad", "MIT", "test"],
  [
    "adversarial_qa",
    "Spans that models of the time missed",
    "en",
    "UCLNLP/adversarial_qa",
    "CC-BY-SA-4.0",
    "validation",
  ],
  ["quoref", "Spans that need coreference", "en", "allenai/quoref", "CC-BY-4.0", "validation"],
];

const multihop = {
  fields: { question: "text", answer: "text", context: "object" },
  prepare: titledParagraphs,
  target: "answer",
  prompt:
    "Answer the question from the passages with a short phrase only.\n\n{passages}\n\nQuestion: {question}\nAnswer:",
} as const;

/** Sets that ask for an answer found in a text. */
export const readingSets: readonly GenerationRow[] = [
  ...likeSquad.map(([name, title, language, origin, license, test]) =>
    reading({
      name,
      title,
      languages: [language],
      category: language === "en" ? "general" : "multilingual",
      source: hubSource(origin, license, name, { test, shots: name === "fquad" ? "valid" : "train" }),
      fields: squadFields,
      numShots: 1,
    }),
  ),
  reading({
    name: "squad_v2",
    title:
      "Spans of Wikipedia paragraphs, or that there is no answer; one shot, the form of Meta's base tables",
    source: hubSource("rajpurkar/squad_v2", "CC-BY-SA-4.0", "squad_v2", {
      test: "validation",
      shots: "train",
    }),
    fields: { title: "text", ...squadFields },
    prepare: (row) => {
      const values = squadAnswers(row);
      const targets = values["targets"] as string[];
      return { ...values, first: targets[0] ?? "unanswerable" };
    },
    prompt: 'Title: {title}\n\nBackground: {context}\n\nQuestion: {question}\n\nAnswer (or "unanswerable"):',
    solution: "{first}",
    numShots: 1,
    maxTokens: 32,
    scorer: "span-or-none",
    scorerOptions: { noAnswer: /^\W*(?:unanswerable|no answer|none)\b/i },
    mainMetric: "exact_match",
  }),
  reading({
    name: "drop",
    title:
      "Numbers, dates and spans that are computed from a paragraph; three shots, question and answer labelled",
    category: "reasoning",
    source: hubSource("EleutherAI/drop", "CC-BY-SA-4.0", "drop", { test: "validation", shots: "train" }),
    fields: { passage: "text", question: "text", answer: "object", validated_answers: "object?" },
    prepare: dropAnswers,
    prompt: "Passage: {passage}\nQuestion: {question}\nAnswer:",
    numShots: 3,
    maxTokens: 32,
    scorer: "drop",
  }),
  reading({
    name: "coqa",
    title: "The last question of a conversation about a story",
    source: hubSource("EleutherAI/coqa", "see data card", "coqa", { test: "validation", shots: "train" }),
    fields: {
      story: "text",
      "questions.input_text": "texts",
      "answers.input_text": "texts",
      additional_answers: "object?",
    },
    prepare: coqaTurns,
    prompt: "{story}\n\n{history}Q: {question}\n\nA:",
    stop: ["\nQ:"],
    scorer: "span-leaving-one-out",
  }),
  reading({
    name: "quac",
    title: "The last question of an information-seeking dialogue; one shot, the form of Meta's base tables",
    source: hubSource("allenai/quac", "MIT", "quac", { test: "validation", shots: "train" }),
    fields: { context: "text", questions: "texts", "answers.texts": "list" },
    prepare: quacTurns,
    prompt: "{context}\n\n{history}Q: {question}\nA:",
    stop: ["\nQ:", "\n\n"],
    numShots: 1,
    maxTokens: 64,
    scorer: "span-leaving-one-out",
  }),
  reading({
    name: "hotpotqa",
    title: "Questions that join two of ten paragraphs",
    category: "reasoning",
    source: hubSource("hotpotqa/hotpot_qa", "CC-BY-SA-4.0", "hotpotqa", {
      test: "validation",
      shots: "train",
    }),
    ...multihop,
  }),
  reading({
    name: "2wikimultihopqa",
    title: "Questions that follow relations between two articles",
    category: "reasoning",
    source: hubSource("framolfese/2WikiMultihopQA", "Apache-2.0", "2wikimultihopqa", {
      test: "validation",
      shots: "train",
    }),
    ...multihop,
  }),
  reading({
    name: "musique",
    title: "Questions of two to four steps over twenty paragraphs",
    category: "reasoning",
    source: hubSource("dgslibisey/MuSiQue", "CC-BY-4.0", "musique", {
      test: "musique_ans_v1.0_dev",
      shots: "musique_ans_v1.0_train",
    }),
    fields: { question: "text", answer: "text", answer_aliases: "texts?", paragraphs: "list" },
    prepare: musiqueParagraphs,
    prompt: multihop.prompt,
  }),
  reading({
    name: "narrativeqa",
    title: "Questions about a story from its summary",
    source: hubSource("deepmind/narrativeqa", "Apache-2.0", "narrativeqa", { test: "test", shots: "train" }),
    fields: { "document.summary.text": "text", "question.text": "text", answers: "list" },
    prepare: narrativeSummary,
    prompt: "Summary: {summary}\n\nQuestion: {question}\nAnswer:",
    scorer: "rouge",
    mainMetric: "rougeL",
  }),
  reading({
    name: "qasper",
    title: "Questions about a paper from its title and abstract",
    source: hubSource("allenai/qasper", "CC-BY-4.0", "qasper", { test: "validation", shots: "train" }),
    fields: { title: "text", abstract: "text", "qas.question": "texts", "qas.answers": "list" },
    prepare: qasperQuestion,
    prompt: "TITLE: {title}\nABSTRACT: {abstract}\n\nQ: {question}\n\nA:",
  }),
  reading({
    name: "duorc",
    title: "Questions about the plot of a film",
    source: hubSource("ibm/duorc", "MIT", "duorc", { test: "test", shots: "train" }),
    fields: { plot: "text", question: "text", answers: "texts", no_answer: "boolean" },
    prepare: (row) => ({ ...row, first: (row["answers"] as string[])[0] ?? "unanswerable" }),
    prompt: 'Plot: {plot}\n\nQuestion: {question}\nAnswer (or "unanswerable"):',
    target: "answers",
    solution: "{first}",
    scorer: "span-or-none",
    scorerOptions: { noAnswer: /^\W*(?:unanswerable|no answer|none)\b/i },
  }),
  reading({
    name: "ropes",
    title: "Effects of a described cause in a new situation",
    category: "reasoning",
    source: hubSource("allenai/ropes", "CC-BY-4.0", "ropes", { test: "validation", shots: "train" }),
    fields: { background: "text", situation: "text", question: "text", "answers.text": "texts" },
    prompt: "Background: {background}\n\nSituation: {situation}\n\nQuestion: {question}\nAnswer:",
  }),
];
