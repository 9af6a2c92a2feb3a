import type { ChoiceRow } from "./choice-row.ts";
import { fieldsOf, hub } from "./set-fields.ts";

const base = {
  category: "multilingual",
  languages: ["ko"],
  answer: "label",
  metrics: ["acc"],
} as const satisfies Partial<ChoiceRow>;
const kobest = (name: string): Pick<ChoiceRow, "name" | "source"> => ({
  name: `kobest_${name}`,
  source: hub("skt/kobest_v1", `kobest/${name}`, "test", "train", "CC-BY-SA-4.0"),
});
const haerae: readonly (readonly [name: string, title: string])[] = [
  ["general_knowledge", "Korean general knowledge"],
  ["history", "Korean history"],
  ["loan_word", "Korean words for loan words"],
  ["rare_word", "Rare Korean words"],
  ["standard_nomenclature", "Standard Korean terms"],
];

/** Sets made in Korean. */
export const koreanSets: readonly ChoiceRow[] = [
  {
    ...base,
    ...kobest("boolq"),
    title: "Yes-no questions about a paragraph",
    fields: { ...fieldsOf("paragraph question"), label: "number" },
    context: "{paragraph} 질문: {question} 답변: ",
    choices: ["아니오", "예"],
  },
  {
    ...base,
    ...kobest("copa"),
    title: "Which of two sentences is the cause or effect of another",
    fields: { ...fieldsOf("premise question alternative_1 alternative_2"), label: "number" },
    prepare: (row) => ({ ...row, word: String(row["question"]).trim() === "원인" ? "왜냐하면" : "그래서" }),
    context: "{premise}  {word}",
    choices: ["{alternative_1}", "{alternative_2}"],
  },
  {
    ...base,
    ...kobest("hellaswag"),
    title: "How a text goes on",
    fields: { ...fieldsOf("context ending_1 ending_2 ending_3 ending_4"), label: "number" },
    context: "문장: {context}",
    choices: ["{ending_1}", "{ending_2}", "{ending_3}", "{ending_4}"],
    metrics: ["acc", "acc_norm"],
  },
  {
    ...base,
    ...kobest("sentineg"),
    title: "Whether a sentence with a negation is positive",
    fields: { sentence: "text", label: "number" },
    context: "문장: {sentence} 긍부정:",
    choices: ["부정", "긍정"],
  },
  {
    ...base,
    ...kobest("wic"),
    title: "Whether a word has the same sense in two sentences",
    fields: { ...fieldsOf("context_1 context_2 word"), label: "number" },
    context: "문장1: {context_1} 문장2: {context_2} 두 문장에서 {word}가 같은 뜻으로 쓰였나?",
    choices: ["아니오", "예"],
  },
  ...haerae.map(
    ([name, title]): ChoiceRow => ({
      ...base,
      name: `haerae_${name}`,
      title,
      source: hub("HAERAE-HUB/HAE_RAE_BENCH", `haerae/${name}`, "test", "test", "CC-BY-NC-ND-4.0"),
      fields: fieldsOf("query answer"),
      context: "{query}",
      choices: ["(A)", "(B)", "(C)", "(D)", "(E)"],
      answer: "answer",
      answerFrom: ["(A)", "(B)", "(C)", "(D)", "(E)"],
      metrics: ["acc", "acc_norm"],
    }),
  ),
];
