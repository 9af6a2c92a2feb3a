import type { AgentMcp } from "@llamero/stack";
import type { Flag } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { textFlag } from "../flags.ts";

const several = (flags: string, description: string): Flag<readonly string[]> => ({
  flags,
  description: `${description}; may be given several times`,
  env: null,
  parse: (text, previous) => [...previous, text],
  fallback: [],
});

/** Which MCP servers there are. */
export const mcpFlags: { mcp: Flag<readonly string[]>; mcpToken: Flag<string | null> } = {
  mcp: several("--mcp <url|command>", "MCP server: an address, or a command in quotes"),
  mcpToken: textFlag("--mcp-token <token>", "sent to the addresses as Authorization: Bearer"),
};

/** Which tools of our own. */
export const toolFlag: Flag<readonly string[]> = several("--tool <name>", "calculator or code");

/** Servers that the user names; those of a configuration come with it. */
export function toServers({
  mcp,
  mcpToken,
}: {
  mcp: readonly string[];
  mcpToken: string | null;
}): AgentMcp[] {
  return mcp.map((text, at) => {
    if (/^https?:\/\//.test(text)) {
      if (!URL.canParse(text)) throw new UsageError(`--mcp is no URL: ${text}`);
      const label = new URL(text).hostname.replaceAll(/[^\w-]/g, "-");
      const headers = mcpToken === null ? {} : { headers: { authorization: `Bearer ${mcpToken}` } };
      return { label: `${label}${at === 0 ? "" : `-${at + 1}`}`, url: text, ...headers };
    }
    const [command, ...args] = text.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', "")) ?? [];
    if (command === undefined) throw new UsageError("--mcp is empty; give an address or a command");
    return { label: `command-${at + 1}`, command, args };
  });
}
