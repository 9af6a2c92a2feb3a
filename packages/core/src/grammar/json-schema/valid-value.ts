import type { JsonValue } from "../../chat/message.ts";
import { accepts } from "../regular.ts";
import { itemsOf } from "./array-text.ts";
import { formatDfa, numberFormats } from "./formats.ts";
import {
  type Conjunction,
  escapePart,
  isObject,
  type Located,
  locate,
  namedSchemasAt,
  type SchemaDocument,
  type SchemaObject,
  schemaAt,
  schemasAt,
} from "./schema-document.ts";

/** Types of JSON Schema. */
export type JsonType = "null" | "boolean" | "integer" | "number" | "string" | "array" | "object";

/** All types. */
export const jsonTypes: readonly JsonType[] = [
  "null",
  "boolean",
  "integer",
  "number",
  "string",
  "array",
  "object",
];

/** The type of a value; integers are told from other numbers. */
export function typeOf(value: JsonValue): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value as "boolean" | "string" | "object";
}

/** Whether two values are the same to JSON Schema: keys of objects have no order. */
export function isSame(a: JsonValue, b: JsonValue): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    const other = b as readonly JsonValue[];
    return (
      a.length === other.length &&
      (a as readonly JsonValue[]).every((item, index) => isSame(item, other[index]!))
    );
  }
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key]!, b[key]!))
  );
}

/** Whether a value satisfies all of the schemas; for values that are listed in a schema. */
export function isValid(document: SchemaDocument, conjunction: Conjunction, value: JsonValue): boolean {
  return document.expand(conjunction).every((located) => isValidAlone(document, located, value));
}

function isValidAlone(document: SchemaDocument, located: Located, value: JsonValue): boolean {
  const { schema, done } = located;
  if (typeof schema === "boolean") return schema;
  const is = (each: Located): boolean => isValid(document, [each], value);
  for (const [keyword, operand] of Object.entries(schema)) {
    if (done.has(keyword)) continue;
    const check = checks[keyword];
    if (check !== undefined && !check(value, operand, schema)) return false;
  }
  const anyOf = schemasAt(located, "anyOf");
  if (anyOf.length > 0 && !anyOf.some(is)) return false;
  const oneOf = schemasAt(located, "oneOf");
  if (oneOf.length > 0 && oneOf.filter(is).length !== 1) return false;
  const not = schemaAt(located, "not");
  if (not !== undefined && is(not)) return false;
  const condition = schemaAt(located, "if");
  const branch = condition === undefined ? undefined : schemaAt(located, is(condition) ? "then" : "else");
  if (branch !== undefined && !is(branch)) return false;
  if (Array.isArray(value)) return areItemsValid(document, located, value as readonly JsonValue[]);
  return !isObject(value) || areMembersValid(document, located, value);
}

function areItemsValid(document: SchemaDocument, located: Located, value: readonly JsonValue[]): boolean {
  const { prefix, items } = itemsOf(located);
  if (
    !value.every((item, index) =>
      isValid(
        document,
        [prefix[index] ?? items].flatMap((each) => each ?? []),
        item,
      ),
    )
  )
    return false;
  const contains = schemaAt(located, "contains");
  if (contains === undefined) return true;
  const { minContains = 1 } = located.schema as SchemaObject;
  return value.filter((item) => isValid(document, [contains], item)).length >= Number(minContains);
}

function areMembersValid(document: SchemaDocument, located: Located, value: SchemaObject): boolean {
  const properties = namedSchemasAt(located, "properties");
  const patterns = [...namedSchemasAt(located, "patternProperties")];
  const additional = schemaAt(located, "additionalProperties");
  const names = schemaAt(located, "propertyNames");
  const schemas = ["dependencies", "dependentSchemas"].flatMap((keyword) => {
    const named = located.done.has(keyword) ? undefined : (located.schema as SchemaObject)[keyword];
    return !isObject(named)
      ? []
      : Object.entries(named).flatMap(([name, each]) => {
          if (!Object.hasOwn(value, name)) return [];
          const listed = typeof each === "string" ? [each] : each;
          const schema = Array.isArray(listed) ? { required: listed as JsonValue } : each;
          return [locate(schema, `${located.pointer}/${keyword}/${escapePart(name)}`)];
        });
  });
  if (!schemas.every((each) => isValid(document, [each], value))) return false;
  return Object.entries(value).every(([name, member]) => {
    if (names !== undefined && !isValid(document, [names], name)) return false;
    const own = properties.get(name);
    const matching = patterns.flatMap(([pattern, each]) => (toRegExp(pattern).test(name) ? [each] : []));
    const all = own === undefined ? matching : [own, ...matching];
    if (all.length === 0 && additional !== undefined) all.push(additional);
    return isValid(document, all, member);
  });
}

/** As validators read patterns; without the flag where one is only then a pattern. */
function toRegExp(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return new RegExp(pattern);
  }
}

type Check = (value: JsonValue, operand: JsonValue, schema: SchemaObject) => boolean;

const forNumbers =
  (check: (value: number, operand: number) => boolean): Check =>
  (value, operand) =>
    typeof value !== "number" || typeof operand === "boolean" || check(value, Number(operand));
const forLengths =
  (type: "string" | "array" | "object", check: (length: number, operand: number) => boolean): Check =>
  (value, operand) => {
    if (typeOf(value) !== type) return true;
    const items = type === "string" ? [...(value as string)] : Object.keys(value as object);
    return check(items.length, Number(operand));
  };
const atLeast = (a: number, b: number): boolean => a >= b;
const atMost = (a: number, b: number): boolean => a <= b;

const checks: Readonly<Record<string, Check>> = {
  type: (value, operand) => {
    const type = typeOf(value);
    return [operand].flat().some((each) => each === type || (each === "number" && type === "integer"));
  },
  enum: (value, operand) => (operand as readonly JsonValue[]).some((each) => isSame(each, value)),
  const: (value, operand) => isSame(operand, value),
  minimum: (value, operand, { exclusiveMinimum }) =>
    typeof value !== "number" ||
    (exclusiveMinimum === true ? value > Number(operand) : value >= Number(operand)),
  maximum: (value, operand, { exclusiveMaximum }) =>
    typeof value !== "number" ||
    (exclusiveMaximum === true ? value < Number(operand) : value <= Number(operand)),
  exclusiveMinimum: forNumbers((a, b) => a > b),
  exclusiveMaximum: forNumbers((a, b) => a < b),
  multipleOf: forNumbers((a, b) => Number.isInteger(a / b)),
  minLength: forLengths("string", atLeast),
  maxLength: forLengths("string", atMost),
  minItems: forLengths("array", atLeast),
  maxItems: forLengths("array", atMost),
  minProperties: forLengths("object", atLeast),
  maxProperties: forLengths("object", atMost),
  pattern: (value, operand) => typeof value !== "string" || toRegExp(String(operand)).test(value),
  format: (value, operand) => {
    const limits = numberFormats[String(operand)];
    if (typeof value === "number") return limits == null || (value >= limits.min && value <= limits.max);
    const dfa = typeof value === "string" ? formatDfa(String(operand)) : null;
    return (
      dfa === null ||
      accepts(
        dfa,
        [...(value as string)].map((char) => char.codePointAt(0)!),
      )
    );
  },
  required: (value, operand) =>
    !isObject(value) || (operand as readonly string[]).every((name) => Object.hasOwn(value, name)),
  dependentRequired: (value, operand) =>
    !isObject(value) ||
    Object.entries(operand as SchemaObject).every(
      ([name, needed]) =>
        !Object.hasOwn(value, name) ||
        (needed as readonly string[]).every((each) => Object.hasOwn(value, each)),
    ),
  uniqueItems: (value, operand) => {
    if (operand !== true || !Array.isArray(value)) return true;
    const items = value as readonly JsonValue[];
    return items.every((item, index) => items.slice(0, index).every((other) => !isSame(item, other)));
  },
};
