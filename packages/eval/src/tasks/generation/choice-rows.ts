import { createHash } from "node:crypto";
import type { Row } from "../../task.ts";

const letters = "ABCDEFGHIJ";

/** Choices line by line under their letters. */
function listed(choices: readonly string[]): string {
  return choices.map((choice, at) => `${letters[at]}. ${choice.trim()}`).join("\n");
}

function withChoices(row: Row, choices: readonly string[], right: number): Row {
  return {
    ...row,
    options: listed(choices),
    last_letter: letters[choices.length - 1],
    letter: letters[right],
  };
}

/** MMLU: four choices, and the right one by its number. */
export function mmluChoices(row: Row): Row {
  const choices = (row["choices"] ?? [0, 1, 2, 3].map((at) => row[`choice${at}`])) as string[];
  const right = Number(row["answer"]);
  if (choices.some((choice) => choice === undefined) || !(right in choices))
    throw new SyntaxError(
      `A record of MMLU must hold "choices" (or choice0 to choice3) and the number of one of them as "answer", not ${JSON.stringify(row["answer"])}; check that the file is the one that is published for this set`,
    );
  // Files of one subject have it in their name.
  const subject =
    row["subject"] ?? /([^/]+)_(?:dev|val|test)\.\w+(?:\.\w+)?$/.exec(String(row["_file"] ?? ""))?.[1];
  return { ...withChoices(row, choices, right), subject: String(subject ?? "") };
}

/** MMLU-Pro: up to ten choices; shots have their reasoning in `cot_content`. */
export function mmluProChoices(row: Row): Row {
  const reasoning = String(row["cot_content"] ?? "")
    .replace(/^A: Let's think step by step\.\s*/, "")
    .replace(/\s*The answer is \([A-J]\)\.?\s*$/, "");
  return { ...withChoices(row, row["options"] as string[], Number(row["answer_index"])), reasoning };
}

/** GPQA: the right answer among three wrong ones, in an order that depends on the question alone. */
export function gpqaChoices(row: Row): Row {
  const choices = ["Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3"].map(
    (field) => String(row[field]).trim(),
  );
  const keys = choices.map((choice) =>
    createHash("sha256").update(`${row["Question"]}\n${choice}`).digest("hex"),
  );
  const order = [0, 1, 2, 3].sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
  const shuffled = order.map((at) => choices[at]!);
  return {
    question: row["Question"],
    ...withChoices({}, shuffled, order.indexOf(0)),
    reasoning: row["Explanation"] ?? "",
  };
}

/** ARC, CommonsenseQA, OpenBookQA: texts and labels side by side; labels may be numbers. */
export function labelledChoices(row: Row): Row {
  const { text, label } = row["choices"] as { text: string[]; label: string[] };
  const question = row["question"] ?? row["question_stem"];
  return { ...withChoices({}, text, label.indexOf(String(row["answerKey"]))), question };
}

/** MedQA: an object from letter to text. */
export function medqaChoices(row: Row): Row {
  const options = row["options"] as Readonly<Record<string, string>>;
  const keys = Object.keys(options).sort();
  return {
    ...withChoices(
      {},
      keys.map((key) => options[key]!),
      keys.indexOf(String(row["answer_idx"])),
    ),
    question: row["question"],
  };
}

/** AGIEval: the choices are in the question's text already; `gold` holds numbers. */
export function agievalGold(row: Row): Row {
  const [right] = row["gold"] as number[];
  return { ...row, letter: letters[right!], last_letter: letters[(row["choices"] as string[]).length - 1] };
}
