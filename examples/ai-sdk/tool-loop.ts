import { generateText, type LanguageModel, stepCountIs, tool } from "ai";
import { z } from "zod";

const add = tool({
  description: "Adds two whole numbers",
  inputSchema: z.object({ a: z.int().min(0).max(99), b: z.int().min(0).max(99) }),
  execute: async ({ a, b }) => ({ sum: a + b }),
});

/** The model calls a function, reads its result and answers. `prepareStep` forces the call in the first step. */
export async function toolLoopExample(model: LanguageModel): Promise<string> {
  const { text, steps } = await generateText({
    model,
    tools: { add },
    prompt: "What is 2 + 3?",
    maxOutputTokens: 64,
    stopWhen: stepCountIs(2),
    prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? "required" : "none" }),
  });
  const results = steps.flatMap((step) => step.toolResults.map(({ output }) => JSON.stringify(output)));
  return `${results.join(", ")} -> ${text.trim()}`;
}
