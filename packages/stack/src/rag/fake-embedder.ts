import { searchTerms } from "@llamero/core/retrieval/bm25";
import { estimateTokens } from "@llamero/core/retrieval/chunk-text";
import type { Embedder } from "./embedder.ts";

/** Texts that share words are near one another: each word is a direction of 64 by its letters. It counts its texts. */
export class FakeEmbedder implements Embedder {
  readonly id = "fake";
  readonly maxTokens = 1000;
  readonly countTokens: (text: string) => number = estimateTokens;
  numTexts = 0;
  /** Called before each batch. */
  before: () => void = () => undefined;

  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    this.before();
    this.numTexts += texts.length;
    return texts.map((text) => {
      const vector = new Float32Array(64).fill(0.01);
      for (const term of searchTerms(text)) {
        let hash = 7;
        for (let at = 0; at < term.length; at++) hash = (Math.imul(hash, 31) + term.charCodeAt(at)) >>> 0;
        vector[hash % 64]! += 1;
      }
      const length = Math.hypot(...vector);
      return vector.map((value) => value / length);
    });
  }
}
