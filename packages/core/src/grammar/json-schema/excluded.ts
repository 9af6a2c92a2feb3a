import type { JsonValue } from "../../chat/message.ts";
import { enforced } from "./keywords.ts";
import { isObject, type Located } from "./schema-document.ts";
import { SchemaError } from "./schema-error.ts";
import { type JsonType, jsonTypes } from "./valid-value.ts";

/** Values, types and patterns of strings that `not` takes away. */
export interface Excluded {
  values: JsonValue[];
  types: ReadonlySet<JsonType>;
  patterns: { pattern: JsonValue; pointer: string }[];
}

const simple: ReadonlySet<string> = new Set(["type", "const", "enum", "pattern"]);

/** The one keyword of a `not` whose opposite is no choice between schemas; null for all others. */
export function simpleNot({ schema, done }: Located): { keyword: string; operand: JsonValue } | null {
  const not = typeof schema === "boolean" || done.has("not") ? undefined : schema["not"];
  if (!isObject(not)) return null;
  const keywords = Object.keys(not).filter((keyword) => enforced.has(keyword));
  const [keyword] = keywords;
  return keywords.length === 1 && simple.has(keyword!)
    ? { keyword: keyword!, operand: not[keyword!]! }
    : null;
}

/** What the simple `not` of expanded schemas take away. */
export function excludedOf(schemas: readonly Located[]): Excluded {
  const values: JsonValue[] = [];
  const types = new Set<JsonType>();
  const patterns: Excluded["patterns"] = [];
  for (const located of schemas) {
    const not = simpleNot(located);
    if (not === null) continue;
    const { keyword, operand } = not;
    if (keyword === "type")
      for (const type of [operand].flat() as JsonType[]) {
        types.add(type);
        if (type === "number") types.add("integer");
      }
    else if (keyword === "pattern") {
      // The pattern says nothing about what is no string, so all of that is taken away.
      for (const type of jsonTypes) if (type !== "string") types.add(type);
      patterns.push({ pattern: operand, pointer: located.pointer });
    } else {
      const listed = keyword === "const" ? [operand] : operand;
      const at = { keyword: "not", pointer: located.pointer };
      if (!Array.isArray(listed)) throw new SchemaError(at, "holds an enum that is no list");
      if ((listed as readonly JsonValue[]).some((value) => typeof value === "object" && value !== null))
        throw new SchemaError(at, "cannot be enforced: it excludes objects or arrays");
      values.push(...(listed as readonly JsonValue[]));
    }
  }
  return { values, types, patterns };
}
