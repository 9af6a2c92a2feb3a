import type { JsonValue } from "@llamero/core";

/** The part of JSON Schema that requests to a teacher use; a grammar can hold a local model to all of it. */
export type SimpleSchema = {
  readonly type: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SimpleSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly items?: SimpleSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly enum?: readonly string[];
};

/** An object whose fields are all required and no others allowed. */
export function objectOf(properties: Readonly<Record<string, SimpleSchema>>): SimpleSchema {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

/** Where a value breaks a schema, in words; null where it does not. */
export function findBreach(
  value: JsonValue | undefined,
  schema: SimpleSchema,
  path = "answer",
): string | null {
  const isType = typeChecks[schema.type];
  if (value === undefined || !isType(value))
    return `${path} is ${value === undefined ? "missing" : JSON.stringify(value).slice(0, 60)}, not ${schema.type}`;
  if (typeof value === "number") {
    const { minimum = -Infinity, maximum = Infinity } = schema;
    return value < minimum || value > maximum ? `${path} is ${value}, out of bounds` : null;
  }
  if (typeof value === "string") {
    const { minLength = 0, maxLength = Infinity } = schema;
    if (schema.enum !== undefined && !schema.enum.includes(value))
      return `${path} is ${JSON.stringify(value.slice(0, 60))}, not one of ${schema.enum.join(", ")}`;
    return value.length < minLength || value.length > maxLength ? `${path} is of wrong length` : null;
  }
  if (Array.isArray(value)) {
    const { minItems = 0, maxItems = Infinity, items } = schema;
    if (value.length < minItems || value.length > maxItems) return `${path} has ${value.length} items`;
    return items === undefined
      ? null
      : firstOf(value.map((item, at) => findBreach(item, items, `${path}[${at}]`)));
  }
  if (typeof value !== "object" || value === null) return null;
  return findFieldBreach(value as Readonly<Record<string, JsonValue>>, schema, path);
}

function findFieldBreach(
  value: Readonly<Record<string, JsonValue>>,
  { properties = {}, required = [], additionalProperties }: SimpleSchema,
  path: string,
): string | null {
  for (const name of required) if (!Object.hasOwn(value, name)) return `${path} lacks ${name}`;
  for (const [name, field] of Object.entries(value)) {
    const schema = Object.hasOwn(properties, name) ? properties[name]! : null;
    if (schema === null) {
      if (additionalProperties === false) return `${path} has an unknown field ${name}`;
      continue;
    }
    const breach = findBreach(field, schema, `${path}.${name}`);
    if (breach !== null) return breach;
  }
  return null;
}

const typeChecks: Readonly<Record<SimpleSchema["type"], (value: JsonValue) => boolean>> = {
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  array: (value) => Array.isArray(value),
  string: (value) => typeof value === "string",
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
};

function firstOf(breaches: readonly (string | null)[]): string | null {
  return breaches.find((each) => each !== null) ?? null;
}

/** The JSON value in an answer: the whole, a fenced block, or from the first brace to the last; undefined for none. */
export function findJson(text: string): JsonValue | undefined {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)```/.exec(text)?.[1];
  const braced = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
  for (const candidate of [text, fenced, braced]) {
    if (candidate === undefined || candidate.trim() === "") continue;
    try {
      return JSON.parse(candidate) as JsonValue;
    } catch {
      // The next candidate may be it.
    }
  }
  return undefined;
}
