import type { Row } from "../../task.ts";

/** SQuAD's answers as texts: `{text: [...]}` of the hub or a list of `{text}` of the original files. */
export function squadAnswers(row: Row): Row {
  return { ...row, targets: unique(textsOf(row["answers"])) };
}

function textsOf(answers: unknown): string[] {
  if (Array.isArray(answers)) return answers.map((answer: { text: string }) => String(answer.text));
  const { text } = answers as { text?: string | readonly string[] };
  return text === undefined ? [] : [text].flat();
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

type Drop = { number: string; date: { day: string; month: string; year: string }; spans: string[] };

/** DROP: one reference of the question's own answer and one of each validated answer, as lists of spans. */
export function dropAnswers(row: Row): Row {
  const {
    number = [],
    date = [],
    spans = [],
  } = (row["validated_answers"] ?? {}) as {
    [F in keyof Drop]?: Drop[F][];
  };
  const others = number.map((value, at) => ({ number: value, date: date[at]!, spans: spans[at] ?? [] }));
  const references = [row["answer"] as Drop, ...others].map(dropSpans);
  return { ...row, references, targets: references.map((spans) => spans.join(", ")) };
}

function dropSpans({ number, date, spans }: Drop): string[] {
  if (number !== undefined && number !== "") return [String(number)];
  if (spans !== undefined && spans.length > 0) return [...spans];
  return [[date?.day, date?.month, date?.year].filter(Boolean).join(" ")];
}

/** CoQA: the story, the turns so far and the last question; further answers of that turn are accepted. */
export function coqaTurns(row: Row): Row {
  const questions = (row["questions"] as { input_text: string[] }).input_text;
  const answers = (row["answers"] as { input_text: string[] }).input_text;
  const last = questions.length - 1;
  const more = Object.values((row["additional_answers"] ?? {}) as Record<string, { input_text: string[] }>);
  const targets = [answers[last]!, ...more.map((set) => set.input_text[last]!)];
  const isNew = (text: string, at: number): boolean =>
    targets.findIndex((other) => other.toLowerCase() === text.toLowerCase()) === at;
  const history = questions.slice(0, last).map((question, at) => `Q: ${question}\n\nA: ${answers[at]}\n\n`);
  return { ...row, history: history.join(""), question: questions[last], targets: targets.filter(isNew) };
}

/** QuAC: the last question of a dialogue with the turns before it. */
export function quacTurns(row: Row): Row {
  const questions = row["questions"] as string[];
  const answers = (row["answers"] as { texts: string[][] }).texts;
  const last = questions.length - 1;
  const history = questions.slice(0, last).map((question, at) => `Q: ${question}\nA: ${answers[at]?.[0]}\n`);
  return {
    ...row,
    context: String(row["context"]).replace(/\s*CANNOTANSWER\s*$/, ""),
    history: history.join(""),
    question: questions[last],
    targets: answers[last] ?? [],
  };
}

/** HotpotQA and 2WikiMultihopQA: paragraphs under their titles. */
export function titledParagraphs(row: Row): Row {
  const { title, sentences, content } = row["context"] as {
    title: string[];
    sentences?: string[][];
    content?: string[][];
  };
  const bodies = sentences ?? content ?? [];
  return {
    ...row,
    passages: title.map((name, at) => `${name}: ${(bodies[at] ?? []).join("").trim()}`).join("\n"),
  };
}

/** MuSiQue: numbered paragraphs; aliases are accepted. */
export function musiqueParagraphs(row: Row): Row {
  const paragraphs = row["paragraphs"] as { title: string; paragraph_text: string }[];
  return {
    ...row,
    passages: paragraphs.map(({ title, paragraph_text: text }) => `${title}: ${text}`).join("\n"),
    targets: [row["answer"], ...((row["answer_aliases"] ?? []) as string[])],
  };
}

/** NarrativeQA: the summary of the story, both answers. */
export function narrativeSummary(row: Row): Row {
  const { summary } = row["document"] as { summary: { text: string } };
  const { text } = row["question"] as { text: string };
  return {
    summary: summary.text,
    question: text,
    targets: (row["answers"] as { text: string }[]).map((answer) => answer.text),
  };
}

type QasperAnswer = {
  unanswerable: boolean;
  yes_no: boolean | null;
  free_form_answer: string;
  extractive_spans: string[];
};

/** Qasper: the first question of a paper with all its answers, as its own script words them. */
export function qasperQuestion(row: Row): Row {
  const { question, answers } = row["qas"] as { question: string[]; answers: { answer: QasperAnswer[] }[] };
  const words = (answer: QasperAnswer): string => {
    if (answer.unanswerable) return "unanswerable";
    if (answer.extractive_spans.length > 0) return answer.extractive_spans.join(", ");
    if (answer.free_form_answer !== "") return answer.free_form_answer;
    return answer.yes_no ? "yes" : "no";
  };
  return { ...row, question: question[0], targets: (answers[0]?.answer ?? []).map(words) };
}
