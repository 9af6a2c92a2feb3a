import type { Outcome, Row, Session, Task, TaskKind } from "../../task.ts";
import { type LmConfig, readLmConfig } from "./config.ts";
import { type Filter, parseFilters } from "./filters.ts";
import { itemMaker, type LmItem } from "./lm-item.ts";
import { type OutputType, outputTypes, parseMetrics, scoreText } from "./lm-metrics.ts";
import { lmSource } from "./source.ts";

const kinds: Readonly<Record<OutputType, TaskKind>> = {
  multiple_choice: "choice",
  loglikelihood: "perplexity",
  loglikelihood_rolling: "perplexity",
  generate_until: "generation",
};

/**
 * The task that a YAML file of lm-evaluation-harness 0.4 describes. Throws SyntaxError for what is wrong with it and
 * RangeError for what cannot be done here, both naming file and key.
 */
export function lmEvalTask(path: string): Task<LmItem> {
  const config = readLmConfig(path);
  try {
    return taskOf(config, path);
  } catch (cause) {
    if (!(cause instanceof Error) || cause.message.startsWith(path)) throw cause;
    const message = `${path}: ${cause.message}`;
    throw cause instanceof SyntaxError
      ? new SyntaxError(message, { cause })
      : new RangeError(message, { cause });
  }
}

function taskOf(config: LmConfig, path: string): Task<LmItem> {
  const type = outputTypes.find((each) => each === (config["output_type"] ?? "generate_until"));
  if (type === undefined)
    throw new RangeError(
      `output_type ${String(config["output_type"])} is not built; there are ${outputTypes.join(", ")}`,
    );
  const maker = itemMaker(config);
  const { metrics: bare, match } = parseMetrics(config["metric_list"], type);
  const filters = parseFilters(config["filter_list"]);
  const metrics =
    type === "generate_until" && Object.keys(filters).length > 1
      ? Object.fromEntries(
          Object.keys(filters).flatMap((filter) =>
            Object.entries(bare).map(([name, metric]) => [`${name},${filter}`, metric]),
          ),
        )
      : bare;
  const name = String(config["task"]);
  const delimiter = config["target_delimiter"] == null ? " " : String(config["target_delimiter"]);
  const generation = generationOptions(config);
  const fixed = fixedShots(config);
  const version = Number((config["metadata"] as LmConfig | undefined)?.["version"]);

  const before = (item: LmItem, shots: readonly LmItem[]): string =>
    item.description + shots.map(({ row }) => maker.shot(row)).join("");

  const ask: {
    readonly [T in OutputType]: (item: LmItem, head: string, session: Session) => Promise<Outcome>;
  } = {
    async multiple_choice(item, head, session) {
      const { choices, right } = item;
      const asked = async (isAlone: boolean) =>
        await Promise.all(
          choices.map((choice) => {
            const [context, text] = item.hasInputs
              ? [head + choice, delimiter + (item.targets[0] ?? "")]
              : [head + item.query, delimiter + choice];
            return session.loglikelihood(isAlone ? "" : context, text);
          }),
        );
      const answers = await asked(false);
      const logprobs = answers.map(({ logprob }) => logprob);
      const alone = "acc_mutual_info" in bare ? await asked(true) : [];
      const hit = (values: readonly number[]): number => Number(right.includes(argmax(values)));
      const scores: Record<string, number> = {
        acc: hit(logprobs),
        acc_norm: hit(logprobs.map((value, at) => value / [...choices[at]!].length)),
        acc_bytes: hit(logprobs.map((value, at) => value / Buffer.byteLength(choices[at]!))),
        acc_mutual_info: hit(logprobs.map((value, at) => value - (alone[at]?.logprob ?? 0))),
        exact_match: Number(right.some((at) => answers[at]!.isGreedy)),
      };
      const chosen = argmax(logprobs);
      const parts = Object.fromEntries(
        ["f1", "mcc"].filter((each) => each in bare).map((each) => [each, [right[0] ?? -1, chosen]]),
      );
      return {
        scores: pick(scores, bare),
        ...(Object.keys(parts).length > 0 ? { parts } : {}),
        answer: choices[chosen]!,
        expected: right.map((at) => choices[at]!).join(" | "),
        ...(right.length === 0 ? { note: "The record's answer is none of its choices" } : {}),
      };
    },
    async loglikelihood(item, head, session) {
      const target = item.targets[0] ?? "";
      const { logprob, isGreedy } = await session.loglikelihood(head + item.query, target);
      return likelihood(target, logprob, { acc: Number(isGreedy), answer: isGreedy ? target : "" });
    },
    async loglikelihood_rolling(item, _head, session) {
      const target = item.targets[0] ?? "";
      const { logprob } = await session.loglikelihood("", target, { overflow: "windows" });
      return likelihood(target, logprob, { acc: 0, answer: "" });
    },
    async generate_until(item, head, session) {
      const { text } = await session.generate({
        prompt: { kind: "text", text: head + item.query },
        ...generation,
      });
      return grade(item, { text });
    },
  };

  function likelihood(
    target: string,
    logprob: number,
    { acc, answer }: { acc: number; answer: string },
  ): Outcome {
    const parts = [logprob, target.split(/\s+/).length, Buffer.byteLength(target), 1];
    const corpus = Object.entries(bare).filter(([, { aggregate }]) => aggregate === "corpus");
    return {
      scores: pick(
        { acc, ...Object.fromEntries(corpus.map(([each, metric]) => [each, metric.combine!([parts])])) },
        bare,
      ),
      parts: Object.fromEntries(corpus.map(([each]) => [each, parts])),
      answer,
      expected: target,
    };
  }

  function grade(item: LmItem, { text }: { text: string }): Outcome {
    const answers = Object.entries<Filter>(filters).map(([filter, apply]) => [filter, apply(text)] as const);
    const isAlone = answers.length === 1;
    const scores: Record<string, number> = {};
    const allParts: Record<string, readonly number[]> = {};
    for (const metric of Object.keys(bare)) {
      for (const [filter, answer] of answers) {
        const { score, parts } = scoreText(metric, answer, item.targets, match);
        const key = isAlone ? metric : `${metric},${filter}`;
        scores[key] = score;
        if (parts !== null) allParts[key] = parts;
      }
    }
    return { scores, parts: allParts, answer: answers[0]![1], expected: item.targets.join(" | ") };
  }

  return {
    name,
    title: `${name} of lm-evaluation-harness`,
    kind: kinds[type],
    category: "own",
    languages: [],
    source: lmSource(config, path),
    numShots: Number(config["num_fewshot"] ?? 0),
    metrics,
    mainMetric: Object.keys(metrics)[0]!,
    version: Number.isFinite(version) ? version : 0,
    parse(row: Row) {
      const item = maker.item(row);
      if (type === "multiple_choice" && item.choices.length === 0)
        throw new SyntaxError("multiple_choice needs doc_to_choice");
      return item;
    },
    ...(fixed === null ? {} : { shotPool: () => fixed }),
    prompt: (item, shots) => ({
      kind: "text",
      text: type === "loglikelihood_rolling" ? (item.targets[0] ?? "") : before(item, shots) + item.query,
    }),
    reference: ({ right, choices, targets }) => choices[right[0] ?? -1] ?? targets[0] ?? null,
    ask: (item, shots, session) => ask[type](item, before(item, shots), session),
    grade: type === "generate_until" ? (item, answer) => grade(item, answer) : null,
  };
}

function pick(scores: Readonly<Record<string, number>>, metrics: object): Record<string, number> {
  return Object.fromEntries(
    Object.keys(metrics).flatMap((name) => (name in scores ? [[name, scores[name]!]] : [])),
  );
}

/** The first of the largest, as numpy has it. */
const argmax = (values: readonly number[]): number => values.indexOf(Math.max(...values));

/** Shots that stand in the configuration. Throws RangeError for a way of drawing that is not built. */
function fixedShots(config: LmConfig): LmItem[] | null {
  const { sampler, samples } = (config["fewshot_config"] ?? {}) as LmConfig;
  if (sampler != null && sampler !== "first_n" && sampler !== "default")
    throw new RangeError(`fewshot_config: the sampler ${String(sampler)} is not built; take first_n`);
  if (!Array.isArray(samples)) return null;
  // Samples may lack what only scored records need: of a shot, nothing but its record is used.
  return samples.map((row: Row) => ({
    row,
    description: "",
    query: "",
    choices: [],
    right: [],
    hasInputs: false,
    targets: [],
  }));
}

function generationOptions(config: LmConfig): {
  maxTokens: number;
  temperature: number;
  topP: number;
  stop: readonly string[];
} {
  const options = (config["generation_kwargs"] ?? {}) as LmConfig;
  const { until = config["fewshot_delimiter"] ?? "\n\n", do_sample, num_beams = 1 } = options;
  if (Number(num_beams) > 1) throw new RangeError("generation_kwargs: beam search (num_beams) is not built");
  const unknown = Object.keys(options).find((key) => !generationKeys.has(key));
  if (unknown !== undefined) throw new RangeError(`generation_kwargs: ${unknown} is not built`);
  return {
    maxTokens: Number(options["max_gen_toks"] ?? options["max_new_tokens"] ?? 256),
    temperature: do_sample === true ? Number(options["temperature"] ?? 1) : 0,
    topP: Number(options["top_p"] ?? 1),
    stop: (Array.isArray(until) ? until : [until]).map(String).filter((each) => each !== ""),
  };
}

const generationKeys = new Set([
  "until",
  "do_sample",
  "num_beams",
  "temperature",
  "top_p",
  "max_gen_toks",
  "max_new_tokens",
]);
