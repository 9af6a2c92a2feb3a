import { mcpFlags, toServers } from "../agent/agent-flags.ts";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag } from "../flags.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { safeForTerminal } from "../terminal/safe-text.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "",
  details: `Without --mcp, our own tools. The tokens are about what each takes in every prompt: one for four characters of its
definition.`,
  flags: { ...mcpFlags, json: jsonFlag },
  examples: ["llamero agent tools", "llamero agent tools --mcp https://example.org/mcp"],
  async run(_, values) {
    const servers = toServers(values);
    const { createBuiltInTools, listMcpTools, schemaTokens } = await import("@llamero/stack");
    await using builtIn = createBuiltInTools();
    const tools = servers.length === 0 ? Object.values(builtIn.tools) : [];
    for (const server of servers) {
      try {
        tools.push(...(await listMcpTools(server, interruptSignal())));
      } catch (error) {
        if (error instanceof Error && error.name === "McpError") throw new UsageError(error.message);
        throw error;
      }
    }
    const rows = tools.map((tool) => ({
      name: tool.name,
      group: tool.group,
      tokens: schemaTokens([tool]),
      needsApproval: tool.needsApproval,
      description: tool.description,
    }));
    if (values.json) {
      printJson(rows);
      return;
    }
    const width = Math.max(0, ...rows.map(({ name, group }) => name.length + group.length + 1));
    for (const { name, group, tokens, needsApproval, description } of rows) {
      const line = description.split("\n")[0]!.slice(0, 80);
      const asks = needsApproval ? "asks" : "    ";
      const text = `${`${group}.${name}`.padEnd(width)}  ${String(tokens).padStart(6)}  ${asks}  ${line}`;
      process.stdout.write(`${safeForTerminal(text)}\n`);
    }
    const total = rows.reduce((sum, { tokens }) => sum + tokens, 0);
    process.stderr.write(`${rows.length} tools, about ${total} tokens in every prompt\n`);
  },
});
