import { type OpenApiAnswer, openApiSchema } from "../api/openapi.ts";
import { type AnyRoute, defineRoute, type RouteSpec } from "../http/define-route.ts";
import { openApiDocument } from "../http/openapi.ts";
import { version } from "../version.ts";

const documents = new WeakMap<readonly AnyRoute[], OpenApiAnswer>();

/** `GET /openapi.json`: what all routes take and give. */
export const openApiRoute: RouteSpec<undefined, undefined, OpenApiAnswer> = defineRoute({
  method: "GET",
  path: "/openapi.json",
  tag: "Inspect",
  level: "stable",
  summary: "Describe all routes, as OpenAPI 3.1",
  isPublic: true,
  response: openApiSchema,
  async handle(_, { routes }) {
    let document = documents.get(routes);
    if (document === undefined) {
      document = openApiDocument(routes, version);
      documents.set(routes, document);
    }
    return document;
  },
});
