/** Recipes that come with the package, and how those of users are checked. */
export { type RecipeKind, type RecipeKindRow, recipeKinds } from "./recipe-kinds.ts";
export { type ShippedRecipe, shippedRecipe, shippedRecipes } from "./shipped-recipes.ts";
export { type ValidRecipe, validateRecipe } from "./validate-recipe.ts";
