import { dirname, resolve } from "node:path";
import { withOverrides } from "./overrides.ts";

/** What a recipe can be of. */
export type RecipeKind = "pretrain" | "distill" | "sft" | "dpo" | "reward" | "round" | "curate" | "synth";

/** What reading a recipe found. */
export interface ReadRecipe {
  /** The recipe with every default filled in. */
  value: object;
  /** Absolute paths and patterns that it reads from. */
  inputs: readonly string[];
}

/** How recipes of one kind are known, read and run. */
export interface RecipeKindRow {
  /** The command that runs one. */
  command: string;
  /** Whether a table without a `# kind:` line is of this kind. */
  isLike(table: Readonly<Record<string, unknown>>): boolean;
  /** Throws SyntaxError naming what is wrong. */
  read(text: string, path: string, overrides: readonly string[]): Promise<ReadRecipe>;
}

const isPreference = (table: Readonly<Record<string, unknown>>): boolean =>
  "beta" in table || "nllWeight" in table;

async function readTune(
  method: "sft" | "dpo",
  from: { text: string; path: string; overrides: readonly string[] },
): Promise<ReadRecipe> {
  const { parseTuneRecipe, readRecipeTable } = await import("../tune/parse-recipe.ts");
  const folder = dirname(resolve(from.path));
  const { overrides, path } = from;
  const recipe = parseTuneRecipe(readRecipeTable(from.text, path), {
    method,
    owner: path,
    folder,
    overrides,
  });
  const inputs = [recipe.model, ...recipe.data.map(({ file }) => file), ...recipe.validation.files];
  return { value: recipe, inputs };
}

/** Every kind; the reader behind it loads only when it is needed. The first whose `isLike` holds is taken. */
export const recipeKinds: Readonly<Record<RecipeKind, RecipeKindRow>> = {
  pretrain: {
    command: "train pretrain",
    isLike: (table) => "tokenizer" in table || "init" in table || isTable(table["batch"], "steps"),
    async read(text, path, overrides) {
      const { readPretrainRecipe } = await import("../pretrain/parse-recipe.ts");
      const recipe = readPretrainRecipe(text, path, overrides);
      const files = Object.values(recipe.data.sources).flatMap((source) => source.files);
      const models = recipe.init === null ? [] : [recipe.init];
      return { value: recipe, inputs: [...new Set([recipe.tokenizer, ...models, ...files])] };
    },
  },
  distill: {
    command: "train distill",
    isLike: (table) => "teacher" in table && "out" in table,
    async read(text, path, overrides) {
      const { readDistillRecipe } = await import("../distill/recipe.ts");
      const recipe = readDistillRecipe(text, path, { folder: dirname(resolve(path)), overrides });
      const { teacher, student, prompts, tune } = recipe;
      const models = student === null ? [teacher, tune.model] : [teacher];
      const data = prompts.length > 0 ? prompts : tune.data.map(({ file }) => file);
      return { value: recipe, inputs: [...models, ...data, ...tune.validation.files] };
    },
  },
  round: {
    command: "train round",
    isLike: (table) => "rewards" in table && "gate" in table,
    async read(text, path, overrides) {
      const { readRoundRecipe } = await import("../round/parse-recipe.ts");
      const recipe = readRoundRecipe(text, { owner: path, folder: dirname(resolve(path)), overrides });
      const rewards = recipe.rewards.model === null ? [] : [recipe.rewards.model.path];
      const data = [recipe.sft, recipe.dpo].flatMap((stage) => stage?.data ?? []);
      const files = data.map(({ file }) => file);
      return { value: recipe, inputs: [recipe.model, ...recipe.prompts, ...rewards, ...files] };
    },
  },
  reward: {
    command: "train reward",
    isLike: (table) => "model" in table && "grades" in table,
    async read(text, path, overrides) {
      const { parseRewardRecipe } = await import("../reward/recipe.ts");
      const { readRecipeTable } = await import("../tune/parse-recipe.ts");
      const folder = dirname(resolve(path));
      const recipe = parseRewardRecipe(readRecipeTable(text, path), { owner: path, folder, overrides });
      const files = recipe.data.map(({ file }) => file);
      return { value: recipe, inputs: [recipe.model, ...files, ...recipe.validation.files] };
    },
  },
  dpo: {
    command: "train dpo",
    isLike: (table) => "model" in table && "out" in table && isPreference(table),
    read: (text, path, overrides) => readTune("dpo", { text, path, overrides }),
  },
  sft: {
    command: "train sft",
    isLike: (table) => "model" in table && "out" in table,
    read: (text, path, overrides) => readTune("sft", { text, path, overrides }),
  },
  synth: {
    command: "data synth",
    isLike: (table) => "tasks" in table,
    async read(text, path, overrides) {
      const { parseSynthRecipe } = await import("../synth/recipe.ts");
      const recipe = parseSynthRecipe(withOverrides(text, path, overrides), path);
      const files = recipe.tasks.flatMap(({ source }) => source?.files ?? []);
      return { value: recipe, inputs: [...new Set(files)].map((file) => resolve(recipe.folder, file)) };
    },
  },
  curate: {
    command: "data curate",
    isLike: (table) => "sources" in table,
    async read(text, path, overrides) {
      const { parseCurateConfig } = await import("../data/pipeline/config.ts");
      const { makeStages } = await import("../data/pipeline/make-stages.ts");
      const config = parseCurateConfig(withOverrides(text, path, overrides), path);
      // Options of stages are their own affair: making them is what checks them.
      await makeStages(config.stages, config.folder);
      const files = config.sources.flatMap((source) => source.files);
      return { value: config, inputs: files.map((file) => resolve(config.folder, file)) };
    },
  },
};

const isTable = (value: unknown, key: string): boolean =>
  typeof value === "object" && value !== null && key in value;
