import type { Backend } from "@llamero/kernels";
import {
  type AttentionOptions,
  addPositions,
  type HeadInputs,
  transposed,
} from "./disentangled-attention.ts";
import { EncoderLinears, inMemory } from "./encoder-linears.ts";

/** From this many tokens on, products on the backend are worth the programs that are made for one text. */
export const longText = 96;

/** Queries between two looks at the signal. */
const chunk = 128;

/** `disentangledAttention` of all heads of one long text, with the products of contents on the backend: [T, H] for each head. */
export async function longAttention(
  backend: Backend,
  heads: readonly HeadInputs[],
  { length, headDim, rows, span, scale }: AttentionOptions,
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  await using linears = new EncoderLinears(backend);
  const scoresOf = linears.create(
    heads.map(({ k }, input) => ({ input, weight: inMemory(`keys.${input}`, k, headDim) })),
  );
  const mixOf = linears.create(
    heads.map(({ v }, input) => ({
      input,
      weight: inMemory(`values.${input}`, transposed(v, headDim), length),
    })),
  );
  const results = heads.map(() => new Float32Array(length * headDim));
  for (let from = 0; from < length; from += chunk) {
    const count = Math.min(chunk, length - from);
    const queries = heads.map(({ q }) => q.subarray(from * headDim, (from + count) * headDim));
    const scores = await scoresOf(queries, count, signal);
    for (const [head, inputs] of heads.entries())
      addPositions(scores[head]!, inputs, { from, count, length, rows, width: 2 * span, scale });
    const mixed = await mixOf(scores, count, signal);
    for (const [head, part] of mixed.entries()) results[head]!.set(part, from * headDim);
  }
  return results;
}
