import type { Message } from "@llamero/core";
import { type HfMessage, toHfMessage, toHfTool } from "../synth/records.ts";
import type { SamplePrompt } from "./prompts.ts";
import type { Sample } from "./sample.ts";

/** A sample with what it was found worth. */
export interface ScoredSample extends Sample {
  score: number;
  why: string | null;
}

/** What is kept. */
export interface SelectOptions {
  /** Least score of an answer that is learned. */
  threshold: number;
  /** Least difference between the best answer and the worst for both to be a pair. */
  minMargin: number;
}

/** What selection came to. */
export interface SelectReport {
  prompts: number;
  samples: number;
  /** Samples that no other of their prompt equals. */
  distinct: number;
  cut: number;
  failed: number;
  /** Mean score of all samples, and of the best of each prompt. */
  meanScore: number;
  meanBestScore: number;
  accepted: number;
  acceptance: number;
  pairs: number;
  /** Why samples lost, by how often. */
  reasons: Readonly<Record<string, number>>;
}

/** Records to learn from, in the forms that `train sft` and `train dpo` read. */
export interface Selection {
  sft: readonly object[];
  pairs: readonly object[];
  report: SelectReport;
}

const answerOf = ({ text, toolCalls }: Sample): Message =>
  toolCalls.length > 0
    ? { role: "assistant", content: text, toolCalls }
    : { role: "assistant", content: text };

const keyOf = ({ text, toolCalls }: Sample): string =>
  JSON.stringify([text, toolCalls.map((call) => [call.name, call.arguments])]);

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, each) => sum + each, 0) / values.length;

/** Best of each prompt above the threshold, and best with worst where they differ enough. The first wins a tie. */
export function selectSamples(
  prompts: readonly SamplePrompt[],
  samples: readonly ScoredSample[],
  { threshold, minMargin }: SelectOptions,
): Selection {
  const sft: object[] = [];
  const pairs: object[] = [];
  const bests: number[] = [];
  const reasons: Record<string, number> = {};
  let distinct = 0;
  const groups = new Map<number, ScoredSample[]>();
  for (const sample of samples) {
    const own = groups.get(sample.prompt);
    if (own === undefined) groups.set(sample.prompt, [sample]);
    else own.push(sample);
  }
  for (const [index, prompt] of prompts.entries()) {
    const own = groups.get(index) ?? [];
    for (const { why } of own) if (why !== null) reasons[why] = (reasons[why] ?? 0) + 1;
    distinct += new Set(own.map(keyOf)).size;
    const answers = own.filter(({ error }) => error === null);
    if (answers.length === 0) continue;
    const best = answers.reduce((a, b) => (b.score > a.score ? b : a));
    bests.push(best.score);
    if (best.isCut || keyOf(best) === keyOf({ ...best, text: "", toolCalls: [] })) continue;
    if (best.score < threshold) continue;
    const history = prompt.messages.map(toHfMessage);
    const tools = prompt.tools.length > 0 ? { tools: prompt.tools.map(toHfTool) } : {};
    const said = (sample: Sample): HfMessage => toHfMessage(answerOf(sample));
    const meta = { prompt: prompt.source, score: best.score, samples: own.length };
    sft.push({ messages: [...history.map(untrained), said(best)], ...tools, meta });
    // An answer that was cut off would teach that an end is bad or good by chance.
    const losers = answers.filter((each) => !each.isCut && keyOf(each) !== keyOf(best));
    if (losers.length === 0) continue;
    const worst = losers.reduce((a, b) => (b.score < a.score ? b : a));
    if (best.score - worst.score < minMargin || best.score === worst.score) continue;
    const scores = { ...meta, rejectedScore: worst.score };
    pairs.push({ prompt: history, chosen: [said(best)], rejected: [said(worst)], ...tools, meta: scores });
  }
  const asked = groups.size;
  return {
    sft,
    pairs,
    report: {
      prompts: prompts.length,
      samples: samples.length,
      distinct,
      cut: samples.filter(({ isCut }) => isCut).length,
      failed: samples.filter(({ error }) => error !== null).length,
      meanScore: mean(samples.map(({ score }) => score)),
      meanBestScore: mean(bests),
      accepted: sft.length,
      acceptance: asked === 0 ? 0 : sft.length / asked,
      pairs: pairs.length,
      reasons,
    },
  };
}

/** Earlier turns of the assistant are context: only the sampled answer is learned. */
function untrained(message: HfMessage): HfMessage {
  return message.role === "assistant" ? { ...message, trainable: false } : message;
}
