import type { TextEncoderModel, TextModel } from "@llamero/core";

/** Turns texts into vectors; the one thing that retrieval asks of a model. */
export interface Embedder {
  /** Names the model and its weights: vectors of two ids are never compared. */
  readonly id: string;
  /** Tokens of a text at most. */
  readonly maxTokens: number;
  countTokens(text: string): number;
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
}

/** An encoder such as all-MiniLM-L6-v2. */
export function encoderEmbedder(id: string, encoder: TextEncoderModel): Embedder {
  return {
    id,
    // Two special tokens.
    maxTokens: encoder.maxTokens - 2,
    countTokens: (text) => Math.max(0, encoder.countTokens(text) - 2),
    embed: (texts, signal) => encoder.embed(texts, signal),
  };
}

/** The mean of a language model's final states. */
export function modelEmbedder(
  id: string,
  model: Pick<TextModel, "contextLimit" | "embed">,
  countTokens: (text: string) => number,
): Embedder {
  return {
    id,
    // A start token, and what joins other tokens at a cut.
    maxTokens: model.contextLimit - 8,
    countTokens,
    async embed(texts, signal) {
      const options = { pooling: "mean", ...(signal !== undefined && { signal }) } as const;
      return (await model.embed(texts, options)).vectors;
    },
  };
}
