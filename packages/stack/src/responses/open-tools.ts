import type { McpTool, RequireApproval, ToolFilter } from "../api/hosted-tools.ts";
import type { ResponseRequest, ResponseTool } from "../api/responses-request.ts";
import { HttpError } from "../http/http-error.ts";
import type { RouteServices } from "../routes/services.ts";
import { fileSearchTool } from "../tools/file-search.ts";
import type { OpenServer } from "../tools/mcp/mcp-servers.ts";
import type { Tool } from "../tools/tool.ts";
import { Toolbox } from "../tools/toolbox.ts";
import { rankingOf } from "../vectors/ranking.ts";
import { findUsable } from "../vectors/records.ts";
import type { CallFormName, ToolRunner } from "./tool-runner.ts";

/** An MCP server of a request; its tools are asked for when the response begins. */
export interface McpSource {
  label: string;
  server: OpenServer;
  isTrusted: boolean;
  allowed: (tool: { name: string; readOnly: boolean }) => boolean;
  /** Names that must be there. */
  named: readonly string[] | null;
  asks: (tool: { name: string; readOnly: boolean }) => boolean;
}

/** What the server runs for a request. */
export interface OpenedTools {
  runners: ToolRunner[];
  servers: McpSource[];
}

type ToolServices = Pick<RouteServices, "models" | "store" | "tools">;

const unused = new Toolbox({ code_interpreter: false });

/** Opens the tools that a request names beside functions. Throws an HTTP error for what there is not. */
export async function openTools(
  request: ResponseRequest,
  owner: string,
  services: ToolServices,
): Promise<OpenedTools> {
  const opened: OpenedTools = { runners: [], servers: [] };
  const toolbox = services.tools ?? unused;
  for (const [at, tool] of (request.tools ?? []).entries()) {
    if (tool.type === "function") continue;
    const param = `tools[${at}]`;
    if (tool.type === "mcp") opened.servers.push(openServer(tool, { toolbox, owner, param }));
    else opened.runners.push(await openBuiltIn(tool, { toolbox, owner, param, services }));
  }
  return opened;
}

const refuse = (param: string, message: string, code: string): HttpError =>
  new HttpError(400, `${param}: ${message}`, { param, code });

async function openBuiltIn(
  tool: Exclude<ResponseTool, McpTool | { type: "function" }>,
  {
    toolbox,
    owner,
    param,
    services,
  }: { toolbox: Toolbox; owner: string; param: string; services: ToolServices },
): Promise<ToolRunner> {
  const run = (form: CallFormName, each: Tool): ToolRunner => ({
    name: each.name,
    tool: each,
    form,
    asks: false,
  });
  const { calculator, code_interpreter: code, web_search: search } = toolbox.builtIn;
  switch (tool.type) {
    case "calculator":
      return run("function", calculator);
    case "code_interpreter":
      if (code !== null) return run("code_interpreter", code);
      throw refuse(
        param,
        "This server runs no code; set tools.code_interpreter in its configuration",
        "unsupported_tool",
      );
    case "file_search": {
      for (const id of tool.vector_store_ids) await findUsable(services.store, { id, owner });
      const ranked = rankingOf(tool.ranking_options, null);
      return run(
        "file_search",
        fileSearchTool(services, {
          ...ranked,
          storeIds: tool.vector_store_ids,
          owner,
          limit: tool.max_num_results ?? 10,
          filter: tool.filters ?? null,
        }),
      );
    }
    default:
      if (search !== null) return run("web_search", search);
      throw refuse(
        param,
        "This server has no search engine; set tools.web_search in its configuration",
        "unsupported_tool",
      );
  }
}

function openServer(
  tool: McpTool,
  { toolbox, owner, param }: { toolbox: Toolbox; owner: string; param: string },
): McpSource {
  const { server_label: label, server_url: url, connector_id: connector } = tool;
  if ((url == null) === (connector == null)) {
    throw refuse(
      param,
      `The MCP server ${label} needs server_url or connector_id, one of them`,
      "invalid_value",
    );
  }
  const settings =
    connector == null ? undefined : toolbox.mcp.settings.find((each) => each.label === connector);
  if (connector != null && settings === undefined) {
    const known = toolbox.mcp.settings.map((each) => each.label).join(", ");
    throw refuse(param, `There is no connector ${connector}; there is ${known || "none"}`, "invalid_value");
  }
  if (settings !== undefined && (tool.headers != null || tool.authorization != null)) {
    throw refuse(
      param,
      `The connector ${connector} has headers of its own; leave headers and authorization out`,
      "invalid_value",
    );
  }
  const server =
    settings === undefined
      ? toolbox.mcp.requested(
          { label, url: url!, headers: tool.headers ?? {}, authorization: tool.authorization ?? null },
          owner,
        )
      : toolbox.mcp.configured(settings);
  const { allowed_tools: allowed } = tool;
  const named = Array.isArray(allowed) ? allowed : (allowed?.tool_names ?? null);
  return {
    label,
    server,
    isTrusted: settings?.trusted === true,
    named,
    allowed: Array.isArray(allowed)
      ? ({ name }) => allowed.includes(name)
      : (each) => allowed == null || fits(each, allowed),
    asks: approvalRule(tool.require_approval ?? toolbox.settings.require_approval ?? "always"),
  };
}

/** Whether a rule of a request asks for a tool; what it does not speak of is asked for. */
function approvalRule(rule: RequireApproval): McpSource["asks"] {
  if (typeof rule === "string") return () => rule === "always";
  const { always, never } = rule;
  return (tool) => (always != null && fits(tool, always)) || never == null || !fits(tool, never);
}

function fits({ name, readOnly }: { name: string; readOnly: boolean }, filter: ToolFilter): boolean {
  const { tool_names: names, read_only: wanted } = filter;
  if (names == null && wanted == null) return false;
  return (names == null || names.includes(name)) && (wanted == null || wanted === readOnly);
}
