import type { JsonValue } from "../../chat/message.ts";
import { enforced } from "./keywords.ts";
import {
  type Conjunction,
  derived,
  isObject,
  type Located,
  namedSchemasAt,
  type SchemaDocument,
  type SchemaObject,
  schemaAt,
  schemasAt,
} from "./schema-document.ts";
import { SchemaError } from "./schema-error.ts";

const maxDepth = 12;

/** Schemas that together allow just what a schema does not, one conjunction per alternative. */
export function negate(document: SchemaDocument, located: Located, depth: number = 0): Conjunction[] {
  const { schema, pointer } = located;
  if (typeof schema === "boolean") return schema ? [] : [[derived(located, {})]];
  if (depth > maxDepth) throw new SchemaError({ keyword: "not", pointer }, "leads too deep to be enforced");
  document.check(located);
  return Object.keys(schema).flatMap((keyword) => {
    if (!enforced.has(keyword)) return [];
    const opposite = Object.hasOwn(opposites, keyword) ? opposites[keyword]! : null;
    const found = opposite === null ? null : opposite(located, document, depth);
    if (found !== null) return found;
    throw new SchemaError({ keyword: "not", pointer }, `cannot be enforced: it excludes "${keyword}"`);
  });
}

/** Alternatives of the opposite of one keyword; null when it cannot be written. */
type Opposite = (located: Located, document: SchemaDocument, depth: number) => Conjunction[] | null;

/** Values of a type beyond a bound on their count or size. */
const beyond =
  (type: string, bound: string, shift: 1 | -1): Opposite =>
  (located) => {
    const value = operandOf(located, boundOf[bound]!);
    if (typeof value !== "number") return null;
    const limit = value + shift;
    return limit < 0 ? [] : [[derived(located, { type, [bound]: limit })]];
  };

const boundOf: Readonly<Record<string, string>> = {
  maxLength: "minLength",
  minLength: "maxLength",
  maxItems: "minItems",
  minItems: "maxItems",
  maxProperties: "minProperties",
  minProperties: "maxProperties",
};

/** Numbers on the other side of a bound. */
const across =
  (keyword: string, opposite: string): Opposite =>
  (located) => {
    const value = operandOf(located, keyword);
    return typeof value === "number" ? [[derived(located, { type: "number", [opposite]: value })]] : null;
  };

/** What `not` of this keyword alone means is known where values are compiled. */
const asNot =
  (keyword: string): Opposite =>
  (located) => [[derived(located, { not: { [keyword]: operandOf(located, keyword)! } })]];

const notOf = ({ schema }: Located): SchemaObject => ({ not: schema });

const opposites: Readonly<Record<string, Opposite>> = {
  $ref: (located, document, depth) =>
    negate(document, document.resolve(operandOf(located, "$ref")!, located.pointer), depth + 1),
  type: asNot("type"),
  const: asNot("const"),
  enum: asNot("enum"),
  pattern: asNot("pattern"),
  minLength: beyond("string", "maxLength", -1),
  maxLength: beyond("string", "minLength", 1),
  minItems: beyond("array", "maxItems", -1),
  maxItems: beyond("array", "minItems", 1),
  minProperties: beyond("object", "maxProperties", -1),
  maxProperties: beyond("object", "minProperties", 1),
  minimum: across("minimum", "exclusiveMaximum"),
  maximum: across("maximum", "exclusiveMinimum"),
  exclusiveMinimum: across("exclusiveMinimum", "maximum"),
  exclusiveMaximum: across("exclusiveMaximum", "minimum"),
  not: (located) => [[schemaAt(located, "not")!]],
  allOf: (located, document, depth) =>
    schemasAt(located, "allOf").flatMap((each) => negate(document, each, depth + 1)),
  anyOf: (located, document, depth) => {
    let choices: Conjunction[] = [[]];
    for (const each of schemasAt(located, "anyOf")) {
      const others = negate(document, each, depth + 1);
      choices = choices.flatMap((choice) => others.map((other) => [...choice, ...other]));
      if (choices.length > 500) return null;
    }
    return choices;
  },
  required: (located) => {
    const names = operandOf(located, "required");
    if (!Array.isArray(names)) return null;
    return (names as readonly string[]).map((name) => [
      derived(located, { type: "object", properties: { [name]: false } }),
    ]);
  },
  properties: (located) =>
    [...namedSchemasAt(located, "properties")].map(([name, each]) => [
      derived(located, { type: "object", properties: { [name]: notOf(each) }, required: [name] }),
    ]),
  items: (located) => {
    if (Array.isArray(operandOf(located, "items")) || operandOf(located, "prefixItems") !== undefined)
      return null;
    return [[derived(located, { type: "array", contains: notOf(schemaAt(located, "items")!) })]];
  },
  contains: (located) => {
    if (operandOf(located, "minContains") !== undefined) return null;
    return [[derived(located, { type: "array", items: notOf(schemaAt(located, "contains")!) })]];
  },
};

function operandOf({ schema }: Located, keyword: string): JsonValue | undefined {
  return isObject(schema as JsonValue) ? (schema as SchemaObject)[keyword] : undefined;
}
