import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { errorBodySchema } from "../api/errors.ts";
import { serveFake } from "../fake-server.ts";
import { allRoutes } from "../routes/all-routes.ts";
import { defineRoute } from "./define-route.ts";
import { type OpenApiDocument, openApiDocument, operationId, schemaNames } from "./openapi.ts";

const document = openApiDocument(allRoutes, "1.2.3");

/** The parts of OpenAPI 3.1's own schema that our documents use. */
const ref = z.strictObject({ $ref: z.string() });
const content = z.record(z.string().regex(/^\w+\/[\w.+-]+$/), z.strictObject({ schema: ref.optional() }));
const parameter = z.strictObject({
  name: z.string().min(1),
  in: z.enum(["path", "query", "header"]),
  required: z.boolean(),
  schema: z.union([ref, z.strictObject({ type: z.string() })]),
});
const operation = z.strictObject({
  operationId: z.string().min(1),
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.string(),
  deprecated: z.boolean().optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(parameter).optional(),
  requestBody: z.strictObject({ required: z.boolean(), content }).optional(),
  responses: z.record(
    z.string().regex(/^([1-5]\d\d|[1-5]XX)$/),
    z.strictObject({ description: z.string(), content: content.optional() }),
  ),
});
const openApi = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d$/),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string().regex(/^\//),
    z.partialRecord(z.enum(["get", "post", "put", "delete"]), operation),
  ),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[a-zA-Z0-9._-]+$/), z.record(z.string(), z.unknown())),
    securitySchemes: z.record(z.string(), z.object({ type: z.literal("http"), scheme: z.string() })),
  }),
  tags: z.array(z.strictObject({ name: z.string() })),
});

function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === "$ref" && typeof each === "string" ? [each] : references(each),
  );
}

/** What a pointer such as `#/components/schemas/Error` names. */
function resolvePointer(whole: unknown, pointer: string): unknown {
  return pointer
    .slice(2)
    .split("/")
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], whole);
}

/** Words of JSON Schema that our schemas use; another one is a mistake or has to be added. */
const keywords = new Set(
  (
    "$ref type properties required additionalProperties items prefixItems anyOf oneOf allOf not enum const " +
    "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format default " +
    "minItems maxItems uniqueItems propertyNames contentEncoding contentMediaType description title id " +
    "x-refused x-refused-words"
  ).split(" "),
);
const types = ["string", "number", "integer", "boolean", "array", "object", "null"];

function checkSchema(schema: unknown, where: string): void {
  if (typeof schema === "boolean") return;
  assert.ok(typeof schema === "object" && schema !== null && !Array.isArray(schema), where);
  const fields = schema as Record<string, unknown>;
  for (const key of Object.keys(fields)) assert.ok(keywords.has(key), `${where} has ${key}`);
  for (const type of [fields["type"] ?? []].flat()) assert.ok(types.includes(String(type)), where);
  for (const key of ["items", "additionalProperties", "not", "propertyNames"]) {
    if (fields[key] !== undefined) checkSchema(fields[key], `${where}.${key}`);
  }
  for (const key of ["anyOf", "oneOf", "allOf", "prefixItems"]) {
    const list = fields[key];
    if (list === undefined) continue;
    assert.ok(Array.isArray(list) && list.length > 0, `${where}.${key}`);
    for (const [index, each] of list.entries()) checkSchema(each, `${where}.${key}[${index}]`);
  }
  for (const [key, each] of Object.entries((fields["properties"] ?? {}) as object)) {
    checkSchema(each, `${where}.${key}`);
  }
}

test("openApiDocument is OpenAPI 3.1, and all that it refers to is there", () => {
  openApi.parse(document);
  for (const pointer of references(document)) assert.ok(resolvePointer(document, pointer), pointer);
  for (const [name, schema] of Object.entries(document.components.schemas)) checkSchema(schema, name);
  const ids = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId: id }) => id),
  );
  assert.equal(new Set(ids).size, ids.length);
});

test("openApiDocument has every route of the server, and no other", async (t) => {
  const { server } = await serveFake(t);
  const served = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApiDocument;
  assert.deepEqual(Object.keys(served.paths), Object.keys(document.paths));
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const registered = allRoutes.map(({ method, path }) => `${method} ${path.replaceAll("+}", "}")}`);
  assert.deepEqual(described.sort(), registered.sort());
});

test("openApiDocument describes requests and answers by the very schemas that check them", () => {
  const names = schemaNames(allRoutes);
  assert.equal(names.get(errorBodySchema), "Error");
  for (const route of allRoutes) {
    const described = document.paths[route.path.replaceAll("+}", "}")]![route.method.toLowerCase()]!;
    const text = JSON.stringify(described);
    for (const schema of [route.body, route.response, route.events]) {
      if (schema == null || (schema === route.response && route.contentType !== undefined)) continue;
      const name = names.get(schema);
      assert.ok(name !== undefined && document.components.schemas[name] !== undefined, route.path);
      assert.ok(text.includes(`"#/components/schemas/${name}"`), `${route.path} ${name}`);
    }
    if (route.query !== undefined) {
      const { properties = {} } = document.components.schemas[names.get(route.query)!]!;
      const inQuery = (described["parameters"] as { in: string; name: string }[] | undefined) ?? [];
      assert.deepEqual(
        inQuery.filter((each) => each.in === "query").map(({ name }) => name),
        Object.keys(properties as object),
      );
    }
  }
  const unnamed = [...names.values()];
  assert.equal(new Set(unnamed).size, unnamed.length);
});

test("openApiDocument follows a schema that changes, since it has no other source", () => {
  const answer = z.strictObject({ tree: z.json(), size: z.int() });
  const route = defineRoute({
    method: "GET",
    path: "/v1/things/{id+}",
    tag: "Things",
    level: "deprecated",
    summary: "Get a thing",
    response: answer,
    handle: async () => ({ tree: null, size: 1 }),
  });
  const made = openApiDocument([route], "1");
  openApi.parse(made);
  assert.equal(operationId(route), "getV1ThingsId");
  const described = made.paths["/v1/things/{id}"]!["get"]!;
  assert.equal(described["deprecated"], true);
  assert.ok(made.components.schemas["GetV1ThingsIdResponse"]!["properties"]);
  for (const pointer of references(made)) assert.ok(resolvePointer(made, pointer), pointer);
});
