import type { EmbeddingModelV3, EmbeddingModelV3CallOptions, EmbeddingModelV3Result } from "@ai-sdk/provider";
import type { TextModel } from "@llamero/core";

/** A text model as the AI SDK calls models that embed. */
export class LlameroEmbeddingModel implements EmbeddingModelV3 {
  readonly specificationVersion = "v3";
  readonly provider = "llamero";
  readonly modelId: string;
  /** As many as the server takes at once. */
  readonly maxEmbeddingsPerCall = 2048;
  readonly supportsParallelCalls = true;
  readonly #model: TextModel;

  constructor(model: TextModel, modelId: string = model.name) {
    this.#model = model;
    this.modelId = modelId;
  }

  async doEmbed({ values, abortSignal }: EmbeddingModelV3CallOptions): Promise<EmbeddingModelV3Result> {
    const { vectors, numTokens } = await this.#model.embed(
      values,
      abortSignal ? { signal: abortSignal } : {},
    );
    return { embeddings: vectors.map((vector) => [...vector]), usage: { tokens: numTokens }, warnings: [] };
  }
}
