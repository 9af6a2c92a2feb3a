import { type LanguageModel, streamText } from "ai";

/** An answer as it comes. */
export async function streamTextExample(model: LanguageModel): Promise<string> {
  const { textStream } = streamText({ model, prompt: "Count to five.", maxOutputTokens: 48 });
  let text = "";
  for await (const piece of textStream) text += piece;
  return text;
}
