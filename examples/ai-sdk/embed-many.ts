import { cosineSimilarity, type EmbeddingModel, embedMany } from "ai";

/** Vectors of texts; the first is compared with the others. */
export async function embedManyExample(model: EmbeddingModel): Promise<number[]> {
  const values = ["The llama eats grass.", "A llama eats hay.", "Stocks fell on Monday."];
  const { embeddings } = await embedMany({ model, values });
  return embeddings.slice(1).map((each) => cosineSimilarity(embeddings[0]!, each));
}
