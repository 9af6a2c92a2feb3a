import { extractAnswer } from "../../metrics/answer-pattern.ts";
import { passAtK } from "../../metrics/pass-at-k.ts";
import type { Metric, Outcome, Session, Task } from "../../task.ts";
import { fillTemplate, valueAt } from "./fields.ts";
import type { CodeRow, GenerationItem } from "./generation-row.ts";
import { fixedItems, parseItem, renderPrompt, shotSource } from "./generation-task.ts";

const mean: Metric = { aggregate: "mean", higherIsBetter: true };
const once = { numSamples: 1, k: [1], temperature: 0, topP: 1 };

/** The task that a row describes: asks for a program and runs it in the session's sandbox. */
export function codeTask(row: CodeRow): Task<GenerationItem> {
  const sampling = row.sampling ?? once;
  const fixed = fixedItems(row);

  async function grade(item: GenerationItem, { text }: { text: string }, session: Session): Promise<Outcome> {
    const verdict = await runProgram(row, item, text, session);
    return outcome(row, item, [{ text, ...verdict }]);
  }

  return {
    name: row.name,
    title: row.title,
    kind: "code",
    category: row.category,
    languages: row.languages,
    ...shotSource(row, fixed),
    numShots: row.numShots ?? 0,
    metrics: Object.fromEntries(sampling.k.map((k) => [`pass@${k}`, mean])),
    mainMetric: `pass@${sampling.k.at(-1)}`,
    version: row.version ?? 1,
    parse: (record) => parseItem(row, record),
    prompt: (item, shots) => renderPrompt(row, item, fixed.length > 0 ? fixed.slice(0, shots.length) : shots),
    reference: (item) => (item.solution === "" ? null : item.solution),
    async ask(item, shots, session) {
      const prompt = this.prompt(item, shots);
      const seeds = Array.from({ length: sampling.numSamples }, (_, index) => index);
      const samples = await Promise.all(
        seeds.map(async (index) => {
          const { text } = await session.generate({
            prompt,
            maxTokens: row.maxTokens,
            stop: row.stop ?? [],
            ...(sampling.numSamples === 1
              ? {}
              : { temperature: sampling.temperature, topP: sampling.topP, seed: index }),
          });
          return { text, ...(await runProgram(row, item, text, session)) };
        }),
      );
      return outcome(row, item, samples);
    },
    // pass@k of several samples is no property of one answer.
    grade: sampling.numSamples === 1 ? grade : null,
  };
}

interface Verdict {
  isRight: boolean;
  note?: string;
}

function outcome(
  row: CodeRow,
  item: GenerationItem,
  samples: readonly (Verdict & { text: string })[],
): Outcome {
  const numRight = samples.filter((sample) => sample.isRight).length;
  const { k } = row.sampling ?? once;
  const note = samples.find((sample) => sample.note !== undefined)?.note;
  return {
    scores: Object.fromEntries(k.map((each) => [`pass@${each}`, passAtK(samples.length, numRight, each)])),
    answer: extractAnswer(row.answer, samples[0]!.text) ?? "",
    expected: item.targets.join("\n"),
    ...(note === undefined ? {} : { note }),
  };
}

async function runProgram(
  row: CodeRow,
  item: GenerationItem,
  text: string,
  session: Session,
): Promise<Verdict> {
  const answer = extractAnswer(row.answer, text);
  if (answer === null || answer.trim() === "") return { isRight: false, note: "No code in the answer" };
  const code = fillTemplate(row.program, { ...item.values, answer, answer_json: JSON.stringify(answer) });
  const options = { seconds: row.seconds ?? 10, signal: session.signal };
  const tests = (row.tests === undefined ? undefined : valueAt(item.values, row.tests)) as
    | readonly { input: string; output: string }[]
    | undefined;
  if (tests === undefined) {
    const run = await session.runCode(row.language, code, options);
    return run.ok ? { isRight: true } : { isRight: false, note: describe(run) };
  }
  for (const [index, test] of tests.entries()) {
    const run = await session.runCode(row.language, code, { ...options, stdin: test.input });
    if (!run.ok) return { isRight: false, note: `Test ${index + 1}: ${describe(run)}` };
    if (!isSameOutput(run.stdout, test.output))
      return {
        isRight: false,
        note: `Test ${index + 1}: printed ${JSON.stringify(run.stdout.slice(0, 80))}`,
      };
  }
  return { isRight: tests.length > 0 };
}

function describe(run: { reason: string; stderr: string }): string {
  const last = run.stderr.trim().split("\n").at(-1) ?? "";
  const words: Readonly<Record<string, string>> = {
    time: "Code ran out of time",
    memory: "Code ran out of memory",
    output: "Code printed too much",
  };
  return words[run.reason] ?? `Code failed: ${last.slice(0, 200)}`;
}

/** Lines are held against each other without space at their ends; numbers in them by value. */
export function isSameOutput(printed: string, expected: string): boolean {
  const [mine, theirs] = [linesOf(printed), linesOf(expected)];
  if (mine.length !== theirs.length) return false;
  return mine.every((line, index) => {
    if (line === theirs[index]) return true;
    const [a, b] = [line.split(/\s+/), theirs[index]!.split(/\s+/)];
    return a.length === b.length && a.every((token, at) => isSameToken(token, b[at]!));
  });
}

function isSameToken(first: string, second: string): boolean {
  if (first === second) return true;
  const number = /^-?\d*\.?\d+(?:e[+-]?\d+)?$/i;
  if (!number.test(first) || !number.test(second)) return false;
  const [a, b] = [Number(first), Number(second)];
  // Whole numbers must agree digit by digit: large ones lose theirs as floating point.
  if (!/[.e]/i.test(first + second)) return BigInt(first) === BigInt(second);
  return Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b));
}

function linesOf(text: string): string[] {
  return text
    .replace(/\s+$/, "")
    .split("\n")
    .map((line) => line.trim());
}
