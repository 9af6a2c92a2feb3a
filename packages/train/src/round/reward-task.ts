import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { type Outcome, ownFile, type Row, type Task } from "@llamero/eval";
import { UnknownFields } from "../chat-data/record-reader.ts";
import { parsePrompt, type SamplePrompt } from "../reject/prompts.ts";
import { checkRewards, type RewardSet, rewardOf } from "../reward/reward-set.ts";

/** Ending of files with held-out prompts. */
export const heldOutEnding = ".prompts.jsonl";

interface HeldOut extends Omit<SamplePrompt, "source"> {
  skill: string | null;
}

/**
 * Held-out prompts as a task: the reward by rule of one answer at temperature 0, over all records and over those of each
 * `skill`. Throws SyntaxError naming the line that is wrong.
 */
export function rewardTask(path: string, rewards: RewardSet, maxTokens: number): Task {
  const rules: RewardSet = { ...rewards, model: null };
  const skills = new Set<string>();
  for (const [at, line] of readFileSync(path, "utf8").split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      const { skill, expect } = parse(JSON.parse(line) as Row);
      checkRewards(rules, `line ${at + 1}`, expect);
      if (skill !== null) skills.add(skill);
    } catch (cause) {
      throw new SyntaxError(`${path}, line ${at + 1}: ${(cause as Error).message}`, { cause });
    }
  }
  const mean = { aggregate: "mean", higherIsBetter: true } as const;
  const share = {
    aggregate: "corpus",
    higherIsBetter: true,
    combine: (parts: readonly (readonly number[])[]) =>
      parts.reduce((sum, [score]) => sum + score!, 0) / parts.reduce((sum, [, count]) => sum + count!, 0),
  } as const;
  const prompt = ({ messages, tools }: HeldOut) =>
    ({ kind: "chat", messages, ...(tools.length > 0 && { tools }) }) as const;
  const task: Task<HeldOut> = {
    name: basename(path).slice(0, -heldOutEnding.length),
    title: `Rewards of held-out prompts in ${basename(path)}`,
    kind: rules.rules.some(({ verifier }) => verifier.usesCode) ? "code" : "generation",
    category: "own",
    languages: [],
    source: ownFile(path),
    numShots: 0,
    metrics: { reward: mean, ...Object.fromEntries([...skills].map((skill) => [skill, share])) },
    mainMetric: "reward",
    version: 1,
    parse,
    prompt,
    reference: () => null,
    async ask(item, _, session): Promise<Outcome> {
      const { text, toolCalls } = await session.generate({ prompt: prompt(item), maxTokens });
      const { messages, expect, skill } = item;
      const judged = { prompt: messages, answer: text.trim(), toolCalls, expect };
      const { runCode, signal } = session;
      const { score, why } = await rewardOf(rules, judged, null, { runCode, signal });
      return {
        scores: { reward: score },
        parts: Object.fromEntries([...skills].map((each) => [each, each === skill ? [score, 1] : [0, 0]])),
        answer: toolCalls.length > 0 ? JSON.stringify(toolCalls) : text,
        expected: JSON.stringify(expect),
        ...(why !== null && { note: why }),
      };
    },
    grade: null,
  };
  return task as Task;
}

function parse({ _file, ...row }: Row): HeldOut {
  const { skill } = row;
  const prompt = parsePrompt(row as Parameters<typeof parsePrompt>[0], new UnknownFields());
  return { ...prompt, skill: typeof skill === "string" ? skill : null };
}
