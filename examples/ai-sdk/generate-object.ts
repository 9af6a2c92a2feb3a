import { generateObject, type LanguageModel } from "ai";
import { z } from "zod";

export interface Animal {
  name: "llama" | "camel";
  legs: number;
}

const animal: z.ZodType<Animal> = z.object({ name: z.enum(["llama", "camel"]), legs: z.int().min(0).max(9) });

/** An answer of a schema: a grammar holds the model to it, so that no answer is anything else. */
export async function generateObjectExample(model: LanguageModel): Promise<Animal> {
  const { object } = await generateObject({ model, schema: animal, prompt: "Describe a llama." });
  return object;
}
