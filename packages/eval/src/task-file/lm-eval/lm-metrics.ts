import type { Metric } from "../../task.ts";
import { choiceMetrics } from "../../tasks/choice/choice-metrics.ts";
import { bleuOfStatistics, bleuStatistics } from "../../translation/bleu.ts";
import { chrfOfStatistics, chrfStatistics } from "../../translation/chrf.ts";
import { sumStatistics } from "../../translation/sum-statistics.ts";
import { pythonRegex } from "./python-regex.ts";

export type OutputType = "multiple_choice" | "loglikelihood" | "loglikelihood_rolling" | "generate_until";
export const outputTypes: readonly OutputType[] = [
  "multiple_choice",
  "loglikelihood",
  "loglikelihood_rolling",
  "generate_until",
];

const mean: Metric = { aggregate: "mean", higherIsBetter: true };
const over = (column: number, scale: (nats: number) => number): Metric => ({
  aggregate: "corpus",
  higherIsBetter: false,
  combine(parts) {
    const sum = (at: number): number => parts.reduce((total, part) => total + part[at]!, 0);
    return scale(-sum(0) / sum(column));
  },
});

/** Metrics of all texts together, as the harness takes them from sacrebleu: statistics of one text, and the score of sums. */
const textMetrics = {
  bleu: { statistics: bleuStatistics, score: bleuOfStatistics },
  chrf: { statistics: chrfStatistics, score: chrfOfStatistics },
};
const ofTexts = ({ score }: (typeof textMetrics)[keyof typeof textMetrics]): Metric => ({
  aggregate: "corpus",
  higherIsBetter: true,
  combine: (parts) => score(sumStatistics(parts)),
});

/** A generated text under a metric: its own score, and what the score of all texts needs. */
export function scoreText(
  metric: string,
  answer: string,
  targets: readonly string[],
  match: MatchOptions,
): { score: number; parts: readonly number[] | null } {
  if (metric !== "bleu" && metric !== "chrf")
    return { score: Number(isExactMatch(answer, targets, match)), parts: null };
  const { statistics, score } = textMetrics[metric];
  const parts = statistics(answer, targets);
  return { score: score(parts), parts };
}

/** Metrics by kind of output, the harness's default ones first. Parts of likelihoods: nats, words, bytes, items. */
const known: Readonly<Record<OutputType, Readonly<Record<string, Metric>>>> = {
  multiple_choice: {
    acc: mean,
    acc_norm: mean,
    acc_bytes: mean,
    acc_mutual_info: mean,
    exact_match: mean,
    f1: choiceMetrics.f1,
    mcc: choiceMetrics.mcc,
  },
  loglikelihood: { perplexity: over(3, Math.exp), acc: mean },
  loglikelihood_rolling: {
    word_perplexity: over(1, Math.exp),
    byte_perplexity: over(2, Math.exp),
    bits_per_byte: over(2, (nats) => nats / Math.LN2),
  },
  generate_until: { exact_match: mean, bleu: ofTexts(textMetrics.bleu), chrf: ofTexts(textMetrics.chrf) },
};

const defaults: Readonly<Record<OutputType, readonly string[]>> = {
  multiple_choice: ["acc", "acc_norm"],
  loglikelihood: ["perplexity", "acc"],
  loglikelihood_rolling: ["word_perplexity", "byte_perplexity", "bits_per_byte"],
  generate_until: ["exact_match"],
};

/** How the harness averages each metric; `mean` where nothing is written. */
const aggregations: Readonly<Record<string, string>> = {
  bleu: "bleu",
  chrf: "chrf",
  f1: "f1",
  mcc: "matthews_corrcoef",
  perplexity: "perplexity",
  word_perplexity: "weighted_perplexity",
  byte_perplexity: "weighted_perplexity",
  bits_per_byte: "bits_per_byte",
};

/** What does not count when texts are compared. */
export interface MatchOptions {
  ignoreCase: boolean;
  ignorePunctuation: boolean;
  ignoreNumbers: boolean;
  ignore: readonly RegExp[];
}

/** The metrics of a configuration. Throws RangeError for one that is not built. */
export function parseMetrics(
  list: unknown,
  type: OutputType,
): { metrics: Record<string, Metric>; match: MatchOptions } {
  const entries = (Array.isArray(list) ? list : defaults[type].map((metric) => ({ metric }))) as Readonly<
    Record<string, unknown>
  >[];
  const metrics: Record<string, Metric> = {};
  let match: MatchOptions = { ignoreCase: false, ignorePunctuation: false, ignoreNumbers: false, ignore: [] };
  for (const entry of entries) {
    const name = String(entry["metric"]);
    const metric = Object.hasOwn(known[type], name) ? known[type][name] : undefined;
    if (metric === undefined)
      throw new RangeError(
        `metric_list: the metric ${name} of ${type} is not built; there are ${Object.keys(known[type]).join(", ")}`,
      );
    const aggregation = entry["aggregation"];
    if (aggregation != null && aggregation !== (aggregations[name] ?? "mean"))
      throw new RangeError(`metric_list: ${name} is not put together by ${String(aggregation)} here`);
    metrics[name] = metric;
    if (name !== "exact_match") continue;
    const regexes = entry["regexes_to_ignore"];
    match = {
      ignoreCase: entry["ignore_case"] === true,
      ignorePunctuation: entry["ignore_punctuation"] === true,
      ignoreNumbers: entry["ignore_numbers"] === true,
      ignore: (Array.isArray(regexes) ? regexes : []).map((each) => pythonRegex(String(each))),
    };
  }
  return { metrics, match };
}

/** Whether a text is one of the accepted ones, each cleaned; space counts, as in the harness. */
export function isExactMatch(answer: string, targets: readonly string[], options: MatchOptions): boolean {
  const cleaned = clean(answer, options);
  return targets.some((target) => clean(target, options) === cleaned);
}

function clean(text: string, { ignore, ignoreCase, ignorePunctuation, ignoreNumbers }: MatchOptions): string {
  let body = ignore.reduce((so, regex) => so.replace(regex, ""), text);
  if (ignoreCase) body = body.toLowerCase();
  if (ignorePunctuation) body = body.replace(/[!-/:-@[-`{-~]/g, "");
  return ignoreNumbers ? body.replace(/[0-9]/g, "") : body;
}
