import type { Json } from "../api/json.ts";
import { type ScanUntrusted, scanned } from "./scan-untrusted.ts";
import type { Tool, ToolContext, ToolResult } from "./tool.ts";

/** How a call of a tool is run. */
export interface RunToolOptions extends ToolContext {
  scan?: ScanUntrusted | undefined;
  /** Characters of the result that a model reads; default 50,000. */
  maxCharacters?: number | undefined;
  /** Pause before the first of two more tries of a call that had not begun; default 250. */
  retryMs?: number | undefined;
}

const maxTries = 3;

/** Runs a tool: arguments are checked, failures tried again where that is safe, the result capped and scanned. */
export async function runTool(
  tool: Tool,
  args: { readonly [key: string]: Json },
  options: RunToolOptions,
): Promise<ToolResult> {
  const { signal, owner, scan, maxCharacters = 50_000, retryMs = 250 } = options;
  const wrong = faultOf(args, tool.parameters);
  if (wrong !== null) return { text: `${tool.name} was not called: ${wrong}`, failed: true };
  let result: ToolResult;
  for (let numTries = 1; ; numTries++) {
    signal.throwIfAborted();
    result = await runOnce(tool, args, { signal, owner });
    if (!result.failed || result.canRetry !== true || numTries === maxTries) break;
    await pause(retryMs * 2 ** (numTries - 1), signal);
  }
  const capped = cap(result.text, maxCharacters);
  // What a stranger sent passes the shield even where it says that it failed.
  if (!tool.untrusted) return { ...result, text: capped };
  const { text, flagged } = await scanned(capped, scan, signal);
  return flagged ? { text, failed: result.failed } : { ...result, text };
}

async function runOnce(
  tool: Tool,
  args: { readonly [key: string]: Json },
  context: ToolContext,
): Promise<ToolResult> {
  try {
    return await tool.run(args, context);
  } catch (error) {
    context.signal.throwIfAborted();
    return {
      text: `${tool.name} failed: ${error instanceof Error ? error.message : String(error)}`,
      failed: true,
    };
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** A text of at most so many characters, which says that it was cut. */
export function cap(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const kept = text.slice(0, maxCharacters).replace(/[\ud800-\udbff]$/, "");
  return `${kept}\n(cut: ${kept.length} of ${text.length} characters)`;
}

const typeChecks: Readonly<Record<string, (value: Json) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/**
 * What is wrong with the first level of arguments, which is where models err; null for nothing. Deeper levels are left to
 * the tool: to follow a stranger's schema is to do the work that it asks for.
 */
function faultOf(
  args: { readonly [key: string]: Json },
  schema: { readonly [key: string]: Json },
): string | null {
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const missing = required.find((name) => typeof name === "string" && !Object.hasOwn(args, name));
  if (missing !== undefined) return `the argument ${String(missing)} is missing`;
  const properties = (schema["properties"] ?? {}) as Record<string, Json>;
  for (const [name, value] of Object.entries(args)) {
    const of = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const type = typeof of === "object" && of !== null && !Array.isArray(of) ? of["type"] : undefined;
    const check = typeof type === "string" ? typeChecks[type] : undefined;
    if (check !== undefined && !check(value)) return `the argument ${name} must be of type ${String(type)}`;
  }
  return null;
}
