import type { Source } from "../../task.ts";
import { bestAnswerLetter } from "./answer-patterns.ts";
import {
  agievalGold,
  gpqaChoices,
  labelledChoices,
  medqaChoices,
  mmluChoices,
  mmluProChoices,
} from "./choice-rows.ts";
import { type GenerationRow, hubSource } from "./generation-row.ts";

const ending =
  'End your response with "The best answer is [letter]", where [letter] is one of A to {last_letter}.';
const question = "Question: {question}\n{options}\n";

type Named = Pick<GenerationRow, "name" | "title" | "source" | "fields" | "prepare"> & Partial<GenerationRow>;

/** A question with lettered choices that is reasoned about in a conversation; the last "best answer is X" counts. */
function reasoned(row: Named): GenerationRow {
  return {
    category: "general",
    languages: ["en"],
    format: "chat",
    prompt: `Reason step by step about the question, then choose the best of the answers.\n${question}${ending}`,
    target: "letter",
    solution: "The best answer is {letter}",
    maxTokens: 1024,
    answer: bestAnswerLetter,
    scorer: "exact",
    ...row,
  };
}

/** The same without reasoning. */
const atOnce = {
  prompt: `Choose the best of the answers to the question.\n${question}${ending}`,
  maxTokens: 100,
} as const;

const mmluSource: Source = {
  ...hubSource("cais/mmlu", "MIT", "mmlu", { test: "test", shots: "dev" }),
  splits: {
    test: ["mmlu/test/*_test.*", "mmlu/**/test-*"],
    dev: ["mmlu/dev/*_dev.*", "mmlu/**/dev-*"],
  },
};
const mmluFields = { question: "text", answer: "text or number" } as const;
const arcFields = {
  question: "text",
  "choices.text": "texts",
  "choices.label": "texts",
  answerKey: "text",
} as const;
const gpqaFields = {
  Question: "text",
  "Correct Answer": "text",
  "Incorrect Answer 1": "text",
  "Incorrect Answer 2": "text",
  "Incorrect Answer 3": "text",
} as const;

const agieval: readonly (readonly [subset: string, title: string, category: string])[] = [
  ["lsat-ar", "law school admission: analytical reasoning", "reasoning"],
  ["lsat-lr", "law school admission: logical reasoning", "reasoning"],
  ["lsat-rc", "law school admission: reading", "general"],
  ["logiqa-en", "civil service examinations: logic", "reasoning"],
  ["sat-en", "college admission: English", "general"],
  ["sat-math", "college admission: mathematics", "math"],
];

/** Choices answered with a text. */
export const choiceCotSets: readonly GenerationRow[] = [
  reasoned({
    name: "mmlu_cot",
    title: "MMLU reasoned without shots, the form of Meta's instruct tables",
    source: mmluSource,
    fields: mmluFields,
    prepare: mmluChoices,
  }),
  reasoned({
    name: "mmlu_chat",
    title: "MMLU's five-shot prompt as turns of a conversation, answered with a letter",
    source: mmluSource,
    shotsShare: "subject",
    fields: mmluFields,
    prepare: mmluChoices,
    ...atOnce,
    numShots: 5,
    maxTokens: 10,
  }),
  reasoned({
    name: "mmlu_redux_cot",
    title: "3,000 questions of MMLU checked by hand, reasoned",
    source: hubSource("edinburgh-dawg/mmlu-redux", "CC-BY-4.0", "mmlu_redux", { test: "test" }),
    fields: { question: "text", choices: "texts", answer: "text or number", error_type: "text" },
    prepare: mmluChoices,
  }),
  reasoned({
    name: "mmlu_pro_cot",
    title: "MMLU-Pro with ten choices, five worked examples",
    source: hubSource("TIGER-Lab/MMLU-Pro", "MIT", "mmlu_pro", { test: "test", shots: "validation" }),
    fields: {
      question: "text",
      options: "texts",
      answer: "text",
      answer_index: "number",
      cot_content: "text?",
    },
    prepare: mmluProChoices,
    solution: "{reasoning}\nThe best answer is {letter}",
    numShots: 5,
    shotsShare: "category",
  }),
  ...(["main", "diamond", "extended"] as const).map((subset) =>
    reasoned({
      name: `gpqa_${subset}_cot`,
      title: `Graduate questions of physics, chemistry and biology (${subset}), reasoned`,
      category: "reasoning",
      source: hubSource("Idavidrein/gpqa", "CC-BY-4.0", "gpqa", { test: `gpqa_${subset}` }),
      fields: gpqaFields,
      prepare: gpqaChoices,
      maxTokens: 2048,
    }),
  ),
  ...(["challenge", "easy"] as const).map((subset) =>
    reasoned({
      name: `arc_${subset}_chat`,
      title: `Science questions of school (ARC-${subset}), answered with a letter without shots`,
      category: "reasoning",
      source: hubSource("allenai/ai2_arc", "CC-BY-SA-4.0", `arc_${subset}`, { test: "test", shots: "train" }),
      fields: arcFields,
      prepare: labelledChoices,
      ...atOnce,
    }),
  ),
  reasoned({
    name: "openbookqa_chat",
    title: "Facts of elementary science applied, answered with a letter",
    category: "reasoning",
    source: hubSource("allenai/openbookqa", "see data card", "openbookqa", { test: "test", shots: "train" }),
    fields: { question_stem: "text", "choices.text": "texts", "choices.label": "texts", answerKey: "text" },
    prepare: labelledChoices,
    ...atOnce,
  }),
  reasoned({
    name: "commonsense_qa_cot",
    title: "Everyday knowledge with five choices, reasoned",
    category: "reasoning",
    source: hubSource("tau/commonsense_qa", "MIT", "commonsense_qa", { test: "validation", shots: "train" }),
    fields: arcFields,
    prepare: labelledChoices,
  }),
  reasoned({
    name: "medqa_cot",
    title: "Questions of the United States medical licence, reasoned",
    source: hubSource("GBaker/MedQA-USMLE-4-options", "CC-BY-4.0", "medqa", { test: "test", shots: "train" }),
    fields: { question: "text", options: "object", answer_idx: "text" },
    prepare: medqaChoices,
  }),
  ...agieval.map(([subset, title, category]) =>
    reasoned({
      name: `agieval_${subset.replaceAll("-", "_")}_cot`,
      title: `AGIEval, ${title}, reasoned`,
      category,
      source: hubSource(`hails/agieval-${subset}`, "MIT", `agieval_${subset.replaceAll("-", "_")}`, {
        test: "test",
      }),
      fields: { query: "text", choices: "texts", gold: "list" },
      prepare: agievalGold,
      // The text ends with a request for one letter, which the reasoning comes before.
      prompt: `{query}\nReason step by step before you answer. ${ending}`,
    }),
  ),
];
