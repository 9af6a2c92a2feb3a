import { z } from "zod";
import { errorBodySchema } from "../api/errors.ts";
import type { Json } from "../api/json.ts";
import type { AnyRoute } from "./define-route.ts";

type JsonObject = { [key: string]: Json };

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  openapi: "3.1.0";
  info: JsonObject;
  paths: Record<string, Record<string, JsonObject>>;
  components: { schemas: Record<string, JsonObject>; securitySchemes: JsonObject };
  tags: JsonObject[];
}

/** How a schema is used: what clients send, or what the server sends. */
type Side = "input" | "output";

const levels = {
  stable: "Kept compatible",
  experimental: "May change",
  deprecated: "Kept for older clients",
} as const;

/** An operation's name: `postV1ChatCompletions`. */
export function operationId({ method, path }: AnyRoute): string {
  const words = path.match(/[A-Za-z0-9]+/g)!.map((word) => word[0]!.toUpperCase() + word.slice(1));
  return method.toLowerCase() + words.join("");
}

/** Names for the schemas of routes: each object has one, however many routes use it. */
export function schemaNames(routes: readonly AnyRoute[]): ReadonlyMap<z.ZodType, string> {
  const names = new Map<z.ZodType, string>([[errorBodySchema as z.ZodType, "Error"]]);
  for (const route of routes) {
    const base = operationId(route).replace(/^./, (letter) => letter.toUpperCase());
    for (const [schema, suffix] of [
      [route.body, "Request"],
      [route.query, "Query"],
      [route.response, "Response"],
      [route.events, "Event"],
      [route.errors?.schema, "Error"],
    ] as const) {
      if (schema == null || names.has(schema)) continue;
      names.set(schema, z.globalRegistry.get(schema)?.id ?? `${base}${suffix}`);
    }
  }
  return names;
}

/** Schemas of the document by name; what a schema refers to inside itself is named after it. */
function componentSchemas(
  routes: readonly AnyRoute[],
  names: ReadonlyMap<z.ZodType, string>,
): Record<string, JsonObject> {
  const inputs = new Set<unknown>(routes.flatMap(({ body, query }) => [body, query]));
  const schemas: Record<string, JsonObject> = {};
  for (const [schema, name] of names) {
    const io: Side = inputs.has(schema) ? "input" : "output";
    const { $schema: _, ...json } = z.toJSONSchema(schema, {
      io,
      target: "draft-2020-12",
      unrepresentable: "any",
    }) as JsonObject;
    const { $defs, ...own } = repointed(json, name) as JsonObject;
    schemas[name] = own;
    for (const [key, each] of Object.entries(($defs ?? {}) as JsonObject)) {
      schemas[defName(name, key)] = each as JsonObject;
    }
  }
  return schemas;
}

const defName = (name: string, key: string): string => `${name}.${key.replace(/^__schema/, "part")}`;

/** References within one schema, as references within the document. */
function repointed(value: Json, name: string): Json {
  if (Array.isArray(value)) return value.map((each) => repointed(each, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if (key !== "$ref" || typeof each !== "string") return [key, repointed(each, name)];
      const def = /^#\/\$defs\/(.+)$/.exec(each)?.[1];
      return [key, reference(def === undefined ? name : defName(name, def)).$ref];
    }),
  );
}

const reference = (name: string): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });

/** The document that says what routes take and give, made of the schemas that check it. */
export function openApiDocument(routes: readonly AnyRoute[], version: string): OpenApiDocument {
  const names = schemaNames(routes);
  const schemas = componentSchemas(routes, names);
  const paths: OpenApiDocument["paths"] = {};
  for (const route of routes) {
    const path = route.path.replaceAll("+}", "}");
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operation(route, names, schemas);
  }
  const tags = [...new Set(routes.map(({ tag }) => tag))];
  return {
    openapi: "3.1.0",
    info: {
      title: "Llamero",
      version,
      description: "The interfaces of OpenAI and of Llama Stack 0.7. Unknown fields are refused by name.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    paths,
    components: { schemas, securitySchemes: { key: { type: "http", scheme: "bearer" } } },
    tags: tags.map((name) => ({ name })),
  };
}

function operation(
  route: AnyRoute,
  names: ReadonlyMap<z.ZodType, string>,
  schemas: Readonly<Record<string, JsonObject>>,
): JsonObject {
  const errors = reference(route.errors ? names.get(route.errors.schema)! : "Error");
  const parameters = [...pathParameters(route), ...queryParameters(route, names, schemas)];
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    description: levels[route.level],
    ...(route.level === "deprecated" && { deprecated: true }),
    security: route.isPublic ? [] : [{ key: [] }, {}],
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: { required: true, content: requestContent(route, names) } }),
    responses: {
      ...(route.response === null
        ? { "204": { description: "Done" } }
        : { "200": { description: "The answer", content: answerContent(route, names) } }),
      "4XX": { description: "The request is refused", content: json(errors) },
      "5XX": { description: "The server fails", content: json(errors) },
    },
  };
}

const json = (schema: JsonObject): JsonObject => ({ "application/json": { schema } });

function requestContent(route: AnyRoute, names: ReadonlyMap<z.ZodType, string>): JsonObject {
  const schema = reference(names.get(route.body!)!);
  return route.form ? { "multipart/form-data": { schema } } : json(schema);
}

function answerContent(route: AnyRoute, names: ReadonlyMap<z.ZodType, string>): JsonObject {
  const schema = reference(names.get(route.response!)!);
  const { contentType = "application/json" } = route;
  return {
    [contentType]: contentType === "application/json" ? { schema } : {},
    ...(route.events && {
      [route.lines ? "application/x-ndjson" : "text/event-stream"]: {
        schema: reference(names.get(route.events)!),
      },
    }),
  };
}

function pathParameters({ path }: AnyRoute): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => ({
    name: name!,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(
  { query }: AnyRoute,
  names: ReadonlyMap<z.ZodType, string>,
  schemas: Readonly<Record<string, JsonObject>>,
): JsonObject[] {
  if (query === undefined) return [];
  const component = names.get(query)!;
  const { properties = {}, required = [] } = schemas[component]!;
  return Object.keys(properties as JsonObject).map((name) => ({
    name,
    in: "query",
    required: (required as Json[]).includes(name),
    schema: { $ref: `${reference(component).$ref}/properties/${name}` },
  }));
}
