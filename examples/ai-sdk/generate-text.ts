import { generateText, type LanguageModel } from "ai";

/** One answer, whole. */
export async function generateTextExample(model: LanguageModel): Promise<string> {
  const { text, usage, finishReason } = await generateText({
    model,
    system: "Answer in one sentence.",
    prompt: "What is a llama?",
    maxOutputTokens: 48,
    temperature: 0,
  });
  return `${text.trim()} [${finishReason}, ${usage.inputTokens} + ${usage.outputTokens} tokens]`;
}
