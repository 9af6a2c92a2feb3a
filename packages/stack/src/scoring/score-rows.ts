import type { Row } from "../api/datasetio.ts";
import type { AggregationFunction, ScoringParams, ScoringResult } from "../api/scoring.ts";
import { HttpError } from "../http/http-error.ts";
import { aggregate, type Score } from "./aggregate.ts";
import { RegexRunner, RegexTimeout } from "./safe-regex.ts";

/** What a judge needs: the prompt in, its answer out. */
export type AskJudge = (model: string, prompt: string) => Promise<string>;

/** A function as it scores: its parameters decide, or for the basic ones its name. */
export interface ScoringJob {
  name: string;
  /** Basic functions: equality or subset of. */
  basic: "equality" | "subset_of" | null;
  params: ScoringParams;
}

const maxTextLength = 100_000;

function field(row: Row, name: string, index: number): string {
  const value = row[name];
  if (typeof value === "string") return value.slice(0, maxTextLength);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new HttpError(400, `input_rows[${index}].${name}: Rows need a text ${name}`, {
    param: `input_rows[${index}].${name}`,
    code: "invalid_value",
  });
}

function compile(patterns: readonly string[], param: string): RegExp[] {
  return patterns.map((pattern, index) => {
    try {
      // Python writes (?i) for the flag.
      const flags = pattern.startsWith("(?i)") ? "i" : "";
      return new RegExp(flags === "" ? pattern : pattern.slice(4), flags);
    } catch {
      throw new HttpError(400, `${param}[${index}]: This is no regular expression`, {
        param: `${param}[${index}]`,
        code: "invalid_value",
      });
    }
  });
}

type ScoreRow = (row: Row, index: number) => Score | Promise<Score>;

function basicScorer(kind: "equality" | "subset_of"): ScoreRow {
  return (row, index) => {
    const expected = field(row, "expected_answer", index);
    const generated = field(row, "generated_answer", index);
    return Number(kind === "equality" ? generated === expected : generated.includes(expected));
  };
}

function firstMatch(runner: RegexRunner, expressions: readonly RegExp[], text: string): string | null {
  for (const expression of expressions) {
    const found = runner.find(expression, text);
    if (found !== null) return found;
  }
  return null;
}

function scorer(job: ScoringJob, askJudge: AskJudge): ScoreRow {
  const { params, basic, name } = job;
  const at = `scoring_functions.${name}`;
  if (params.type === "basic") return basicScorer(basic ?? "equality");
  const runner = new RegexRunner();
  if (params.type === "regex_parser") {
    const expressions = compile(params.parsing_regexes ?? [], `${at}.parsing_regexes`);
    return (row, index) => {
      const expected = field(row, "expected_answer", index);
      return Number(firstMatch(runner, expressions, field(row, "generated_answer", index)) === expected);
    };
  }
  const expressions = compile(params.judge_score_regexes ?? [], `${at}.judge_score_regexes`);
  const template = params.prompt_template;
  if (template == null) {
    throw new HttpError(400, `${at}.prompt_template: A judge needs a prompt`, {
      param: `${at}.prompt_template`,
      code: "invalid_value",
    });
  }
  return async (row, index) => {
    const prompt = template.replace(/\{(input_query|expected_answer|generated_answer)\}/g, (_, key: string) =>
      field(row, key, index),
    );
    return firstMatch(runner, expressions, await askJudge(params.judge_model, prompt)) ?? "unknown";
  };
}

const defaultAggregation: { readonly [K in ScoringParams["type"]]: readonly AggregationFunction[] } = {
  basic: ["accuracy"],
  regex_parser: ["accuracy"],
  llm_as_judge: ["categorical_count"],
};

/** Scores rows with one function. */
export async function scoreRows(
  job: ScoringJob,
  rows: readonly Row[],
  askJudge: AskJudge,
): Promise<ScoringResult> {
  const score = scorer(job, askJudge);
  const scores: Score[] = [];
  try {
    for (const [index, row] of rows.entries()) scores.push(await score(row, index));
  } catch (error) {
    if (!(error instanceof RegexTimeout)) throw error;
    throw new HttpError(400, `scoring_functions.${job.name}: ${error.message}`, {
      param: `scoring_functions.${job.name}`,
      code: "regex_timeout",
    });
  }
  const { type, aggregation_functions: chosen } = job.params;
  const functions = chosen === undefined || chosen.length === 0 ? defaultAggregation[type] : chosen;
  return {
    score_rows: scores.map((each) => ({ score: each })),
    aggregated_results: aggregate(scores, functions),
  };
}
