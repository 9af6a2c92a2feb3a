/** A bidirectional text encoder: embeds or classifies texts, each alone. */
export interface TextEncoderModel {
  /** Width of an embedding. */
  readonly dimensions: number;
  /** Most tokens of one text, special tokens included. */
  readonly maxTokens: number;
  /** Names of the classes; null for a model without a head. */
  readonly labels: readonly string[] | null;
  /** One unit vector per text, `[texts, dimensions]`; longer texts are cut at the end. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  /** Logits of the classes per text, `[texts, labels]`; throws without a head, and when a text is longer than `maxTokens`. */
  classify(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  /** Tokens of a text, special tokens included. */
  countTokens(text: string): number;
  close(): void;
}
