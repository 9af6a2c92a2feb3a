import type { ChoiceRow } from "./choice-row.ts";
import { markedPronoun, mnliValues, recordValues, wicValues } from "./choice-values.ts";
import { fieldsOf, hub } from "./set-fields.ts";

const noYes = ["no", "yes"] as const;
const base = {
  category: "reasoning",
  languages: ["en"],
  answer: "label",
  metrics: ["acc"],
} as const satisfies Partial<ChoiceRow>;
const glue = (name: string): Pick<ChoiceRow, "name" | "source"> => ({
  name,
  source: hub("nyu-mll/glue", `glue/${name}`, "validation", "train"),
});
const superGlue = (name: string, folder: string = name): Pick<ChoiceRow, "name" | "source"> => ({
  name,
  source: hub("aps/super_glue", `super_glue/${folder}`, "validation", "train"),
});
const label = { label: "number" } as const;

/** GLUE, SuperGLUE and other sets about what sentences mean and entail. */
export const inferenceSets: readonly ChoiceRow[] = [
  {
    ...base,
    ...superGlue("boolq"),
    title: "Yes-no questions about a passage",
    fields: { ...fieldsOf("passage question"), ...label },
    context: "{passage}\nQuestion: {question}?\nAnswer:",
    choices: noYes,
  },
  {
    ...base,
    ...superGlue("wsc", "wsc.fixed"),
    title: "Whether a pronoun means a noun",
    fields: { ...fieldsOf("text span1_text span2_text"), span2_index: "number", ...label },
    prepare: markedPronoun,
    context:
      'Passage: {passage}\nQuestion: In the passage above, does the pronoun "*{span2_text}*" refer to "*{span1_text}*"?\nAnswer:',
    choices: noYes,
  },
  {
    ...base,
    ...superGlue("wic"),
    title: "Whether a word has the same sense in two sentences",
    fields: { ...fieldsOf("sentence1 sentence2"), ...fieldsOf("start1 end1 label", "number") },
    prepare: wicValues,
    context:
      "Sentence 1: {sentence1}\nSentence 2: {sentence2}\nQuestion: Is the word '{word}' used in the same way in the two sentences above?\nAnswer:",
    choices: noYes,
  },
  {
    ...base,
    ...superGlue("cb"),
    title: "Whether somebody who says a text believes a clause in it",
    fields: { ...fieldsOf("premise hypothesis"), ...label },
    context: "{premise}\nQuestion: {hypothesis}. True, False, or Neither?\nAnswer:",
    choices: ["True", "False", "Neither"],
  },
  {
    ...base,
    ...superGlue("sglue_rte", "rte"),
    title: "Whether a text entails a sentence (SuperGLUE)",
    fields: { ...fieldsOf("premise hypothesis"), ...label },
    context: "{premise}\nQuestion: {hypothesis} True or False?\nAnswer:",
    choices: ["True", "False"],
  },
  {
    ...base,
    ...superGlue("multirc"),
    title: "Whether an answer to a question about a paragraph is right",
    fields: { ...fieldsOf("paragraph question answer"), ...label },
    context: "{paragraph}\nQuestion: {question}\nAnswer:",
    choices: ["{answer}\nIs the answer correct? yes", "{answer}\nIs the answer correct? no"],
  },
  {
    ...base,
    ...superGlue("record"),
    title: "Which name of a news text fills a gap",
    fields: { ...fieldsOf("passage query"), ...fieldsOf("entities answers", "texts") },
    prepare: recordValues,
    context: "{start}",
    choices: "texts",
    answer: "labels",
  },
  {
    ...base,
    ...glue("rte"),
    title: "Whether a text entails a sentence (GLUE)",
    fields: { ...fieldsOf("sentence1 sentence2"), ...label },
    context: "{sentence1}\nQuestion: {sentence2} True or False?\nAnswer:",
    choices: ["True", "False"],
  },
  {
    ...base,
    ...glue("mnli"),
    title: "Whether a sentence follows from a text, contradicts it, or neither",
    source: hub("nyu-mll/glue", "glue/mnli", "validation_matched", "train"),
    fields: { ...fieldsOf("premise hypothesis"), ...label },
    prepare: mnliValues,
    context: "{premise}\nQuestion: {hypothesis} True, False or Neither?\nAnswer:",
    choices: ["True", "Neither", "False"],
  },
  {
    ...base,
    ...glue("qnli"),
    title: "Whether a sentence answers a question",
    fields: { ...fieldsOf("question sentence"), ...label },
    context: "{question}\n{sentence}\nQuestion: Does this response answer the question?\nAnswer:",
    choices: ["yes", "no"],
  },
  {
    ...base,
    ...glue("qqp"),
    title: "Whether two questions ask the same",
    fields: { ...fieldsOf("question1 question2"), ...label },
    context:
      "Question 1: {question1}\nQuestion 2: {question2}\nQuestion: Do both questions ask the same thing?\nAnswer:",
    choices: noYes,
    metrics: ["acc", "f1"],
  },
  {
    ...base,
    ...glue("mrpc"),
    title: "Whether two sentences mean the same",
    fields: { ...fieldsOf("sentence1 sentence2"), ...label },
    context:
      "Sentence 1: {sentence1}\nSentence 2: {sentence2}\nQuestion: Do both sentences mean the same thing?\nAnswer:",
    choices: noYes,
    metrics: ["acc", "f1"],
  },
  {
    ...base,
    ...glue("sst2"),
    title: "Whether a sentence about a film is positive",
    fields: { sentence: "text", ...label },
    context: "{sentence}\nQuestion: Is this sentence positive or negative?\nAnswer:",
    choices: ["negative", "positive"],
  },
  {
    ...base,
    ...glue("cola"),
    title: "Whether a sentence is good English",
    fields: { sentence: "text", ...label },
    context: "{sentence}\nQuestion: Does this sentence make sense?\nAnswer:",
    choices: noYes,
    metrics: ["mcc", "acc"],
  },
  {
    ...base,
    ...glue("wnli"),
    title: "Whether a sentence with a name for a pronoun follows",
    fields: { ...fieldsOf("sentence1 sentence2"), ...label },
    context: "{sentence1}\nQuestion: {sentence2} True or False?\nAnswer:",
    choices: ["False", "True"],
  },
  ...[1, 2, 3].map(
    (round): ChoiceRow => ({
      ...base,
      name: `anli_r${round}`,
      title: `Entailment written to mislead models, round ${round}`,
      source: hub("facebook/anli", "anli", `test_r${round}`, `train_r${round}`, "CC-BY-NC-4.0"),
      fields: { ...fieldsOf("premise hypothesis"), ...label },
      context: "{premise}\nQuestion: {hypothesis} True, False, or Neither?\nAnswer:",
      choices: ["True", "Neither", "False"],
    }),
  ),
];
