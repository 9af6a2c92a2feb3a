/** A bidirectional text encoder: embeds or classifies texts, each alone. */
export interface TextEncoderModel {
  /** Width of an embedding. */
  readonly dimensions: number;
  /** Most tokens of one text, special tokens included. */
  readonly maxTokens: number;
  /** How a text's states become its vector. */
  readonly pooling: "mean" | "cls";
  /** Names of the classes; null for a model without a head. */
  readonly labels: readonly string[] | null;
  /** One unit vector per text, `[texts, dimensions]`; longer texts are cut at the end. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  /** Logits of the classes per text, `[texts, labels]`; throws without a head, and when a text is longer than `maxTokens`. */
  classify(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  /**
   * Logits of the classes for windows of `maxTokens` tokens at most over a text of any length, each sharing `overlap` tokens
   * with the one before: [windows, labels]. Throws without a head.
   */
  classifyWindows(text: string, overlap: number, signal?: AbortSignal): Promise<Float32Array[]>;
  /** Texts of a text's tokens, null for what the tokenizer does not know. */
  tokensOf(text: string): (string | null)[];
  /** Tokens of a text, special tokens included. */
  countTokens(text: string): number;
  close(): void;
}
