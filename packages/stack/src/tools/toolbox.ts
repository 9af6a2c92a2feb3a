import type { Sandbox } from "@llamero/eval/sandbox";
import type { ToolDef } from "../api/tools.ts";
import { calculatorTool } from "./calculator.ts";
import { codeInterpreterTool } from "./code-interpreter.ts";
import { McpServers } from "./mcp/mcp-servers.ts";
import type { Tool } from "./tool.ts";
import type { ToolSettings } from "./tool-settings.ts";
import { webSearchTool } from "./web-search.ts";

/** What the tools of a server share: settings, connections, the sandbox. */
export class Toolbox {
  readonly settings: ToolSettings;
  readonly mcp: McpServers;
  /** Tools that need nothing of the request, by the type that requests name; web search only where an engine is configured. */
  readonly builtIn: Readonly<{ calculator: Tool; code_interpreter: Tool | null; web_search: Tool | null }>;
  #sandbox: Promise<Sandbox> | null = null;

  constructor(settings: ToolSettings = {}) {
    this.settings = settings;
    this.mcp = new McpServers(settings.mcp_servers, settings.allow_hosts);
    const { web_search: search, code_interpreter: runsCode = true } = settings;
    this.builtIn = {
      calculator: calculatorTool,
      code_interpreter: runsCode ? codeInterpreterTool(() => this.#openSandbox()) : null,
      web_search: search === undefined ? null : webSearchTool(search),
    };
  }

  /** What `/v1/tools` says. */
  get definitions(): ToolDef[] {
    const fileSearch: ToolDef = {
      toolgroup_id: "builtin::file_search",
      name: "file_search",
      description: "Search the user's files. Returns the passages that fit best.",
      input_schema: {
        type: "object",
        properties: { query: { type: "string", description: "What to look for" } },
        required: ["query"],
      },
    };
    const others = Object.values(this.builtIn).filter((tool) => tool !== null);
    return [...others.map(toToolDef), fileSearch].map((tool) => ({ ...tool, identifier: tool.name }));
  }

  async close(): Promise<void> {
    await this.mcp.close();
    const sandbox = await this.#sandbox?.catch(() => null);
    await sandbox?.[Symbol.asyncDispose]();
  }

  #openSandbox(): Promise<Sandbox> {
    this.#sandbox ??= (async () => {
      const { createSandbox } = await import("@llamero/eval/sandbox");
      return await createSandbox({ require: ["permission-flags", "empty-environment"] });
    })();
    // What is missing may be installed before the next call.
    this.#sandbox.catch(() => {
      this.#sandbox = null;
    });
    return this.#sandbox;
  }
}

/** A tool as the interface lists it. */
export function toToolDef({ group, name, description, parameters }: Tool): ToolDef {
  return { toolgroup_id: group, name, description, input_schema: { ...parameters } };
}
