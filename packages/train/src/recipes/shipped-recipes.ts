import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nearestName } from "../synth/nearest-name.ts";
import { type RecipeKind, recipeKinds } from "./recipe-kinds.ts";

/** A recipe that comes with the package: a YAML file whose first two lines are a title and its kind. */
export interface ShippedRecipe {
  name: string;
  kind: RecipeKind;
  /** One line: what it makes. */
  title: string;
  text: string;
}

// Both src/recipes and dist/recipes are two folders below the package.
const folder = fileURLToPath(new URL("../../recipes", import.meta.url));
const suffix = ".yaml";

/** Every shipped recipe, by kind and then by name. */
export function shippedRecipes(): ShippedRecipe[] {
  const kinds = Object.keys(recipeKinds);
  return readdirSync(folder)
    .filter((file) => file.endsWith(suffix))
    .map((file) => {
      const text = readFileSync(`${folder}/${file}`, "utf8");
      const title = /^# (.+)$/m.exec(text)?.[1] ?? "";
      return { name: file.slice(0, -suffix.length), kind: kindLine(text) ?? "pretrain", title, text };
    })
    .sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (a.name < b.name ? -1 : 1));
}

/** The shipped recipe of a name. Throws RangeError with the name that was meant, perhaps. */
export function shippedRecipe(name: string): ShippedRecipe {
  const all = shippedRecipes();
  const found = all.find((recipe) => recipe.name === name);
  if (found !== undefined) return found;
  const names = all.map((recipe) => recipe.name);
  const near = nearestName(name, names);
  throw new RangeError(
    `There is no recipe ${name}; ${near === null ? `there are ${names.join(", ")}` : `did you mean ${near}?`}`,
  );
}

/** The kind that a comment `# kind: sft` names; null without one. Throws SyntaxError on another word. */
export function kindLine(text: string): RecipeKind | null {
  const word = /^# kind: *(\S+) *$/m.exec(text)?.[1];
  if (word === undefined) return null;
  if (Object.hasOwn(recipeKinds, word)) return word as RecipeKind;
  throw new SyntaxError(
    `There is no kind of recipe ${word}; there are ${Object.keys(recipeKinds).join(", ")}`,
  );
}
