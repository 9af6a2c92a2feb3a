import { lastNumber } from "./answer-patterns.ts";
import type { GenerationRow } from "./generation-row.ts";

interface Language {
  code: string;
  name: string;
  question: string;
  answer: string;
  /** What stands before the number at the end of a solution, and behind it. */
  said: RegExp;
}

/** Words around a problem in the languages of MGSM (Shi et al. 2022), as lm-evaluation-harness has them. */
const languages: readonly Language[] = [
  {
    code: "bn",
    name: "Bengali",
    question: "প্রশ্ন:",
    answer: "ধাপে ধাপে উত্তর:",
    said: /(?:The answer is|উত্তর হল)\s*(-?[0-9০-৯.,]+)/,
  },
  {
    code: "de",
    name: "German",
    question: "Frage:",
    answer: "Schritt-für-Schritt-Antwort:",
    said: /Die Antwort (?:lautet|ist)\s*(-?[0-9.,]+)/,
  },
  {
    code: "en",
    name: "English",
    question: "Question:",
    answer: "Step-by-Step Answer:",
    said: /The answer is\s*(-?[0-9.,]+)/,
  },
  {
    code: "es",
    name: "Spanish",
    question: "Pregunta:",
    answer: "Respuesta paso a paso:",
    said: /La respuesta es\s*(-?[0-9.,]+)/,
  },
  {
    code: "fr",
    name: "French",
    question: "Question :",
    answer: "Réponse étape par étape :",
    said: /La réponse est\s*(-?[0-9.,]+)/,
  },
  {
    code: "ja",
    name: "Japanese",
    question: "問題：",
    answer: "ステップごとの答え:",
    said: /答えは\s*(-?[0-9.,]+)/,
  },
  {
    code: "ru",
    name: "Russian",
    question: "Задача:",
    answer: "Пошаговоерешение:",
    said: /Ответ\s*[—-]\s*(-?[0-9.,]+)/,
  },
  {
    code: "sw",
    name: "Swahili",
    question: "Swali:",
    answer: "Jibu la Hatua kwa Hatua:",
    said: /Jibu ni\s*(-?[0-9.,]+)/,
  },
  { code: "te", name: "Telugu", question: "ప్రశ్న:", answer: "దశలవారీగా సమాధానం:", said: /సమాధానం\s*(-?[0-9.,]+)/ },
  { code: "th", name: "Thai", question: "โจทย์:", answer: "คำตอบทีละขั้นตอน:", said: /คำตอบคือ\s*(-?[0-9.,]+)/ },
  { code: "zh", name: "Chinese", question: "问题：", answer: "逐步解答:", said: /答案是\s*(-?[0-9.,]+)/ },
];

/** MGSM with chain of thought in the problem's own language: eleven sets, without shots as in Meta's instruct tables. */
export const mgsmSets: readonly GenerationRow[] = languages.map(({ code, name, question, answer, said }) => ({
  name: `mgsm_native_cot_${code}`,
  title: `Grade-school word problems in ${name}, reasoned in ${name}`,
  category: "multilingual",
  languages: [code],
  source: {
    splits: { test: [`mgsm/mgsm_${code}.tsv`] },
    test: "test",
    origin: "juletxara/mgsm",
    license: "CC-BY-SA-4.0",
    columns: ["question", "answer_number"],
  },
  fields: { question: "text", answer_number: "text or number" },
  prompt: `${question} {question}\n${answer}`,
  target: "answer_number",
  stop: [question, "</s>", "<|im_end|>"],
  maxTokens: 2048,
  answer: {
    flexible: { anyOf: [{ regex: said, pick: "last" }, lastNumber] },
    strict: { regex: said, pick: "first" },
  },
  scorer: "number",
}));
