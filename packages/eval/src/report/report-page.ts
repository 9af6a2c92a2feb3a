import type { Measured } from "../compare/comparable.ts";
import type { Prompt } from "../generator.ts";
import type { Sample, TaskResult } from "../run/result.ts";
import { type Dot, dotPlot, figure } from "./dot-plot.ts";
import { escapeHtml } from "./escape.ts";
import { pageStyle } from "./page-style.ts";

const maxText = 6000;

/** A page about results: figures, pictures, failures and items. It needs no other file. */
export function reportPage(all: readonly Measured[], { numItems = 20 }: { numItems?: number } = {}): string {
  const models = [...new Set(all.map(({ result }) => modelKey(result)))];
  const legend = models.map((key, at) => {
    const { result } = all.find((each) => modelKey(each.result) === key)!;
    return `<span style="margin-right:20px"><i class="key s${at % 6}"></i>${escapeHtml(nameOf(result))}</span>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Evaluation</title><style>${pageStyle}</style></head><body><main>
<h1>Evaluation</h1>
<p>${legend.join("")}</p>
${categories(all, models)}
<h2>Scores</h2><div class="wide">${scoreTable(all)}</div>
<h2>What they depend on</h2><div class="wide">${setUps(all)}</div>
${all.map((each) => taskSection(each, numItems)).join("\n")}
</main></body></html>
`;
}

const modelKey = ({ model }: TaskResult): string => JSON.stringify(model);
const nameOf = ({ model }: TaskResult): string =>
  model.modelHash === null ? model.model : `${model.model} (${model.modelHash.slice(0, 8)})`;

/** A plot for each category: the main metric of its tasks, a dot a model. */
function categories(all: readonly Measured[], models: readonly string[]): string {
  const names = [...new Set(all.map(({ result }) => result.category))].sort();
  return names
    .map((category) => {
      const here = all.filter(({ result }) => result.category === category);
      const tasks = new Map<string, Dot[]>();
      for (const { result } of here) {
        const score = result.scores[result.mainMetric];
        if (score === undefined) continue;
        const row = `${result.task}, ${result.mainMetric}${score.higherIsBetter ? "" : " (less is better)"}`;
        const dots = tasks.get(row) ?? [];
        const { value, interval } = score;
        dots.push({ series: models.indexOf(modelKey(result)), label: nameOf(result), value, interval });
        tasks.set(row, dots);
      }
      const rows = [...tasks].map(([name, dots]) => ({ name, dots }));
      // Shares and other figures have no scale in common.
      const isShare = ({ dots }: { dots: readonly Dot[] }): boolean =>
        dots.every(({ value }) => value >= 0 && value <= 1);
      const groups = [rows.filter(isShare), rows.filter((row) => !isShare(row))];
      return `<h2>${escapeHtml(category)}</h2>${groups.map((group) => (group.length === 0 ? "" : dotPlot(group))).join("")}`;
    })
    .join("\n");
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly number[],
): string {
  const cell = (tag: "th" | "td") => (text: string, at: number) =>
    `<${tag}${numeric.includes(at) ? ' class="n"' : ""}>${text}</${tag}>`;
  const body = rows.map((row) => `<tr>${row.map(cell("td")).join("")}</tr>`).join("");
  return `<table><thead><tr>${head.map(cell("th")).join("")}</tr></thead><tbody>${body}</tbody></table>`;
}

function scoreTable(all: readonly Measured[]): string {
  const rows = all.flatMap(({ result }) => {
    const { scores, mainMetric } = result;
    const names = Object.keys(scores).sort((a, b) => Number(b === mainMetric) - Number(a === mainMetric));
    return names.map((name, at) => {
      const { value, interval, numItems, higherIsBetter } = scores[name]!;
      return [
        at === 0 ? escapeHtml(result.task) : "",
        at === 0 ? escapeHtml(nameOf(result)) : "",
        escapeHtml(name) + (higherIsBetter ? "" : " <small>(less is better)</small>"),
        figure(value),
        interval === null ? "-" : interval.map((each) => figure(each)).join(" to "),
        String(result.shots.count),
        String(numItems) + (result.numErrors === 0 ? "" : ` <small>(${result.numErrors} failed)</small>`),
      ];
    });
  });
  return table(["task", "model", "metric", "value", "95 %", "shots", "items"], rows, [3, 4, 5, 6]);
}

function setUps(all: readonly Measured[]): string {
  const code = (text: string | null): string =>
    text === null ? '<span class="soft">not told</span>' : `<code>${escapeHtml(text.slice(0, 16))}</code>`;
  const rows = all.map(({ result }) => [
    escapeHtml(result.task),
    escapeHtml(result.model.model),
    code(result.model.modelHash),
    code(result.model.templateHash),
    escapeHtml(
      [result.model.backend, result.model.mode ?? "", ...Object.values(result.model.settings ?? {})].join(
        " ",
      ),
    ),
    `${escapeHtml(result.split)} ${code(result.dataDigest)}`,
    `v${result.version}, seed ${result.seed}, ${result.shots.choice}${result.limit === null ? "" : `, first ${result.limit}`}`,
    result.degraded.length === 0
      ? "-"
      : escapeHtml(result.degraded.map((each) => JSON.stringify(each)).join(" ")),
    escapeHtml(result.startedAt.slice(0, 16).replace("T", " ")),
  ]);
  return table(
    ["task", "model", "weights", "template", "set-up", "data", "run", "degraded", "started"],
    rows,
    [],
  );
}

function taskSection({ result, samples }: Measured, numItems: number): string {
  const notes = new Map<string, number>();
  for (const { error, outcome } of samples) {
    const note = error ?? outcome?.note;
    if (note !== undefined && note !== null) notes.set(note, (notes.get(note) ?? 0) + 1);
  }
  const failures = [...notes].sort((a, b) => b[1] - a[1]).slice(0, 20);
  const scoreOf = ({ outcome }: Sample): number =>
    outcome?.scores[result.mainMetric] ?? Number.NEGATIVE_INFINITY;
  const sign = result.scores[result.mainMetric]?.higherIsBetter === false ? -1 : 1;
  // The worst first: what is right is seldom looked at.
  const shown = [...samples]
    .sort((a, b) => sign * (scoreOf(a) - scoreOf(b)) || a.index - b.index)
    .slice(0, numItems);
  const list = failures.map(([note, count]) => [escapeHtml(note.slice(0, 300)), String(count)]);
  return `<h2>${escapeHtml(result.task)} <small>${escapeHtml(nameOf(result))}</small></h2>
${list.length === 0 ? "" : `<h3>Why answers did not count</h3>${table(["note", "items"], list, [1])}`}
<h3>Items <small>${shown.length} of ${samples.length}, the worst first</small></h3>
${shown.map((each) => item(each, result.mainMetric)).join("\n")}`;
}

function item({ index, prompt, outcome, error }: Sample, metric: string): string {
  const score = outcome?.scores[metric];
  const head = `item ${index} <small>${score === undefined ? "no score" : `${escapeHtml(metric)} ${figure(score)}`}${outcome?.note === undefined ? "" : `, ${escapeHtml(outcome.note)}`}</small>`;
  const block = (title: string, text: string): string =>
    `<small>${title}</small><pre>${escapeHtml(text.length > maxText ? `… ${text.slice(-maxText)}` : text)}</pre>`;
  const parts = [block("prompt", promptText(prompt))];
  if (outcome !== null) parts.push(block("answer", outcome.answer), block("expected", outcome.expected));
  if (error !== null) parts.push(block("error", error));
  return `<details><summary>${head}</summary>${parts.join("")}</details>`;
}

function promptText(prompt: Prompt): string {
  if (prompt.kind === "text") return prompt.text;
  return prompt.messages
    .map(
      ({ role, content }) => `[${role}]\n${typeof content === "string" ? content : JSON.stringify(content)}`,
    )
    .join("\n\n");
}
