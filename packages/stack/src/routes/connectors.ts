import { z } from "zod";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";

const paths = {
  "/v1beta/connectors": "List connectors",
  "/v1beta/connectors/{connector_id}": "Get a connector",
  "/v1beta/connectors/{connector_id}/tools": "List the tools of a connector",
  "/v1beta/connectors/{connector_id}/tools/{tool_name}": "Get a tool of a connector",
} as const;

const query = z.strictObject({ authorization: z.string().optional() });

/** What Llama Stack has and this server has not: each says what to use instead. */
export const connectorRoutes: readonly AnyRoute[] = Object.entries(paths).map(([path, summary]) =>
  defineRoute({
    method: "GET",
    path,
    tag: "Connectors",
    level: "experimental",
    summary: `${summary} (not implemented)`,
    query,
    response: z.never(),
    handle: async () => {
      const message = "There are no connectors here; name MCP servers in the tools of a response or an agent";
      throw new HttpError(501, message, { type: "server_error", code: "not_implemented" });
    },
  }),
);
