import { GrammarError } from "../grammar-error.ts";

/** A schema asks for what a grammar cannot enforce, or is no schema. */
export class SchemaError extends GrammarError {
  override name = "SchemaError";
  /** Keyword that cannot be enforced; empty when it is the schema as a whole. */
  readonly keyword: string;
  /** JSON pointer of the schema that holds it. */
  readonly pointer: string;

  constructor(at: { keyword: string; pointer: string }, why: string, options?: ErrorOptions) {
    super(`${at.keyword === "" ? "The schema" : `"${at.keyword}"`} at ${at.pointer} ${why}`, options);
    this.keyword = at.keyword;
    this.pointer = at.pointer;
  }
}
