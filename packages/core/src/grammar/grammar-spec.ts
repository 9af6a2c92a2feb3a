import type { JsonValue } from "../chat/message.ts";
import type { ToolCallFormat } from "../chat/tools/encode.ts";
import type { Whitespace } from "./json-text.ts";

/** What a generated text must be, as plain data that can go to another process. */
export type GrammarSpec =
  /** JSON of a schema. */
  | { type: "json-schema"; schema: JsonValue; whitespace?: Whitespace }
  /** Any JSON object. */
  | { type: "json-object"; whitespace?: Whitespace }
  /** A text that an ECMAScript pattern matches as a whole. */
  | { type: "regex"; pattern: string }
  /** One of a few texts. */
  | { type: "choice"; choices: readonly string[] }
  | ToolGrammarSpec;

/** Calls of functions, or an answer. */
export interface ToolGrammarSpec {
  type: "tool-calls";
  format: ToolCallFormat;
  tools: readonly CallableTool[];
  /** Several calls in one answer. */
  isParallel: boolean;
  /**
   * What may come instead of a call; absent: nothing. `text` is anything that is no call of one of the tools; `free` is
   * anything until the answer begins as a call in JSON, for format json only.
   */
  answer?: { type: "text" } | { type: "free" } | Exclude<GrammarSpec, ToolGrammarSpec>;
}

/** A function with the schema of its arguments; `any`: an object of whatever. */
export interface CallableTool {
  name: string;
  parameters: JsonValue | "any";
}
