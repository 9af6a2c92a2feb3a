import { lastNumber } from "./answer-patterns.ts";
import type { GenerationRow } from "./generation-row.ts";

/** Code, name, what stands before the problem and before its solution, and the number at the end of a solution. */
type Language = readonly [code: string, name: string, question: string, answer: string, said: RegExp];

/** Words around a problem in the languages of MGSM (Shi et al. 2022), as lm-evaluation-harness has them. */
const languages: readonly Language[] = [
  ["bn", "Bengali", "প্রশ্ন:", "ধাপে ধাপে উত্তর:", /The answer is (-?[0-9.,]+)/],
  ["de", "German", "Frage:", "Schritt-für-Schritt-Antwort:", /Die Antwort lautet (-?[0-9.,]+)/],
  ["en", "English", "Question:", "Step-by-Step Answer:", /The answer is (-?[0-9.,]+)/],
  ["es", "Spanish", "Pregunta:", "Respuesta paso a paso:", /La respuesta es (-?[0-9.,]+)/],
  ["fr", "French", "Question :", "Réponse étape par étape :", /La réponse est (-?[0-9.,]+)/],
  ["ja", "Japanese", "問題：", "ステップごとの答え:", /答えは(-?[0-9.,]+)です。/],
  ["ru", "Russian", "Задача:", "Пошаговоерешение:", /Ответ — (-?[0-9.,]+)/],
  ["sw", "Swahili", "Swali:", "Jibu la Hatua kwa Hatua:", /Jibu ni (-?[0-9.,]+)/],
  ["te", "Telugu", "ప్రశ్న:", "దశలవారీగా సమాధానం:", /సమాధానం (-?[0-9.,]+)/],
  ["th", "Thai", "โจทย์:", "คำตอบทีละขั้นตอน:", /คำตอบคือ (-?[0-9.,]+)/],
  ["zh", "Chinese", "问题：", "逐步解答:", /答案是 (-?[0-9.,]+)。/],
];

/** MGSM with chain of thought in the problem's own language: eleven sets, without shots as in Meta's instruct tables. */
export const mgsmSets: readonly GenerationRow[] = languages.map(([code, name, question, answer, said]) => ({
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
    flexible: lastNumber,
    strict: { regex: said, pick: "first" },
  },
  scorer: "exact",
  scorerOptions: { ignoreCase: true, ignorePunctuation: true },
}));
