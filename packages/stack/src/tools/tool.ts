import type { Json } from "../api/json.ts";

/** A passage that an answer may cite. */
export interface Source {
  id: string;
  title: string;
  text: string;
  /** The model read the passage under this number, as `[3]`. */
  number?: number | undefined;
}

/** What a tool gave back. */
export interface ToolResult {
  /** What the model reads. */
  text: string;
  /** The tool ran and failed; the text says why. */
  failed: boolean;
  /** Passages that answers may cite. */
  sources?: readonly Source[] | undefined;
  /** It failed before it did anything: trying again is safe and may help. */
  canRetry?: boolean | undefined;
  /** What the item of the call shows beside the text. */
  data?: Json | undefined;
}

/** What a tool may know of the call. */
export interface ToolContext {
  signal: AbortSignal;
  /** Owner of the request; null without keys. */
  owner: string | null;
}

/** A function that the server itself runs for a model. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, an object. */
  readonly parameters: { readonly [key: string]: Json };
  /** Group it belongs to, such as `builtin::websearch` or the label of an MCP server. */
  readonly group: string;
  /** A person has to agree before each call. */
  readonly needsApproval: boolean;
  /** What it gives back comes from outside and may hold instructions of strangers. */
  readonly untrusted: boolean;
  /** Runs with arguments that fit the schema; failures of the tool are results, only an abort throws. */
  run(args: { readonly [key: string]: Json }, context: ToolContext): Promise<ToolResult>;
}
