import type { ToolDefinition } from "@llamero/core";
import type { Tool } from "../tools/tool.ts";

/** Which items the calls of a tool leave in a response. */
export type CallFormName = "function" | "mcp" | "file_search" | "web_search" | "code_interpreter";

/** A tool that the server runs between two generations of one response. */
export interface ToolRunner {
  /** As the model calls it: another than the tool's own where two tools have one name. */
  readonly name: string;
  readonly tool: Tool;
  readonly form: CallFormName;
  /** Somebody has to agree to every call. Without it a tool with effects still asks once strangers' text was read. */
  readonly asks: boolean;
}

/** What the model is told of a tool. */
export function toDefinition({ name, tool }: ToolRunner): ToolDefinition {
  return { name, description: tool.description, parameters: tool.parameters };
}

/** Generations that may make one response. */
export const defaultMaxGenerations = 10;

/** How long a response that runs tools may take. */
export const defaultMaxSeconds = 600;
