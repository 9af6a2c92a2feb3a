import type { Outcome, Row, Session, Task } from "../../task.ts";
import { checkFields, fillTemplate, textOf, valueAt } from "../generation/fields.ts";
import { choiceMetrics, scoreChoices } from "./choice-metrics.ts";
import type { ChoiceItem, ChoiceRow } from "./choice-row.ts";

/** The task that a row describes: the choice that the model finds likeliest is its answer. */
export function choiceTask(row: ChoiceRow): Task<ChoiceItem> {
  const delimiter = row.delimiter ?? " ";
  const { subject } = row;

  /** Description and shots. */
  const before = (item: ChoiceItem, shots: readonly ChoiceItem[]): string =>
    item.description + shots.map((shot) => `${solved(shot, delimiter)}\n\n`).join("");

  return {
    name: row.name,
    title: row.title,
    kind: "choice",
    category: row.category,
    languages: row.languages,
    source: row.source,
    numShots: row.numShots ?? 0,
    metrics: Object.fromEntries(row.metrics.map((name) => [name, choiceMetrics[name]])),
    mainMetric: row.mainMetric ?? row.metrics[0]!,
    version: row.version ?? 1,
    parse: (record) => parseItem(row, record),
    ...(subject === undefined
      ? {}
      : { shotPool: (item, all) => all.filter((other) => other.subject === item.subject) }),
    prompt: (item, shots) => ({ kind: "text", text: before(item, shots) + item.context }),
    reference: (item) => item.choices[item.right]! + (item.continuation ?? ""),
    async ask(item, shots, session: Session): Promise<Outcome> {
      const head = before(item, shots);
      const answers = await Promise.all(
        item.choices.map((choice) =>
          item.continuation === null
            ? session.loglikelihood(head + item.context, delimiter + choice)
            : session.loglikelihood(head + item.context + choice, delimiter + item.continuation),
        ),
      );
      const { scores, parts, chosen } = scoreChoices(
        row.metrics,
        item,
        answers.map((answer) => answer.logprob),
      );
      return {
        scores,
        ...(parts ? { parts } : {}),
        answer: item.choices[chosen]!,
        expected: item.choices[item.right]!,
      };
    },
    grade: null,
  };
}

function solved(item: ChoiceItem, delimiter: string): string {
  const choice = item.choices[item.right]!;
  return item.continuation === null
    ? item.context + delimiter + choice
    : item.context + choice + delimiter + item.continuation;
}

function parseItem(row: ChoiceRow, record: Row): ChoiceItem {
  checkFields(row.name, row.fields, record);
  const values = row.prepare?.(record) ?? record;
  const choices = choicesOf(row, values);
  if (choices.length < 2)
    throw new SyntaxError(
      `A record of ${row.name} must hold two choices at least, not ${choices.length}; check that the file is the one that is published for this set`,
    );
  const answer = valueAt(values, row.answer);
  const labels = Array.isArray(answer) ? answer.map(Number) : [];
  const right = Array.isArray(answer) ? labels.indexOf(1) : indexOf(row.answerFrom ?? 0, answer);
  if (!Number.isInteger(right) || right < 0 || right >= choices.length || labels.length > choices.length)
    throw new SyntaxError(
      `The field "${row.answer}" of a record of ${row.name} must name one of its ${choices.length} choices, not ${JSON.stringify(answer)}; check that the split is one with answers`,
    );
  return {
    description: fillTemplate(row.description ?? "", values),
    context: fillTemplate(row.context, values),
    choices,
    continuation: row.continuation === undefined ? null : fillTemplate(row.continuation, values),
    right,
    labels,
    subject: row.subject === undefined ? "" : textOf(valueAt(values, row.subject)),
  };
}

function choicesOf(row: ChoiceRow, values: Row): readonly string[] {
  if (typeof row.choices !== "string") return row.choices.map((template) => fillTemplate(template, values));
  const list = valueAt(values, row.choices);
  return Array.isArray(list) ? list.map(textOf) : [];
}

function indexOf(from: 0 | 1 | readonly string[], answer: unknown): number {
  if (typeof from !== "number") return from.indexOf(textOf(answer).trim());
  if (typeof answer === "boolean") return Number(answer) - from;
  if (answer === null || answer === undefined || textOf(answer).trim() === "") return -1;
  return Number(answer) - from;
}
