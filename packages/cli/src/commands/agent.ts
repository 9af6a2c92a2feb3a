import type { Tool } from "@llamero/stack";
import { mcpFlags, toolFlag, toServers } from "../agent/agent-flags.ts";
import { AgentView } from "../agent/agent-view.ts";
import { AskApproval } from "../agent/ask-approval.ts";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, numberFlag, switchFlag, textFlag } from "../flags.ts";
import { loadStored } from "../model/open-model.ts";
import { resolveModel } from "../model/resolve-model.ts";
import { defaultModel } from "../model/shipped-model.ts";
import { speculateFlag } from "../model/speculate.ts";
import { interruptSignal } from "../terminal/interrupt.ts";

const count = { min: 1, isInteger: true } as const;

export const command: CommandDefinition = defineCommand({
  arguments: "<words...>",
  details: `The last word is the task, one before it the model; without one, the newest in the store or Cria. Steps go to
standard error, the answer to standard output. Calls of MCP tools are asked for in the terminal (a: the
tool is not asked for again); with --yes they are not, until text of strangers was read: from then on tools that may
change something are asked for again. Where there is no terminal, what has to be asked is refused.`,
  flags: {
    ...modelFlags,
    speculate: speculateFlag,
    ...mcpFlags,
    tool: toolFlag,
    yes: switchFlag("-y, --yes", "do not ask before calls, as far as that is safe"),
    ask: switchFlag("--ask", "ask before every call of an MCP tool (default)"),
    system: textFlag("-s, --system <text>", "instructions"),
    steps: numberFlag("--max-steps <n>", "generations at most", 10, count),
    seconds: numberFlag("--max-seconds <n>", "time at most", 600, count),
    tokens: numberFlag("--max-tokens <n>", "tokens to write at most, all steps together", null, count),
    json: jsonFlag,
  },
  examples: [
    'llamero agent --tool calculator "What is 17 percent of 2,340?"',
    'llamero agent Llama-3.1-8B --mcp https://example.org/mcp "Which issues are open?"',
    'llamero agent Llama-3.1-8B --mcp "npx -y @modelcontextprotocol/server-everything" --yes "Say hello"',
  ],
  async run(words, values) {
    if (values.yes && values.ask) throw new UsageError("--yes and --ask exclude each other");
    const given = [...words];
    const task = given.pop()!;
    if (given.length > 1) throw new UsageError("Give a model and a task, the task in quotes");
    const servers = toServers(values);
    const { createAgent, createBuiltInTools } = await import("@llamero/stack");
    await using builtIn = createBuiltInTools();
    const tools = values.tool.map((name): Tool => {
      const tool = builtIn.tools[name];
      if (tool !== undefined) return tool;
      throw new UsageError(
        `There is no tool ${name}`,
        `There is ${Object.keys(builtIn.tools).join(" and ")}`,
      );
    });
    const stored = given[0] === undefined ? await defaultModel() : await resolveModel(given[0]);
    if (stored === null) throw new UsageError("There is no model", "Get one: llamero pull hf:user/repo");
    await using model = await loadStored(stored, values);
    const signal = interruptSignal();
    const canAsk = process.stdin.isTTY === true && !values.json;
    using approval = new AskApproval({
      input: process.stdin,
      notes: process.stderr,
      onInterrupt: () => process.emit("SIGINT"),
    });
    await using agent = createAgent({
      model,
      tools,
      mcp: servers.map((server) => ({ ...server, approval: values.yes ? "never" : "always" })),
      ...(values.system !== null && { instructions: values.system }),
      maxSteps: values.steps,
      maxSeconds: values.seconds,
      ...(values.tokens !== null && { maxTokens: values.tokens }),
      ...(canAsk && { approve: (call) => approval.ask(call) }),
    });
    const view = new AgentView();
    try {
      for await (const event of agent.run(task, { signal })) {
        if (values.json) process.stdout.write(`${JSON.stringify(event)}\n`);
        else view.show(event);
      }
    } finally {
      view.endLine();
    }
  },
});
