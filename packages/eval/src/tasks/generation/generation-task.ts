import type { Message } from "@llamero/core";
import type { Prompt } from "../../generator.ts";
import { type AnswerPattern, extractAnswer } from "../../metrics/answer-pattern.ts";
import type { GradedAnswer, Metric, Outcome, Row, Session, Task } from "../../task.ts";
import { checkFields, fillTemplate, textOf, valueAt } from "./fields.ts";
import type { GenerationItem, GenerationRow, SetRow } from "./generation-row.ts";
import { scorers } from "./scorers.ts";

/** The task that a row describes: asks for a text, finds the answer in it, holds it against the accepted ones. */
export function generationTask(row: GenerationRow): Task<GenerationItem> {
  const scorer = scorers[row.scorer];
  const patterns = answerPatterns(row);
  const names = Object.keys(patterns).flatMap((variant) =>
    scorer.metrics.map((name) => metricName(name, variant)),
  );
  const fixed = fixedItems(row);

  function grade(item: GenerationItem, { text }: Pick<GradedAnswer, "text">): Outcome {
    const scores: Record<string, number> = {};
    let answer: string | null = null;
    for (const [variant, pattern] of Object.entries(patterns)) {
      const found = extractAnswer(pattern, text);
      answer ??= found;
      const values = found === null ? null : scorer.score(found, item, row.scorerOptions ?? {});
      for (const name of scorer.metrics) scores[metricName(name, variant)] = values?.[name] ?? 0;
    }
    const expected = item.targets.join(" | ");
    if (answer === null)
      return { scores, answer: "", expected, note: "No answer of the expected form in the text" };
    return { scores, answer, expected };
  }

  return {
    name: row.name,
    title: row.title,
    kind: "generation",
    category: row.category,
    languages: row.languages,
    ...shotSource(row, fixed),
    numShots: row.numShots ?? 0,
    metrics: Object.fromEntries(names.map((name) => [name, mean])),
    mainMetric: row.mainMetric ?? names[0]!,
    version: row.version ?? 1,
    parse: (record) => parseItem(row, record),
    prompt: (item, shots) => renderPrompt(row, item, fixed.length > 0 ? fixed.slice(0, shots.length) : shots),
    reference: (item) => item.solution,
    async ask(item, shots, session: Session) {
      const { text } = await session.generate({
        prompt: this.prompt(item, shots),
        maxTokens: row.maxTokens,
        stop: row.stop ?? [],
      });
      return grade(item, { text });
    },
    grade,
  };
}

const mean: Metric = { aggregate: "mean", higherIsBetter: true };

const metricName = (name: string, variant: string): string => (variant === "" ? name : `${name}_${variant}`);

function answerPatterns(row: GenerationRow): Readonly<Record<string, AnswerPattern>> {
  const { answer } = row;
  if (typeof answer === "string" || "regex" in answer || "anyOf" in answer)
    return { "": answer as AnswerPattern };
  return answer as Readonly<Record<string, AnswerPattern>>;
}

/** A record as an item; throws a SyntaxError that names what is wrong with it. */
export function parseItem(row: SetRow, record: Row): GenerationItem {
  checkFields(row.name, row.fields, record);
  const values = row.prepare?.(record) ?? record;
  const target = valueAt(values, row.target);
  const texts = Array.isArray(target) ? target.map(textOf) : [textOf(target)];
  const targets = texts.map((text) => {
    const found = row.targetPattern === undefined ? text : extractAnswer(row.targetPattern, text);
    if (found !== null) return found;
    throw new SyntaxError(
      `The field "${row.target}" of a record of ${row.name} holds no answer of the expected form: ${text.slice(0, 80)}; check that the file is the one that is published for this set`,
    );
  });
  const filled = row.solution === undefined ? undefined : fillTemplate(row.solution, values);
  // Only the row's own shots may have worked steps.
  const hasSteps = filled !== undefined && (row.fixedShots === undefined || !filled.includes("{steps}"));
  const solution = hasSteps ? filled : (targets[0] ?? "");
  return { values, targets, solution };
}

/** Where a set lies and what may be its shots: the row's own, or records that share a field with the item. */
export function shotSource(
  row: SetRow,
  fixed: readonly GenerationItem[],
): Pick<Task<GenerationItem>, "source" | "shotPool"> {
  if (fixed.length > 0) {
    const { shots: _, ...source } = row.source;
    return { source, shotPool: () => fixed };
  }
  const { shotsShare: path } = row;
  if (path === undefined) return { source: row.source };
  const shared = (item: GenerationItem): string => textOf(valueAt(item.values, path));
  return {
    source: row.source,
    shotPool: (item, candidates) => candidates.filter((other) => shared(other) === shared(item)),
  };
}

/** The shots that a row brings itself. */
export function fixedItems(row: SetRow): readonly GenerationItem[] {
  const solution = row.solution ?? `{${row.target}}`;
  return (row.fixedShots ?? []).map((values) => ({
    values,
    targets: [],
    solution: fillTemplate(solution, values),
  }));
}

/** Shots and the item in the form of the row: one text, or a conversation with the shots as earlier turns. */
export function renderPrompt(row: SetRow, item: GenerationItem, shots: readonly GenerationItem[]): Prompt {
  const question = fillTemplate(row.prompt, item.values);
  const description = row.description === undefined ? null : fillTemplate(row.description, item.values);
  if (row.format === "chat") {
    const messages: Message[] = description === null ? [] : [{ role: "system", content: description }];
    for (const shot of shots)
      messages.push(
        { role: "user", content: fillTemplate(row.prompt, shot.values) },
        { role: "assistant", content: shot.solution },
      );
    messages.push({ role: "user", content: question });
    return { kind: "chat", messages };
  }
  const separator = row.shotDelimiter ?? "\n\n";
  const before = shots.map(
    (shot) =>
      `${fillTemplate(row.prompt, shot.values)}${row.answerDelimiter ?? " "}${shot.solution}${separator}`,
  );
  return { kind: "text", text: `${description ?? ""}${before.join("")}${question}` };
}
