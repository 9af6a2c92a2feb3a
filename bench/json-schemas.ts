/** The schemas that the benchmarks of grammars read, and what says whether a value is valid for one. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** A schema and valid texts for it. */
export interface Sample {
  name: string;
  schema: Record<string, never>;
  texts: string[];
}

/** The value of an environment variable. */
export function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new TypeError(`${name} must name a folder; see the head of this file`);
  return value;
}

/** The schemas of a folder by name. */
export function readSamples(folder: string): Sample[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { schema, tests } = JSON.parse(readFileSync(join(folder, name), "utf8"));
      const valid = (tests as { valid: boolean; data: unknown }[]).filter((each) => each.valid);
      return { name, schema, texts: valid.map(({ data }) => JSON.stringify(data)) };
    });
}

/** Whether ajv takes a value; null where it cannot compile the schema. */
export function validatorOf(schema: Record<string, never>): ((value: unknown) => boolean) | null {
  const { $schema: dialect = "", ...rest } = schema as Record<string, unknown>;
  const Class = String(dialect).includes("2020-12") ? Ajv2020 : Ajv;
  const ajv = new Class({ strict: false, multipleOfPrecision: 6, logger: false });
  (addFormats as unknown as (target: unknown) => void)(ajv);
  try {
    return ajv.compile(asDraft7(rest) as object);
  } catch (error) {
    console.log(`UNCHECKED ${JSON.stringify(schema).slice(0, 80)}: ${error}`);
    return null;
  }
}

/** Keywords whose values are schemas by name. */
const named = new Set(["properties", "patternProperties", "definitions", "$defs", "dependencies"]);

/** ajv refuses draft 4's `id` and its exclusive bounds: the first is left out, the others are rewritten. */
function asDraft7(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(asDraft7);
  if (typeof schema !== "object" || schema === null) return schema;
  const { id, ...rest } = schema as Record<string, unknown>;
  const entries = Object.entries(typeof id === "string" || id === undefined ? rest : schema);
  const found: Record<string, unknown> = {};
  for (const [keyword, value] of entries) {
    const isNamed =
      named.has(keyword) && typeof value === "object" && value !== null && !Array.isArray(value);
    if (keyword === "enum" || keyword === "const" || keyword === "default" || keyword === "examples")
      found[keyword] = value;
    else if (isNamed)
      found[keyword] = Object.fromEntries(
        Object.entries(value).map(([name, each]) => [name, asDraft7(each)]),
      );
    else found[keyword] = asDraft7(value);
  }
  for (const [open, closed] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    if (found[open] === true) {
      found[open] = found[closed];
      delete found[closed];
    } else if (found[open] === false) delete found[open];
  }
  return found;
}
