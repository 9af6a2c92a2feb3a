import { mcpTools } from "../tools/mcp/mcp-tools.ts";
import type { Tool } from "../tools/tool.ts";
import type { McpServerSettings } from "../tools/tool-settings.ts";
import { Toolbox } from "../tools/toolbox.ts";

/** Tools of our own that need no settings, by the name that the command line has for each. */
export interface BuiltInTools extends AsyncDisposable {
  readonly tools: Readonly<Record<string, Tool>>;
}

/** Makes the tools of our own; disposing of them ends the sandbox. */
export function createBuiltInTools(): BuiltInTools {
  const toolbox = new Toolbox();
  const { calculator, code_interpreter: code } = toolbox.builtIn;
  return {
    tools: { calculator, ...(code !== null && { code }) },
    [Symbol.asyncDispose]: () => toolbox.close(),
  };
}

/** The tools of an MCP server; throws McpError, which says what failed. */
export async function listMcpTools(settings: McpServerSettings, signal: AbortSignal): Promise<Tool[]> {
  const { mcp } = new Toolbox({ mcp_servers: [settings] });
  try {
    const { client, list } = mcp.configured(settings);
    return mcpTools(client, await list(signal), { label: settings.label });
  } finally {
    await mcp.close();
  }
}
