import { generateObject, type LanguageModel } from "ai";
import { z } from "zod";

const animal = z.object({ name: z.enum(["llama", "camel"]), legs: z.int().min(0).max(9) });

/** An answer of a schema: a grammar holds the model to it, so that no answer is anything else. */
export async function generateObjectExample(model: LanguageModel): Promise<z.infer<typeof animal>> {
  const { object } = await generateObject({ model, schema: animal, prompt: "Describe a llama." });
  return object;
}
