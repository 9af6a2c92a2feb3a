import type { Json } from "../api/json.ts";
import type { Tool, ToolContext } from "./tool.ts";

/** A function of one's own as a tool. */
export interface ToolFunction {
  name: string;
  description: string;
  /** JSON Schema of the arguments, or the schemas of each, all of which are required. */
  parameters?: { readonly [key: string]: Json } | undefined;
  /** A person has to agree before each call; default false. */
  needsApproval?: boolean | undefined;
  /** What it gives back may hold text of strangers; default true. */
  untrusted?: boolean | undefined;
  /** Gives text, or what becomes JSON; what it throws is told to the model. */
  run(args: { readonly [key: string]: Json }, context: ToolContext): unknown;
}

/** Makes a tool of a function. */
export function tool({
  parameters = {},
  needsApproval = false,
  untrusted = true,
  run,
  ...named
}: ToolFunction): Tool {
  const isSchema = typeof parameters["type"] === "string";
  return {
    ...named,
    parameters: isSchema
      ? parameters
      : { type: "object", properties: { ...parameters }, required: Object.keys(parameters) },
    group: "functions",
    needsApproval,
    untrusted,
    async run(args, context) {
      try {
        const value = await run(args, context);
        return { text: typeof value === "string" ? value : (JSON.stringify(value) ?? "done"), failed: false };
      } catch (error) {
        if (context.signal.aborted) throw error;
        return { text: error instanceof Error ? error.message : String(error), failed: true };
      }
    },
  };
}
