import type { ScoringFunction } from "../api/scoring.ts";
import { providerId } from "../routes/providers.ts";

function builtIn(
  identifier: string,
  description: string,
  params: ScoringFunction["params"],
): ScoringFunction {
  return {
    identifier,
    provider_id: providerId,
    provider_resource_id: identifier.replace(/^[\w-]+::/, ""),
    type: "scoring_function",
    description,
    metadata: {},
    return_type: { type: "number" },
    params,
  };
}

/** The letter of a choice: in parentheses, after a colon, or alone. */
const choicePatterns: readonly string[] = [
  "(?i)answer\\s*(?:is|:)?\\s*\\(?([A-J])\\b",
  "\\(([A-J])\\)",
  "^\\s*([A-J])\\b",
];

/** Scoring functions that are always there, under Llama Stack's names. */
export const builtInFunctions: readonly ScoringFunction[] = [
  builtIn("basic::equality", "1 when the generated answer is the expected one", {
    type: "basic",
    aggregation_functions: ["accuracy"],
  }),
  builtIn("basic::subset_of", "1 when the expected answer is within the generated one", {
    type: "basic",
    aggregation_functions: ["accuracy"],
  }),
  builtIn(
    "basic::regex_parser_multiple_choice_answer",
    "1 when the choice found in the generated answer is the expected one",
    { type: "regex_parser", parsing_regexes: [...choicePatterns], aggregation_functions: ["accuracy"] },
  ),
  builtIn("llm-as-judge::base", "What a served model says of the answer; the request gives its prompt", null),
];
