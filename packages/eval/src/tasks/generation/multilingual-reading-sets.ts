import { type GenerationRow, hubSource } from "./generation-row.ts";
import { squadAnswers } from "./reading-rows.ts";

/** Context, question and answer in the languages of XQuAD, to the letter of lm-evaluation-harness. */
const labels: Readonly<Record<string, readonly [context: string, question: string, answer: string]>> = {
  en: ["Context:", "Question:", "Answer:"],
  es: ["Contexto:", "Pregunta:", "Respuesta:"],
  de: ["Kontext:", "Frage:", "Antwort:"],
  ar: ["سيا:", "سؤال:", "إجابة:"],
  hi: ["प्रसंग:", "सवाल:", "उत्तर:"],
  th: ["บริบท:", "คำถาม:", "คำตอบ:"],
  vi: ["Bối cảnh:", "Câu hỏi:", "Trả lời:"],
  zh: ["语境:", "问题:", "回答:"],
  ru: ["Контекст:", "Вопрос:", "Ответ:"],
  el: ["Συμφραζόμενα:", "Ερώτηση:", "Απάντηση:"],
  ro: ["Context:", "Întrebare:", "Răspuns:"],
  tr: ["Bağlam:", "Soru:", "Cevap:"],
};

const tydiLanguages = ["en", "ar", "bn", "fi", "id", "ko", "ru", "sw", "te"];

function prompt(language: string): string {
  const [context, question, answer] = labels[language]!;
  return `${context} {context}\n\n${question} {question}\n\n${answer}`;
}

const common = {
  category: "multilingual",
  target: "targets",
  prepare: squadAnswers,
  stop: ["\n"],
  maxTokens: 256,
  answer: "first-line",
  scorer: "span",
  mainMetric: "f1",
} as const;

/** Reading across languages: the same questions in each. */
export const multilingualReadingSets: readonly GenerationRow[] = [
  ...["ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh"].map(
    (language): GenerationRow => ({
      ...common,
      name: `xquad_${language}`,
      title: `SQuAD questions translated by people (${language})`,
      languages: [language],
      source: {
        splits: { test: [`xquad/xquad.${language}.json`] },
        test: "test",
        origin: "google/xquad",
        license: "CC-BY-SA-4.0",
        records: ["data", "paragraphs", "qas"],
      },
      fields: { context: "text", question: "text", answers: "list or object" },
      prompt: prompt(language),
    }),
  ),
  ...["ar", "de", "en", "es", "hi", "vi", "zh"].map(
    (language): GenerationRow => ({
      ...common,
      name: `mlqa_${language}`,
      title: `Questions about parallel Wikipedia passages (${language})`,
      languages: [language],
      source: {
        splits: { test: [`mlqa/**test-context-${language}-question-${language}.*`] },
        test: "test",
        origin: "facebook/mlqa",
        license: "CC-BY-SA-3.0",
        records: ["data", "paragraphs", "qas"],
      },
      fields: { context: "text", question: "text", answers: "list or object" },
      prompt: "Context: {context}\n\nQuestion: {question}\n\nAnswer:",
      scorerOptions: { language },
    }),
  ),
  {
    ...common,
    name: "tydiqa_goldp",
    title: "Questions of native speakers about a given passage, nine languages",
    languages: tydiLanguages,
    source: hubSource("google-research-datasets/tydiqa", "Apache-2.0", "tydiqa", {
      test: "validation",
      shots: "train",
    }),
    fields: { id: "text", context: "text", question: "text", "answers.text": "texts" },
    prompt: "Context: {context}\n\nQuestion: {question}\n\nAnswer:",
    numShots: 1,
  },
];
