import { parse } from "yaml";
import { parseTuneRecipe } from "../tune/parse-recipe.ts";
import type { TuneRecipe } from "../tune/recipe.ts";
import { type Grade, grades } from "./grades.ts";

/** Training of a reward model on preference pairs, every default filled in. */
export interface RewardRecipe
  extends Omit<TuneRecipe, "method" | "beta" | "nllWeight" | "samples" | "sampleEvery"> {
  /** Pairs of another grade are left out; pairs without a grade are learned from. */
  grades: readonly Grade[];
}

type Table = Readonly<Record<string, unknown>>;

const foreign: readonly string[] = ["beta", "nllWeight", "samples", "sampleEvery"];

/** Checks a recipe and fills in its defaults. Throws SyntaxError naming what is wrong. */
export function parseRewardRecipe(
  table: Table,
  source: { owner: string; folder: string; overrides?: readonly string[] },
): RewardRecipe {
  const { owner, folder, overrides = [] } = source;
  const own = overrides.filter((each) => each.startsWith("grades="));
  const others = overrides.filter((each) => !each.startsWith("grades="));
  const { grades: given, ...rest } = table;
  const stranger = [...Object.keys(rest), ...others.map((each) => each.split(/[.=]/, 1)[0]!)].find((key) =>
    foreign.includes(key),
  );
  if (stranger !== undefined)
    throw new SyntaxError(`${owner} has no field ${stranger}; a reward model writes no text`);
  const last = own.at(-1);
  const wanted = last === undefined ? given : (parse(last.slice("grades=".length)) as unknown);
  // An adapter starts from zero and needs more.
  const learningRate = rest["lora"] == null && !others.some((each) => each.startsWith("lora")) ? 1e-5 : 2e-4;
  const tune = parseTuneRecipe(
    { learningRate, ...rest },
    { method: "dpo", owner, folder, overrides: others },
  );
  const { method: _, beta: __, nllWeight: ___, samples: ____, sampleEvery: _____, ...recipe } = tune;
  return { ...recipe, grades: readGradeList(owner, wanted ?? grades.slice(0, 2)) };
}

function readGradeList(owner: string, value: unknown): Grade[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new SyntaxError(`${owner}: grades takes a list of ${grades.join(", ")}`);
  return value.map((word: unknown) => {
    const grade = grades.find((each) => each === word);
    if (grade === undefined)
      throw new SyntaxError(`${owner}: grades has ${JSON.stringify(word)}; it takes ${grades.join(", ")}`);
    return grade;
  });
}
