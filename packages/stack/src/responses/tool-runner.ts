import type { ToolCall, ToolDefinition } from "@llamero/core";

/**
 * Runs functions on the server between two generations of one response. Tools of other types than function come in
 * here: each type opens a runner in `prepareResponse`.
 */
export interface ToolRunner {
  /** What the model may call. */
  readonly functions: readonly ToolDefinition[];
  /** Runs a call and gives what the model reads of it, errors of the tool included; throws only to end the response. */
  run(call: ToolCall, signal: AbortSignal): Promise<string>;
}

/** Generations that may make one response. */
export const defaultMaxGenerations = 10;
