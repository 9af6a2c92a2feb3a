import { listToolsQuerySchema, listToolsSchema, type ToolDef } from "../api/tools.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";

/** Tools that the server runs itself: none yet. Functions of requests are run by their clients. */
export const serverTools: readonly ToolDef[] = [];

/** `GET /v1/tools`. */
export const toolRoutes: readonly AnyRoute[] = [
  defineRoute({
    method: "GET",
    path: "/v1/tools",
    tag: "Tools",
    level: "stable",
    summary: "List the tools that the server runs itself",
    query: listToolsQuerySchema,
    response: listToolsSchema,
    handle: async ({ query: { toolgroup_id: group } }) => ({
      data: serverTools.filter((tool) => group === undefined || tool.toolgroup_id === group),
    }),
  }),
];
