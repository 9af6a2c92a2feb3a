import type { EngineClient } from "../engine/engine-client.ts";
import type { EmbedOptions } from "../engine/request.ts";
import { sideBySide } from "./side-by-side.ts";

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
  const vectors = await sideBySide(sequences, signal, (ids, either) =>
    engine.embed(ids, { ...options, signal: either }),
  );
  return { vectors, numTokens: sequences.reduce((sum, { length }) => sum + length, 0) };
}
