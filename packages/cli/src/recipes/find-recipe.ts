import type { ShippedRecipe } from "@llamero/train/recipes";
import { UsageError } from "../errors.ts";

/** The shipped recipe that a user names. */
export async function findRecipe(name: string): Promise<ShippedRecipe> {
  const { shippedRecipe } = await import("@llamero/train/recipes");
  try {
    return shippedRecipe(name);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UsageError(cause.message, "See: llamero recipes ls", { cause });
  }
}
