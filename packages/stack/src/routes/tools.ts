import { listToolsQuerySchema, listToolsSchema } from "../api/tools.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { Toolbox } from "../tools/toolbox.ts";

const without = new Toolbox({ code_interpreter: false });

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
    handle: async ({ query: { toolgroup_id: group } }, { tools = without }) => ({
      data: tools.definitions.filter((tool) => group === undefined || tool.toolgroup_id === group),
    }),
  }),
];
