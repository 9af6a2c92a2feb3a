import { type OpenApiDocument, openApiDocument } from "./http/openapi.ts";
import { allRoutes } from "./routes/all-routes.ts";
import { version } from "./version.ts";

/** The OpenAPI document of the server's whole interface. */
export function describeApi(): OpenApiDocument {
  return openApiDocument(allRoutes, version);
}
