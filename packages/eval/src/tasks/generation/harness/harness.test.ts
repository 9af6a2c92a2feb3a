import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { GenerationRequest, Prompt } from "../../../generator.ts";
import { scoreDrop } from "../../../metrics/drop-score.ts";
import { exactMatch } from "../../../metrics/exact-match.ts";
import {
  type SpanScore,
  scoreSpan,
  scoreSpanLeavingOneOut,
  wordsOfLanguage,
} from "../../../metrics/token-f1.ts";
import type { Row, Session } from "../../../task.ts";
import { generationTasks } from "../generation-tasks.ts";
import { variants } from "./variants.ts";

/** What lm-evaluation-harness 0.4.13 makes of the first record of a fixture; written by render.py. */
interface Expected {
  harness: string;
  item: string;
  /** With two records as shots; null where its shots are its own. */
  withShots: string | null;
  stop: readonly string[] | null;
  /** Null: left to the model. */
  maxTokens: number | null;
  numShots: number | null;
  /** Of replies: record, text, number per metric. */
  scores: readonly (readonly [item: number, reply: string, scores: Readonly<Record<string, number>>])[];
}

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8")) as T;
const expected = read<Record<string, Expected>>("expected-prompts.json");

function readRows(name: string): Row[] {
  const lines = readFileSync(new URL(`../fixtures/${name}.jsonl`, import.meta.url), "utf8").trim();
  return lines.split("\n").map((line) => JSON.parse(line) as Row);
}

const textOf = (prompt: Prompt): string =>
  prompt.kind === "text" ? prompt.text : prompt.messages.map(({ content }) => content).join("\n\n");

const close = (left: number, right: number): boolean => Math.abs(left - right) < 1e-6;

for (const [name, theirs] of Object.entries(expected)) {
  const task = generationTasks.find((one) => one.name === name)!;
  const variant = variants.find(({ sets }) => sets.test(name));
  const same = variant === undefined ? "has the prompt, stops and scores" : "is a variant of its own";
  test(`${name} ${same} of lm-evaluation-harness's ${theirs.harness}`, async () => {
    const items = readRows(name).map((row) => task.parse(row));
    const mine = textOf(task.prompt(items[0], []));
    if (variant !== undefined) {
      assert.notEqual(mine, theirs.item, "a variant with the same prompt is none");
      return;
    }
    assert.equal(mine, theirs.item);
    // Its shots of code sets hold the tests; nobody asks them so.
    if (theirs.withShots !== null && task.kind !== "code") {
      // Any two records, since all stand for the split of shots as well.
      const orders = [0, 1, 2].flatMap((first) =>
        [0, 1, 2].filter((second) => second !== first).map((second) => [items[first], items[second]]),
      );
      const shown = orders.map((shots) => textOf(task.prompt(items[0], shots)));
      assert.ok(shown.includes(theirs.withShots), `${shown[0]}\n---\n${theirs.withShots}`);
    }
    let request: Partial<GenerationRequest> = {};
    const session = {
      async generate(asked: Partial<GenerationRequest>) {
        request = asked;
        throw new Error("seen");
      },
    } as unknown as Session;
    await assert.rejects(task.ask(items[0], [], session), { message: "seen" });
    if (theirs.stop !== null) assert.deepEqual(request.stop, theirs.stop);
    if (theirs.maxTokens !== null) assert.equal(request.maxTokens, theirs.maxTokens);
    // Its targets of babi begin with a space, so that an answer without one is never right.
    for (const [item, text, scores] of name === "babi" ? [] : theirs.scores) {
      // Replies behind a stop never reach a score.
      if (
        task.kind === "code" ||
        text !== text.trim() ||
        (theirs.stop ?? []).some((stop) => text.trim().includes(stop))
      )
        continue;
      const outcome = await task.grade!(items[item], { text, toolCalls: [] }, session);
      for (const [metric, score] of Object.entries(scores))
        if (metric in outcome.scores)
          assert.ok(
            close(outcome.scores[metric]!, score),
            `${metric} of ${JSON.stringify(text)}: ${outcome.scores[metric]}, not ${score}`,
          );
    }
  });
}

type Scored = readonly [
  metric: string,
  answer: string,
  targets: readonly string[],
  exact: number,
  f1: number,
];

/** The metric of that name in the harness, with ours. */
function score(metric: string, answer: string, targets: readonly string[]): SpanScore {
  if (metric === "drop") return scoreDrop([answer], [targets]);
  if (metric === "span") return scoreSpan(answer, targets);
  if (metric === "span-leaving-one-out") return scoreSpanLeavingOneOut(answer, targets);
  if (metric.startsWith("mlqa-")) return scoreSpan(answer, targets, wordsOfLanguage(metric.slice(5)));
  const exact = exactMatch(answer, targets, {
    ignoreCase: metric.includes("ignore_case"),
    ignorePunctuation: metric.includes("ignore_punctuation"),
  });
  return { exact, f1: exact };
}

test("DROP, SQuAD, CoQA, MLQA and exact match score pairs as lm-evaluation-harness does", () => {
  const pairs = read<Scored[]>("expected-scores.json");
  assert.ok(pairs.length > 2500);
  const wrong = pairs.filter(([metric, answer, targets, exact, f1]) => {
    const mine = score(metric, answer, targets);
    return !close(mine.exact, exact) || !close(mine.f1, f1);
  });
  assert.deepEqual(wrong, []);
});
