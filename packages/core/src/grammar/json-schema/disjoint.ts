import { intersect, isEmpty } from "../regular.ts";
import { excludedOf } from "./excluded.ts";
import { objectShape } from "./object-text.ts";
import { anyText, stringLimits } from "./scalar-texts.ts";
import { finiteValues } from "./schema-compiler.ts";
import {
  type Conjunction,
  type Located,
  type SchemaDocument,
  schemasAt,
  textsAt,
  without,
} from "./schema-document.ts";
import { isValid, type JsonType, jsonTypes } from "./valid-value.ts";

const maxDepth = 5;

/** Whether it is certain that no generated value satisfies both; false when it cannot be told. */
export function isDisjoint(
  document: SchemaDocument,
  a: Conjunction,
  b: Conjunction,
  depth: number = 0,
): boolean {
  if (depth > maxDepth) return false;
  const first = document.expand(a);
  const second = document.expand(b);
  if ([...first, ...second].some(({ schema }) => schema === false)) return true;
  // One alternative after another.
  for (const [schemas, other] of [
    [first, second],
    [second, first],
  ] as const)
    for (const located of schemas)
      for (const keyword of ["anyOf", "oneOf"]) {
        const choices = schemasAt(located, keyword);
        if (choices.length === 0) continue;
        const rest = schemas.map((each) =>
          without(each, "$ref", "allOf", ...(each === located ? [keyword] : [])),
        );
        return choices.every((choice) => isDisjoint(document, [...rest, choice], other, depth + 1));
      }
  for (const [schemas, other] of [
    [first, second],
    [second, first],
  ] as const) {
    const values = finiteValues(document, schemas);
    if (values !== null) return values.every((value) => !isValid(document, other, value));
  }
  const types = commonTypes(first, second);
  return types.every((type) => isDisjointType(document, type, { first, second, depth }));
}

function isDisjointType(
  document: SchemaDocument,
  type: JsonType,
  { first, second, depth }: { first: readonly Located[]; second: readonly Located[]; depth: number },
): boolean {
  switch (type) {
    case "string": {
      const a = stringLimits(first, []);
      const b = stringLimits(second, []);
      if ((a.max !== null && a.max < b.min) || (b.max !== null && b.max < a.min)) return true;
      return (a.dfa !== null || b.dfa !== null) && isEmpty(intersect(a.dfa ?? anyText(), b.dfa ?? anyText()));
    }
    case "object":
      return (
        differsByProperty(document, { first, second, depth }) ||
        differsByProperty(document, { first: second, second: first, depth }) ||
        (lacksRequired(first, second) && lacksRequired(second, first))
      );
    case "number":
    case "integer":
      return (
        bound(first, "maximum") < bound(second, "minimum") ||
        bound(second, "maximum") < bound(first, "minimum")
      );
    default:
      return false;
  }
}

const noNames = (): null => null;

/** What is generated for the first never has a property that the second requires. */
function lacksRequired(first: readonly Located[], second: readonly Located[]): boolean {
  const { extras, properties } = objectShape(first, noNames);
  if (extras.length > 0) return false;
  return second
    .flatMap((located) => textsAt(located, "required"))
    .some((name) => !properties.some((property) => property.name === name));
}

/** The first requires a property that the second forbids or holds to other values. */
function differsByProperty(
  document: SchemaDocument,
  { first, second, depth }: { first: readonly Located[]; second: readonly Located[]; depth: number },
): boolean {
  const b = objectShape(second, noNames);
  return objectShape(first, noNames).properties.some(({ name, schemas, isRequired }) => {
    if (!isRequired) return false;
    if (schemas.some(({ schema }) => schema === false)) return true;
    const other = b.properties.find((property) => property.name === name);
    // Where the second is closed by its schema, not only as generated, the name is not allowed at all.
    if (other === undefined)
      return second.some(({ schema }) => typeof schema === "object" && isClosedFor(schema, name));
    return isDisjoint(document, schemas, other.schemas, depth + 1);
  });
}

function isClosedFor(schema: Readonly<Record<string, unknown>>, name: string): boolean {
  const { properties, patternProperties, additionalProperties } = schema;
  const isDeclared = typeof properties === "object" && properties !== null && Object.hasOwn(properties, name);
  return (
    (additionalProperties === false && patternProperties === undefined && !isDeclared) ||
    (isDeclared && (properties as Record<string, unknown>)[name] === false)
  );
}

function commonTypes(first: readonly Located[], second: readonly Located[]): JsonType[] {
  const allows = (schemas: readonly Located[], type: JsonType): boolean =>
    !excludedOf(schemas).types.has(type) &&
    schemas.every(({ schema }) => {
      if (typeof schema === "boolean" || schema["type"] === undefined) return true;
      const given = [schema["type"]].flat();
      return given.includes(type) || (type === "integer" && given.includes("number"));
    });
  return jsonTypes.filter((type) => allows(first, type) && allows(second, type));
}

function bound(schemas: readonly Located[], keyword: "minimum" | "maximum"): number {
  const values = schemas.flatMap(({ schema }) => {
    const value = typeof schema === "boolean" ? undefined : schema[keyword];
    return typeof value === "number" ? [value] : [];
  });
  return keyword === "minimum"
    ? Math.max(Number.NEGATIVE_INFINITY, ...values)
    : Math.min(Number.POSITIVE_INFINITY, ...values);
}
