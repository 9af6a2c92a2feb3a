/** A schema, pattern or list of choices that answers cannot be held to; the message says why. */
export class GrammarError extends RangeError {
  override name = "GrammarError";
}
