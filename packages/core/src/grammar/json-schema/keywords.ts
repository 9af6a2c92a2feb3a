import { editDistance } from "../../text/edit-distance.ts";
/** Keywords that say nothing about which values are valid. */
export const annotations: ReadonlySet<string> = new Set([
  "$anchor",
  "$comment",
  "$defs",
  "$id",
  "$schema",
  "$vocabulary",
  "contentEncoding",
  "contentMediaType",
  "contentSchema",
  "default",
  "definitions",
  "deprecated",
  "description",
  "example",
  "examples",
  "readOnly",
  "title",
  "writeOnly",
]);

/** Keywords that are compiled. */
export const enforced: ReadonlySet<string> = new Set([
  "$ref",
  "additionalItems",
  "additionalProperties",
  "allOf",
  "anyOf",
  "const",
  "contains",
  "dependencies",
  "dependentRequired",
  "dependentSchemas",
  "else",
  "enum",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "format",
  "if",
  "items",
  "maxItems",
  "maxLength",
  "maxProperties",
  "maximum",
  "minContains",
  "minItems",
  "minLength",
  "minProperties",
  "minimum",
  "multipleOf",
  "not",
  "oneOf",
  "pattern",
  "patternProperties",
  "prefixItems",
  "properties",
  "propertyNames",
  "required",
  "then",
  "type",
  "uniqueItems",
]);

/** Why known keywords are refused. */
export const refused: Readonly<Record<string, string>> = {
  $dynamicRef: "cannot be enforced; write $ref",
  $dynamicAnchor: "cannot be enforced; write $anchor and $ref",
  $recursiveRef: "cannot be enforced; write $ref",
  $recursiveAnchor: "cannot be enforced; write $ref",
  maxContains: "cannot be enforced",
  unevaluatedItems: "cannot be enforced; write items",
  unevaluatedProperties: "cannot be enforced; write additionalProperties",
};

/** Names that are meant as a keyword, but are far from it by letters. */
const mistaken: Readonly<Record<string, string>> = {
  constant: "const",
  max: "maximum",
  min: "minimum",
  regex: "pattern",
};

/**
 * The enforced keyword that an unknown one is likely to be a misspelling of; null for a word that is none. To JSON
 * Schema unknown keywords are annotations, but a limit that is lost by a typing error should be heard of.
 */
export function meantKeyword(name: string): string | null {
  // What begins so is left out on purpose, as `x-` and `$comment` are; `id` was the name of a schema in draft 4.
  if (name.startsWith("x-") || name.startsWith("_") || name === "id") return null;
  if (Object.hasOwn(mistaken, name)) return mistaken[name]!;
  const plain = name.replace(/[^A-Za-z]/g, "").toLowerCase();
  for (const keyword of [...enforced, ...Object.keys(refused)]) {
    const known = keyword.replace("$", "").toLowerCase();
    if (plain === known || editDistance(plain, known) <= Math.floor(known.length / 4)) return keyword;
  }
  return null;
}
