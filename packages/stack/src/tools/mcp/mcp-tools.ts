import type { Json } from "../../api/json.ts";
import type { Tool, ToolResult } from "../tool.ts";
import type { McpClient, McpToolInfo } from "./mcp-client.ts";
import { McpError } from "./mcp-error.ts";
import { type McpLimits, mcpLimits } from "./mcp-limits.ts";

/** Which tools of a server are offered, and how far the server is trusted. */
export interface McpToolsOptions {
  label: string;
  /** Names of tools that must be there; null: whatever there is. */
  named?: readonly string[] | null | undefined;
  /** Which tools may be called; default all. */
  allowed?: ((tool: { name: string; readOnly: boolean }) => boolean) | undefined;
  /** What it gives back is as good as what the operator writes. */
  isTrusted?: boolean | undefined;
  limits?: McpLimits | undefined;
}

/** The tools of a server as tools of ours; throws McpError where there are too many or their schemas are too large. */
export function mcpTools(client: McpClient, infos: readonly McpToolInfo[], options: McpToolsOptions): Tool[] {
  const { label, isTrusted = false, limits = mcpLimits } = options;
  const chosen = checkTools(infos, options);
  return chosen.map(
    (info): Tool => ({
      name: info.name,
      description: info.description.slice(0, limits.descriptionLength),
      parameters: info.inputSchema,
      group: label,
      // A tool is taken to change something unless its server says that it only reads.
      needsApproval: !isReadOnly(info),
      untrusted: !isTrusted,
      run: (args, { signal }) => callTool(client, info.name, args, signal),
    }),
  );
}

/** Whether a server says of a tool that it changes nothing. */
export const isReadOnly = ({ annotations }: McpToolInfo): boolean =>
  annotations.readOnlyHint === true && annotations.destructiveHint !== true;

/** The tools that may be offered; throws McpError where that cannot be. */
export function checkTools(
  infos: readonly McpToolInfo[],
  { label, named, allowed = () => true, limits = mcpLimits }: McpToolsOptions,
): McpToolInfo[] {
  const fail = (reason: string): McpError => new McpError(label, reason, { step: "list tools" });
  const missing = named?.find((name) => !infos.some((info) => info.name === name));
  if (missing !== undefined) {
    const names = infos.slice(0, 20).map(({ name }) => name);
    throw fail(`allowed_tools names ${missing}, which it does not have; it has ${names.join(", ")}`);
  }
  const chosen = infos.filter((info) => allowed({ name: info.name, readOnly: isReadOnly(info) }));
  if (chosen.length > limits.offeredTools) {
    throw fail(
      `it has ${chosen.length} tools, more than ${limits.offeredTools}; choose some in allowed_tools`,
    );
  }
  let total = 0;
  for (const { name, inputSchema } of chosen) {
    if (!/^[\w.-]{1,64}$/.test(name)) {
      throw fail(`a tool is called ${name.slice(0, 80)}; a name has 1 to 64 letters, digits, _, . and -`);
    }
    if (depthOf(inputSchema) > limits.schemaDepth) {
      throw fail(`the schema of ${name} is nested deeper than ${limits.schemaDepth}`);
    }
    const size = JSON.stringify(inputSchema).length;
    if (size > limits.schemaBytes) {
      throw fail(
        `the schema of ${name} has ${size} bytes, more than ${limits.schemaBytes}; leave it out by allowed_tools`,
      );
    }
    total += size;
  }
  if (total > limits.allSchemaBytes) {
    throw fail(
      `its schemas have ${total} bytes, more than ${limits.allSchemaBytes}; choose some in allowed_tools`,
    );
  }
  return chosen;
}

/** Levels of a value, without recursion: how deep it goes is up to a stranger. */
function depthOf(value: Json): number {
  let depth = 0;
  let level: Json[] = [value];
  while (level.length > 0 && depth <= 1000) {
    depth++;
    level = level.flatMap((each) =>
      typeof each === "object" && each !== null ? Object.values(each) : [],
    ) as Json[];
  }
  return depth;
}

async function callTool(
  client: McpClient,
  name: string,
  args: { readonly [key: string]: Json },
  signal: AbortSignal,
): Promise<ToolResult> {
  try {
    const { text, isError } = await client.callTool(name, args, signal);
    return { text, failed: isError };
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    return { text: error.message, failed: true, canRetry: error.canRetry };
  }
}
