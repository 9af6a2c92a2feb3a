import type { ChatTokenizer } from "./chat-tokenizer.ts";

/** Where two renderings of a conversation part. */
export interface RenderDifference {
  /** Index of the first token that differs. */
  index: number;
  /** Token of each at that place, null past its end. */
  a: { id: number; text: string } | null;
  b: { id: number; text: string } | null;
  /** Text right before, and from there on in each. */
  before: string;
  afterA: string;
  afterB: string;
}

const numContextTokens = 12;

/** The first token in which two renderings differ, with its surroundings; null when they are the same. */
export function compareRenders(
  a: readonly number[],
  b: readonly number[],
  tokenizer: Pick<ChatTokenizer, "decode">,
): RenderDifference | null {
  let index = 0;
  while (index < a.length && index < b.length && a[index] === b[index]) index++;
  if (index === a.length && index === b.length) return null;
  const text = (ids: readonly number[], from: number): string =>
    tokenizer.decode(ids.slice(Math.max(0, from), from + numContextTokens));
  const tokenAt = (ids: readonly number[]): RenderDifference["a"] => {
    const id = ids[index];
    return id === undefined ? null : { id, text: tokenizer.decode([id]) };
  };
  return {
    index,
    a: tokenAt(a),
    b: tokenAt(b),
    before: tokenizer.decode(a.slice(Math.max(0, index - numContextTokens), index)),
    afterA: text(a, index),
    afterB: text(b, index),
  };
}
