import { type Connector, connectorListSchema, connectorSchema } from "../api/connectors.ts";
import { listToolsSchema, type ToolDef, toolSchema } from "../api/tools.ts";
import { type AnyRoute, defineRoute, type RouteRequest } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import { runRequest } from "../http/run-request.ts";
import { mcpTools } from "../tools/mcp/mcp-tools.ts";
import type { McpServerSettings } from "../tools/tool-settings.ts";
import { toToolDef } from "../tools/toolbox.ts";
import type { RouteServices } from "./services.ts";
import { notFound } from "./stored-objects.ts";

const common = { method: "GET", tag: "Connectors", level: "experimental" } as const;

/** Commands of this machine have no address, and are nobody's business. */
const serversOf = ({ tools }: RouteServices): (McpServerSettings & { url: string })[] =>
  (tools?.settings.mcp_servers ?? []).flatMap((each) =>
    each.url === undefined ? [] : [{ ...each, url: each.url }],
  );

function find(services: RouteServices, id: string): McpServerSettings & { url: string } {
  const found = serversOf(services).find(({ label }) => label === id);
  if (found === undefined) throw notFound("connector", id);
  return found;
}

function toConnector({ label, url }: McpServerSettings & { url: string }): Connector {
  const { origin, pathname } = new URL(url);
  // The rest of an address may hold a key.
  return { connector_type: "mcp", connector_id: label, url: origin + pathname, server_label: label };
}

/** What a server of the configuration offers now. */
async function listTools(
  { params, context }: RouteRequest<undefined, undefined>,
  services: RouteServices,
): Promise<ToolDef[]> {
  const { label } = find(services, params["connector_id"]!);
  const settings = services.tools!.settings.mcp_servers!.find((each) => each.label === label)!;
  const { client, list } = services.tools!.mcp.configured(settings);
  try {
    return await runRequest(context, { ended: services.ended, param: "connector_id" }, async (signal) =>
      mcpTools(client, await list(signal), { label }).map(toToolDef),
    );
  } catch (error) {
    if (!(error instanceof Error) || error instanceof HttpError) throw error;
    const fields = { type: "server_error", code: "connector_error" } as const;
    throw new HttpError(502, `Connector ${label} does not answer: ${error.message}`, fields);
  }
}

/** MCP servers of the configuration that have an address. */
export const connectorRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    path: "/v1beta/connectors",
    summary: "List the MCP servers of the configuration",
    response: connectorListSchema,
    handle: async (_, services) => ({ data: serversOf(services).map(toConnector) }),
  }),
  defineRoute({
    ...common,
    path: "/v1beta/connectors/{connector_id}",
    summary: "Get an MCP server of the configuration",
    response: connectorSchema,
    handle: async ({ params }, services) => toConnector(find(services, params["connector_id"]!)),
  }),
  defineRoute({
    ...common,
    path: "/v1beta/connectors/{connector_id}/tools",
    summary: "List the tools of an MCP server",
    response: listToolsSchema,
    handle: async (request, services) => ({ data: await listTools(request, services) }),
  }),
  defineRoute({
    ...common,
    path: "/v1beta/connectors/{connector_id}/tools/{tool_name}",
    summary: "Get a tool of an MCP server",
    response: toolSchema,
    async handle(request, services) {
      const name = request.params["tool_name"]!;
      const found = (await listTools(request, services)).find((each) => each.name === name);
      if (found === undefined) throw notFound("tool", name);
      return found;
    },
  }),
];
