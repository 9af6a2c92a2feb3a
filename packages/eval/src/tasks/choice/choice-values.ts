import { createHash } from "node:crypto";
import type { Row } from "../../task.ts";
import { letters } from "./set-fields.ts";

const text = (value: unknown): string => (value === undefined || value === null ? "" : String(value));
const capitalised = (value: unknown): string => {
  const word = text(value);
  return word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();
};
const lowerFirst = (value: unknown): string => text(value).slice(0, 1).toLowerCase() + text(value).slice(1);
const wrong = (what: string, value: unknown): SyntaxError =>
  new SyntaxError(
    `${what}, not ${JSON.stringify(value)?.slice(0, 80)}; check that the file is the one that is published for this set`,
  );

/** MMLU: a list of choices (hub) or choice0 to choice3 (CSV), the subject in a field or in the name of the file. */
export function mmluValues(row: Row): Row {
  const choices = (row["choices"] ?? [0, 1, 2, 3].map((at) => row[`choice${at}`])) as unknown[];
  if (!Array.isArray(choices) || choices.length !== 4 || choices.some((choice) => choice === undefined))
    throw wrong(
      'A record of MMLU must hold four texts in "choices" or in choice0 to choice3',
      row["choices"],
    );
  const file = /([^/]*?)(?:_(?:dev|val|test))?\.[^/]*$/.exec(text(row["_file"]))?.[1];
  const subject = text(row["subject"] ?? file ?? "").replaceAll("_", " ");
  return { ...row, question: text(row["question"]).trim(), choices, subject };
}

/** Texts and labels side by side (ARC, OpenBookQA, CommonsenseQA). */
export function labelledValues(row: Row): Row {
  const { text: texts, label } = row["choices"] as { text: string[]; label: string[] };
  return {
    ...row,
    question: row["question"] ?? row["question_stem"],
    stripped: text(row["question"]).trim(),
    texts,
    lines: texts.map((choice, at) => `${letters[at]}. ${choice}`).join("\n"),
    index: label.indexOf(text(row["answerKey"]).trim()),
    letters: letters.slice(0, texts.length),
  };
}

/** What HellaSwag's texts look like without the marks of WikiHow. */
export function withoutMarks(value: unknown): string {
  return text(value)
    .trim()
    .replaceAll(" [title]", ". ")
    .replace(/\[.*?\]/g, "")
    .replaceAll("  ", " ");
}

export function hellaswagValues(row: Row): Row {
  const context = `${text(row["activity_label"])}: ${text(row["ctx_a"])} ${capitalised(row["ctx_b"])}`;
  return { ...row, query: withoutMarks(context), texts: (row["endings"] as unknown[]).map(withoutMarks) };
}

/** A sentence with "_" and what stands for it: the beginning with each option, and the end. */
export function gapValues(row: Row): Row {
  const sentence = text(row["sentence"]);
  const gap = sentence.indexOf("_");
  if (gap < 0) throw wrong('The field "sentence" must hold "_" where an option goes', sentence);
  const texts = [row["option1"], row["option2"]].map((option) => sentence.slice(0, gap) + text(option));
  return { ...row, texts, end: sentence.slice(gap + 1).trim() };
}

/** The gap of Winogrande named by letters, with both options shown. */
export function gapLetters(row: Row): Row {
  return { ...gapValues(row), letter: { "1": "A", "2": "B" }[text(row["answer"])] };
}

const possessives = ["my", "his", "her", "our", "their"];
const articles = ["A", "An", "The", "She", "He", "It", "They", "My", "His", "Her", "Their"];

/** Winograd schemas: each option in the pronoun's place, as it is written there, and the rest of the sentence. */
export function wscValues(row: Row): Row {
  const passage = text(row["text"]).replaceAll("  ", " ");
  const [at, pronoun] = [Number(row["pronoun_loc"]), text(row["pronoun"])];
  const texts = (row["options"] as string[]).map((option) => {
    const first = option.split(" ")[0]!;
    const isSmall = passage[at - 2] !== "." && articles.includes(first);
    const written = isSmall ? option.replaceAll(first, first.toLowerCase()) : option;
    return `${passage.slice(0, at)}${written}${possessives.includes(pronoun.toLowerCase()) ? "'s" : ""}`;
  });
  return { ...row, texts, end: passage.slice(at + pronoun.length) };
}

/** A premise without its full stop and a connector; choices begin small. `space` before choices is COPA's own. */
export function copaValues(cause: string, effect: string, space = ""): (row: Row) => Row {
  return (row) => ({
    ...row,
    start: `${text(row["premise"]).trim().slice(0, -1)} ${row["question"] === "cause" ? cause : effect}`,
    texts: [row["choice1"], row["choice2"]].map((choice) => space + lowerFirst(choice)),
  });
}

/** Text of a tokenised corpus with its spaces before marks taken out. */
export function joinedMarks(value: string): string {
  return value
    .replaceAll(" n't", "n't")
    .replaceAll(" )", ")")
    .replaceAll("( ", "(")
    .replaceAll('" ', '"')
    .replaceAll(' "', '"')
    .replace(/ (['.,])/g, "$1");
}

/** SuperGLUE's WSC: the pronoun marked with stars. */
export function markedPronoun(row: Row): Row {
  const passage = text(row["text"]);
  const before = passage.split(/\s+/).slice(0, Number(row["span2_index"])).join(" ");
  const pronoun = text(row["span2_text"]);
  const after = passage.slice(before.length + pronoun.length + 1);
  return { ...row, passage: joinedMarks(`${before} *${pronoun}*${after}`) };
}

export function wicValues(row: Row): Row {
  return { ...row, word: text(row["sentence1"]).slice(Number(row["start1"]), Number(row["end1"])) };
}

export function mnliValues(row: Row): Row {
  const hypothesis = text(row["hypothesis"]).trim();
  return { ...row, hypothesis: hypothesis.endsWith(".") ? hypothesis : `${hypothesis}.` };
}

/** RACE: all questions of an article but the last are shown with their answers. */
export function raceValues(row: Row): Row {
  const problems = parsePythonList(row["problems"]) as {
    question: string;
    options: string[];
    answer: string;
  }[];
  const last = problems.at(-1);
  if (last === undefined)
    throw wrong('The field "problems" must hold one question at least', row["problems"]);
  const shown = problems.slice(0, -1).map(({ question, options, answer }) => {
    const right = options[letters.indexOf(answer)];
    return question.endsWith("  _  .")
      ? `${question.slice(0, -5)}${right}\n`
      : `Question: ${question}\nAnswer: ${right}\n`;
  });
  return { ...row, shown: shown.join(""), question: last.question, texts: last.options, answer: last.answer };
}

/** A list as Python prints it: with single quotes where a text has none inside. Also JSON, and lists as they are. */
export function parsePythonList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const source = text(value).replace(
    /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/gs,
    (_, single?: string, double?: string) =>
      JSON.stringify(
        (single ?? double ?? "").replace(/\\(['"\\n])/g, (__, c: string) => (c === "n" ? "\n" : c)),
      ),
  );
  try {
    const list: unknown = JSON.parse(source);
    if (Array.isArray(list)) return list;
  } catch {
    // Said below.
  }
  throw wrong("A field that holds a list as text must hold one", value);
}

export function mathqaValues(row: Row): Row {
  const found = text(row["options"]).matchAll(/[abcd] \) .*?, |e \) .*?$/g);
  return { ...row, texts: [...found].map(([part]) => part.slice(4).replace(/[ ,]+$/, "")) };
}

/** Fields of choices in their order under letters, one below the other; empty ones are left out. */
export function linesOf(names: readonly string[], mark = ". "): (row: Row) => Row {
  return (row) => {
    const texts = names.map((name) => row[name]).filter((choice) => text(choice) !== "");
    return listedValues(texts.map(text), mark)(row);
  };
}

/** The list of choices in a field, one below the other under letters. */
export function listOf(name: string, mark = ". "): (row: Row) => Row {
  return (row) => listedValues((row[name] as unknown[]).map(text), mark)(row);
}

function listedValues(texts: readonly string[], mark: string): (row: Row) => Row {
  const lines = texts.map((choice, at) => `${letters[at]}${mark}${choice}`).join("\n");
  return (row) => ({ ...row, texts, lines, letters: letters.slice(0, texts.length) });
}

/** GPQA: the right answer among three wrong ones, in an order that depends on the question alone. */
export function gpqaValues(row: Row): Row {
  const texts = ["Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3", "Correct Answer"].map(
    (name) => text(row[name]).trim().replaceAll(" [title]", ". ").replaceAll("  ", " "),
  );
  const key = (choice: string): string =>
    createHash("sha256")
      .update(`${text(row["Question"])}\n${choice}`)
      .digest("hex");
  const order = [0, 1, 2, 3].sort((a, b) => (key(texts[a]!) < key(texts[b]!) ? -1 : 1));
  return { ...row, texts: order.map((at) => texts[at]), index: order.indexOf(3) };
}

export function musrValues(row: Row): Row {
  const texts = parsePythonList(row["choices"]).map(text);
  return { ...row, texts, lines: texts.map((choice, at) => `${at + 1} - ${choice}\n`).join("") };
}

/** MuTual's dialogues, tokenised in the style of the Penn Treebank. */
export function mutualValues(row: Row): Row {
  const joined = (value: unknown): string =>
    text(value)
      .replaceAll(" '", "'")
      .replaceAll(" \n", "\n")
      .replaceAll("\n ", "\n")
      .replaceAll(" n't", "n't")
      .replaceAll("`` ", '"')
      .replaceAll("''", '"')
      .replace(/ ([:;!?,.])/g, "$1");
  return { ...row, article: joined(row["article"]), texts: (row["options"] as unknown[]).map(joined) };
}

export function pawsValues(row: Row): Row {
  const [first, second] = [row["sentence1"], row["sentence2"]].map((value) =>
    joinedMarks(text(value)).trim(),
  );
  return { ...row, sentence1: first!.replace(/[.,;]$/, ""), sentence2: lowerFirst(second) };
}

/** Scenarios of utilitarianism in an order that depends on them alone. */
export function scenarioValues(row: Row): Row {
  const first = createHash("sha256").update(text(row["activity"])).digest()[0]! % 2;
  const [activity, baseline] = [row["activity"], row["baseline"]];
  return { ...row, one: first ? baseline : activity, two: first ? activity : baseline, label: first ? 0 : 1 };
}

export function moralValues(row: Row): Row {
  return {
    ...row,
    query: ["norm", "situation", "intention"].map((name) => capitalised(row[name])).join(" "),
    first: 0,
  };
}

export function toxigenValues(row: Row): Row {
  return { ...row, label: Number(row["toxicity_ai"]) + Number(row["toxicity_human"]) > 5.5 ? 1 : 0 };
}

/** ArabicMMLU: where a question was asked stands in its first line. */
export function arabicMmluValues(row: Row): Row {
  const levels: Readonly<Record<string, string>> = {
    Primary: "primary school",
    Middle: "middle school",
    High: "high school",
    Univ: "university",
    Prof: "professional",
  };
  const level = row["Level"] ? ` for ${levels[text(row["Level"])]}` : "";
  const country = row["Country"] ? ` in ${text(row["Country"])}` : "";
  const asked = row["Context"] ? `${text(row["Context"])}\n\n${text(row["Question"])}` : row["Question"];
  const names = [1, 2, 3, 4, 5].map((at) => `Option ${at}`);
  return linesOf(names)({
    ...row,
    asked,
    origin: `${text(row["Subject"])} question${level}${country}`,
    key: row["Answer Key"],
  });
}

export function recordValues(row: Row): Row {
  const [passage, ...highlights] = text(row["passage"]).trim().split("\n@highlight\n");
  const start = `${passage}\n\n${highlights.map((line) => `  - ${line}.\n`).join("")}`;
  const entities = [...new Set(row["entities"] as string[])].sort();
  const answers = row["answers"] as string[];
  const texts = entities.map((entity) => `  - ${text(row["query"]).replaceAll("@placeholder", entity)}`);
  return { ...row, start, texts, labels: entities.map((entity) => Number(answers.includes(entity))) };
}
