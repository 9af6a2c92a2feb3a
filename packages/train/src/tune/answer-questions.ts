import { type Checkpoint, loadModel, type Message } from "@llamero/core";

/** Greedy answers of a model in memory or in a file. */
export async function answerQuestions(
  checkpoint: Checkpoint,
  questions: readonly (readonly Message[])[],
  options: { maxTokens: number; adapter?: string; threads?: number; signal?: AbortSignal },
): Promise<string[]> {
  const { maxTokens, adapter, threads, signal } = options;
  await using model = await loadModel(checkpoint, {
    context: Math.min(2048, checkpoint.config.maxPositionEmbeddings),
    maxBatch: 1,
    ...(threads !== undefined && { threads }),
    ...(adapter !== undefined && { adapters: { tuned: adapter } }),
    ...(signal !== undefined && { signal }),
  });
  const answers: string[] = [];
  for (const messages of questions) {
    let text = "";
    const chat = model.chat(messages, {
      maxTokens,
      sampling: { temperature: 0 },
      ...(adapter !== undefined && { adapter: "tuned" }),
      ...(signal !== undefined && { signal }),
    });
    for await (const part of chat) if (part.type === "text-delta") text += part.text;
    answers.push(text);
  }
  return answers;
}
