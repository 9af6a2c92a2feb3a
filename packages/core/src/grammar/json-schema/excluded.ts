import type { JsonValue } from "../../chat/message.ts";
import { annotations } from "./keywords.ts";
import { isObject, type Located } from "./schema-document.ts";
import { SchemaError } from "./schema-error.ts";
import type { JsonType } from "./valid-value.ts";

/** Values and types that `not` takes away. */
export interface Excluded {
  values: JsonValue[];
  types: ReadonlySet<JsonType>;
}

/** What the `not` of expanded schemas takes away; other forms of it are refused. */
export function excludedOf(schemas: readonly Located[]): Excluded {
  const values: JsonValue[] = [];
  const types = new Set<JsonType>();
  for (const { schema, pointer, done } of schemas) {
    if (typeof schema === "boolean" || schema["not"] === undefined || done.has("not")) continue;
    const not = schema["not"];
    const at = { keyword: "not", pointer };
    if (not === false) continue;
    const keywords = isObject(not) ? Object.keys(not).filter((keyword) => !annotations.has(keyword)) : [];
    const [keyword] = keywords;
    if (not === true || keywords.length === 0) {
      for (const type of ["null", "boolean", "integer", "number", "string", "array", "object"] as const)
        types.add(type);
      continue;
    }
    const operand = (not as Record<string, JsonValue>)[keyword!]!;
    if (keywords.length === 1 && keyword === "type") {
      for (const type of [operand].flat() as JsonType[]) {
        if (type === "integer")
          throw new SchemaError(at, "cannot be enforced: it excludes integers from the numbers");
        types.add(type);
        if (type === "number") types.add("integer");
      }
    } else if (keywords.length === 1 && (keyword === "const" || keyword === "enum")) {
      const listed = keyword === "const" ? [operand] : (operand as readonly JsonValue[]);
      if (listed.some((value) => typeof value === "object" && value !== null))
        throw new SchemaError(at, "cannot be enforced: it excludes objects or arrays");
      values.push(...listed);
    } else
      throw new SchemaError(
        at,
        "cannot be enforced; only type, enum, const and one required name can be excluded",
      );
  }
  return { values, types };
}
