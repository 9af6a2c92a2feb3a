/** Ids of a text in two parts, the second of which is scored. */
export interface SplitTokens {
  context: readonly number[];
  continuation: readonly number[];
}

/** Spaces as Python's `str.rstrip` knows them. */
const trailingSpaces = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/;

/**
 * Cuts where lm-evaluation-harness 0.4 does (`TemplateLM._encode_pair`): trailing spaces of the context go to the
 * continuation, both are encoded as one text, and the context is as many tokens as it has by itself. Without a context
 * the token that begins texts stands in its place.
 */
export function splitTokens(
  { context, continuation }: { context: string; continuation: string },
  encode: (text: string) => readonly number[],
  { bosIds, prefixId }: { bosIds: readonly number[]; prefixId: number | null },
): SplitTokens {
  const spaces = trailingSpaces.exec(context)?.[0] ?? "";
  const before = context.slice(0, context.length - spaces.length);
  const whole = [...bosIds, ...encode(before + spaces + continuation)];
  const numContext = before === "" ? bosIds.length : bosIds.length + encode(before).length;
  const parts = { context: whole.slice(0, numContext), continuation: whole.slice(numContext) };
  if (parts.continuation.length === 0) {
    throw new RangeError(
      `Nothing of the continuation ${JSON.stringify(continuation)} is left to score: its context already has all tokens`,
    );
  }
  if (numContext > 0) return parts;
  if (prefixId === null) {
    throw new RangeError(
      "A text without a context needs a token that begins or ends texts; the model has none",
    );
  }
  return { ...parts, context: [prefixId] };
}

/**
 * Windows of a text longer than the context, each of at most `maxTokens` with its context, as
 * `get_rolling_token_windows` and `make_disjoint_window` of lm-evaluation-harness make them: every token is scored once,
 * and the last window begins earlier, so that it is full.
 */
export function rollingWindows({ context, continuation }: SplitTokens, maxTokens: number): SplitTokens[] {
  const size = maxTokens - 1;
  const all = [...context, ...continuation];
  const windows: SplitTokens[] = [];
  for (let from = context.length; from < all.length; from += size) {
    const end = Math.min(from + size, all.length);
    const start = Math.max(0, from === context.length ? 0 : end - maxTokens);
    windows.push({ context: all.slice(start, from), continuation: all.slice(from, end) });
  }
  return windows;
}
