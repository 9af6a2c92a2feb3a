import type { Source } from "../../task.ts";
import type { ChoiceRow } from "./choice-row.ts";
import { labelledValues, linesOf, listOf, mmluValues } from "./choice-values.ts";
import { fieldsOf, fourLetters, hub, letters, optionLines, stripped } from "./set-fields.ts";

const about = "The following are multiple choice questions (with answers) about {subject}.\n\n";
const question = "{question}\n{lines}\nAnswer:";

const lettered = {
  category: "general",
  languages: ["en"],
  choices: fourLetters,
  metrics: ["acc"],
} as const satisfies Partial<ChoiceRow>;

const mmluSource: Source = {
  splits: { test: ["mmlu/test/*"], dev: ["mmlu/dev/*"] },
  test: "test",
  shots: "dev",
  origin: "cais/mmlu",
  license: "MIT",
};
const mmlu = {
  ...lettered,
  source: mmluSource,
  fields: { question: "text", answer: "text or number" },
  prepare: mmluValues,
  description: about,
  context: "{question}\nA. {choices.0}\nB. {choices.1}\nC. {choices.2}\nD. {choices.3}\nAnswer:",
  answer: "answer",
  subject: "subject",
} as const satisfies Partial<ChoiceRow>;

const arcFields = {
  question: "text",
  "choices.text": "texts",
  "choices.label": "texts",
  answerKey: "text",
} as const;
const arc = {
  category: "reasoning",
  languages: ["en"],
  fields: arcFields,
  prepare: labelledValues,
  answer: "index",
} as const;
const letterChoice = { context: "Question: {stripped}\n{lines}\nAnswer:", choices: "letters" } as const;
const asked = {
  context: "Question: {question}\nAnswer:",
  choices: "texts",
  metrics: ["acc", "acc_norm", "acc_bytes"],
} as const;
const arcHub = (level: string): Source =>
  hub("allenai/ai2_arc", `ARC-${level}`, "test", "train", "CC-BY-SA-4.0");
const csqaHub = hub("tau/commonsense_qa", "commonsense_qa", "validation", "train", "MIT");

/** Knowledge and school questions in English. */
export const knowledgeSets: readonly ChoiceRow[] = [
  {
    ...mmlu,
    name: "mmlu",
    title: "Questions of 57 school and university subjects",
    metrics: ["acc", "acc_macro"],
    numShots: 5,
  },
  {
    ...mmlu,
    name: "mmlu_acc_char",
    title: "MMLU as in the tables of Llama 3.1 base models: five shots, mean over subjects",
    metrics: ["acc_macro", "acc_char"],
    numShots: 5,
  },
  {
    ...mmlu,
    name: "mmlu_dev",
    title: "The development questions of MMLU, for a quick look",
    source: { ...mmluSource, splits: { dev: ["mmlu/dev/*"] }, test: "dev" },
    numShots: 4,
  },
  {
    ...lettered,
    name: "mmlu_pro",
    title: "Harder questions of 14 subjects with up to ten choices, answered by the letter at once",
    source: hub("TIGER-Lab/MMLU-Pro", "mmlu_pro", "test", "validation", "MIT"),
    fields: { ...fieldsOf("question category"), options: "texts", answer_index: "text or number" },
    prepare: (row) => listOf("options")({ ...row, subject: row["category"] }),
    description: about,
    context: question,
    choices: "letters",
    answer: "answer_index",
    subject: "category",
    numShots: 5,
  },
  {
    ...lettered,
    name: "mmlu_redux",
    title: "MMLU with checked answers",
    source: hub("edinburgh-dawg/mmlu-redux-2.0", "mmlu_redux", "test", undefined, "CC-BY-4.0"),
    fields: { question: "text", choices: "texts", answer: "text or number" },
    prepare: mmluValues,
    context: mmlu.context,
    answer: "answer",
  },
  {
    ...lettered,
    name: "wmdp",
    title: "Knowledge that could help to make weapons: biology, chemistry, cybersecurity",
    category: "safety",
    source: hub("cais/wmdp", "wmdp", "test", undefined, "MIT"),
    fields: { question: "text", choices: "texts", answer: "text or number" },
    prepare: (row) => {
      const file = String(row["_file"] ?? "");
      const subject = file.includes("chem")
        ? "chemistry"
        : file.includes("cyber")
          ? "cybersecurity"
          : "biology";
      return mmluValues({ ...row, subject });
    },
    description: about,
    context: mmlu.context,
    answer: "answer",
    subject: "subject",
  },
  { ...arc, ...asked, name: "arc_easy", title: "Easy science questions of schools", source: arcHub("Easy") },
  {
    ...arc,
    ...asked,
    name: "arc_challenge",
    title: "Hard science questions of schools",
    source: arcHub("Challenge"),
    mainMetric: "acc_norm",
  },
  {
    ...arc,
    ...letterChoice,
    name: "arc_challenge_acc_char",
    title: "ARC-Challenge as in the tables of Llama 3.1 base models: 25 shots, choices in the prompt",
    source: arcHub("Challenge"),
    metrics: ["acc_char"],
    numShots: 25,
  },
  {
    ...arc,
    ...letterChoice,
    name: "commonsense_qa",
    title: "Everyday knowledge",
    source: csqaHub,
    metrics: ["acc"],
  },
  {
    ...arc,
    ...letterChoice,
    name: "commonsense_qa_acc_char",
    title: "CommonsenseQA as in the tables of Llama 3.1 base models: seven shots",
    source: csqaHub,
    metrics: ["acc_char"],
    numShots: 7,
  },
  {
    ...arc,
    ...asked,
    name: "openbookqa",
    title: "Elementary science and everyday knowledge together",
    source: hub("allenai/openbookqa", "openbookqa", "test", "train", "Apache-2.0"),
    fields: { question_stem: "text", "choices.text": "texts", "choices.label": "texts", answerKey: "text" },
    context: "{question}",
    mainMetric: "acc_norm",
  },
  {
    name: "sciq",
    title: "Science questions with a supporting text",
    category: "general",
    languages: ["en"],
    source: hub("allenai/sciq", "sciq", "test", "train", "CC-BY-NC-3.0"),
    fields: fieldsOf("support question distractor1 distractor2 distractor3 correct_answer"),
    prepare: (row) => ({ ...row, support: String(row["support"]).trimStart(), last: 3 }),
    context: "{support}\nQuestion: {question}\nAnswer:",
    choices: ["{distractor1}", "{distractor2}", "{distractor3}", "{correct_answer}"],
    answer: "last",
    metrics: ["acc", "acc_norm", "acc_bytes"],
  },
  {
    ...lettered,
    name: "medqa_4options",
    title: "Questions of the United States medical licensing examination",
    source: hub("GBaker/MedQA-USMLE-4-options-hf", "medqa_4options", "test", "train", "CC-BY-SA-4.0"),
    fields: { ...fieldsOf("sent1 ending0 ending1 ending2 ending3"), label: "number" },
    context: `Question: {sent1}\n${optionLines(["ending0", "ending1", "ending2", "ending3"])}\nAnswer:`,
    answer: "label",
  },
  {
    ...lettered,
    name: "medmcqa",
    title: "Questions of Indian medical entrance examinations",
    source: hub("openlifescienceai/medmcqa", "medmcqa", "validation", "train", "Apache-2.0"),
    fields: { ...fieldsOf("question opa opb opc opd"), cop: "number" },
    context: `Question: {question}\nChoices:\n${optionLines(["opa", "opb", "opc", "opd"])}\nAnswer:`,
    answer: "cop",
  },
  {
    ...lettered,
    name: "careqa_en",
    title: "Questions of Spanish health care examinations, in English",
    source: hub("HPAI-BSC/CareQA", "careqa_en", "test", undefined, "Apache-2.0"),
    fields: { ...fieldsOf("question op1 op2 op3 op4"), cop: "number" },
    context: `Question: {question}\nChoices:\n${optionLines(["op1", "op2", "op3", "op4"])}\nAnswer:`,
    answer: "cop",
    answerFrom: 1,
  },
  {
    name: "pubmedqa",
    title: "Whether an abstract of PubMed says yes, no or maybe to a question",
    category: "general",
    languages: ["en"],
    source: hub("bigbio/pubmed_qa", "pubmedqa", "test", "train", "MIT"),
    fields: { CONTEXTS: "texts", ...fieldsOf("QUESTION final_decision") },
    context: "Abstract: {CONTEXTS}\nQuestion: {QUESTION}\nAnswer:",
    choices: ["yes", "no", "maybe"],
    answer: "final_decision",
    answerFrom: ["yes", "no", "maybe"],
    metrics: ["acc"],
  },
  ...(["en", "es"] as const).map(
    (language): ChoiceRow => ({
      name: `headqa_${language}`,
      title: "Questions of Spanish health care examinations",
      category: language === "en" ? "general" : "multilingual",
      languages: [language],
      source: hub("EleutherAI/headqa", `headqa/${language}`, "test", "train", "MIT"),
      fields: { qtext: "text", ra: "text or number", answers: "list" },
      prepare: (row) => ({
        ...row,
        texts: (row["answers"] as readonly { atext?: unknown }[]).map((answer) => answer.atext),
      }),
      context: "Question: {qtext}\nAnswer:",
      choices: "texts",
      answer: "ra",
      answerFrom: 1,
      metrics: ["acc", "acc_norm", "acc_bytes"],
    }),
  ),
  ...[
    ["ceval", "ceval/ceval-exam", "val", "question", "answer", "CC-BY-NC-SA-4.0"] as const,
    ["cmmlu", "haonan-li/cmmlu", "test", "Question", "Answer", "CC-BY-NC-4.0"] as const,
  ].map(
    ([name, origin, test, field, answer, license]): ChoiceRow => ({
      ...lettered,
      name,
      title: "Examination questions in Chinese",
      category: "multilingual",
      languages: ["zh"],
      source: hub(origin, name, test, "dev", license),
      fields: fieldsOf(`${field} A B C D ${answer}`),
      prepare: stripped(field),
      context: `{${field}}\n${optionLines(fourLetters)}\n答案：`,
      answer,
      answerFrom: letters,
      metrics: ["acc", "acc_norm"],
      subject: "_file",
      numShots: 5,
    }),
  ),
  {
    ...lettered,
    name: "kmmlu",
    title: "Examination questions in Korean, answered by the letter at once",
    category: "multilingual",
    languages: ["ko"],
    source: hub("HAERAE-HUB/KMMLU", "kmmlu", "test", "dev", "CC-BY-ND-4.0"),
    fields: { ...fieldsOf("question A B C D"), answer: "text or number" },
    prepare: stripped("question"),
    context: `{question}\n${optionLines(fourLetters)}\n정답：`,
    answer: "answer",
    answerFrom: 1,
    subject: "_file",
    numShots: 5,
  },
  {
    ...lettered,
    name: "turkishmmlu",
    title: "Examination questions in Turkish",
    category: "multilingual",
    languages: ["tr"],
    source: hub("AYueksel/TurkishMMLU", "turkishmmlu", "test", "dev"),
    fields: { ...fieldsOf("question answer"), choices: "texts" },
    prepare: (row) => listOf("choices")(stripped("question", "answer")(row)),
    context: "Soru: {question}\n{lines}\nCevap:",
    choices: "letters",
    answer: "answer",
    answerFrom: letters,
    metrics: ["acc", "acc_norm"],
    numShots: 5,
  },
  {
    ...lettered,
    name: "aexams",
    title: "Examination questions in Arabic",
    category: "multilingual",
    languages: ["ar"],
    source: hub("Hennara/aexams", "aexams", "test", "dev"),
    fields: fieldsOf("question A B C D answer"),
    prepare: stripped("question"),
    context: `{question}\n${optionLines(fourLetters)}\nالجواب：`,
    answer: "answer",
    answerFrom: letters,
    metrics: ["acc", "acc_norm"],
    numShots: 5,
  },
  {
    ...lettered,
    name: "indicparam",
    title: "Graduate questions in languages of India with few texts",
    category: "multilingual",
    languages: ["gu", "mr", "ne", "or", "sa"],
    source: hub("bharatgenai/IndicParam", "indicparam", "test"),
    fields: fieldsOf("question_text option_a option_b option_c option_d correct_answer"),
    prepare: (row) =>
      linesOf(["option_a", "option_b", "option_c", "option_d"])({
        ...row,
        key: String(row["correct_answer"]).toUpperCase(),
      }),
    context: "Question: {question_text}\n{lines}\nAnswer:",
    answer: "key",
    answerFrom: letters,
  },
];
