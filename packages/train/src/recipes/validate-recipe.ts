import { existsSync } from "node:fs";
import { parseDocument } from "yaml";
import { type ReadRecipe, type RecipeKind, recipeKinds } from "./recipe-kinds.ts";
import { kindLine } from "./shipped-recipes.ts";

/** A recipe that its command would take. */
export interface ValidRecipe extends ReadRecipe {
  kind: RecipeKind;
  /** The command that runs it. */
  command: string;
  /** Inputs that are not there; patterns are not looked at. */
  missing: readonly string[];
}

/** Reads a recipe as its command would. Throws SyntaxError or RangeError naming what is wrong. */
export async function validateRecipe(
  text: string,
  path: string,
  { kind, overrides = [] }: { kind?: RecipeKind | null; overrides?: readonly string[] } = {},
): Promise<ValidRecipe> {
  const found = kind ?? kindLine(text) ?? guessKind(text, path);
  const { command, read } = recipeKinds[found];
  const { value, inputs } = await read(text, path, overrides);
  const missing = inputs.filter((input) => !/[*?]/.test(input) && !existsSync(input));
  return { kind: found, command, value, inputs, missing };
}

function guessKind(text: string, path: string): RecipeKind {
  const yaml = parseDocument(text, { prettyErrors: true });
  if (yaml.errors.length > 0) throw new SyntaxError(`${path} is not YAML: ${yaml.errors[0]!.message.trim()}`);
  const table: unknown = yaml.toJS();
  if (typeof table !== "object" || table === null || Array.isArray(table))
    throw new SyntaxError(`${path} holds no named settings`);
  for (const [kind, { isLike }] of Object.entries(recipeKinds))
    if (isLike(table as Readonly<Record<string, unknown>>)) return kind as RecipeKind;
  throw new SyntaxError(
    `${path} is like no kind of recipe; say which it is by a line "# kind: NAME": ${Object.keys(recipeKinds).join(", ")}`,
  );
}
