import type { EngineClient } from "../engine/engine-client.ts";
import type { EmbedOptions } from "../engine/request.ts";

/** One vector for each text, and the tokens that they took. */
export interface Embeddings {
  vectors: readonly Float32Array[];
  numTokens: number;
}

/** Embeds sequences side by side; when one fails the others are given up. */
export async function embedAll(
  engine: EngineClient,
  sequences: readonly (readonly number[])[],
  { signal, ...options }: EmbedOptions,
): Promise<Embeddings> {
  const failed = new AbortController();
  const signals = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const vectors = await Promise.all(
    sequences.map(async (ids) => {
      try {
        return await engine.embed(ids, { ...options, signal: signals });
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }),
  );
  return { vectors, numTokens: sequences.reduce((sum, { length }) => sum + length, 0) };
}
