import type { Row } from "../../task.ts";
import type { FieldType } from "./generation-row.ts";

/** Value below a path of field names and list positions (`answers.text.0`); undefined where there is none. */
export function valueAt(row: Row, path: string): unknown {
  // A field may have a dot or a space in its name.
  if (Object.hasOwn(row, path)) return row[path];
  let value: unknown = row;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Row)[step];
  }
  return value;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((part) => typeof part === "string");
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;
const isObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const checks: { readonly [T in FieldType]: { holds: string; test: (value: unknown) => boolean } } = {
  text: { holds: "a text", test: (value) => typeof value === "string" },
  "text?": { holds: "a text or null", test: (value) => isAbsent(value) || typeof value === "string" },
  number: { holds: "a number", test: (value) => typeof value === "number" },
  boolean: { holds: "true or false", test: (value) => typeof value === "boolean" },
  "text or number": {
    holds: "a text or a number",
    test: (value) => typeof value === "string" || typeof value === "number" || typeof value === "bigint",
  },
  "text or list": {
    holds: "a text or a list of texts",
    test: (value) => typeof value === "string" || isTexts(value),
  },
  texts: { holds: "a list of texts", test: isTexts },
  "texts?": { holds: "a list of texts or null", test: (value) => isAbsent(value) || isTexts(value) },
  list: { holds: "a list", test: Array.isArray },
  "list or object": {
    holds: "a list or an object",
    test: (value) => Array.isArray(value) || isObject(value),
  },
  object: { holds: "an object", test: isObject },
  "object?": { holds: "an object or null", test: (value) => isAbsent(value) || isObject(value) },
};

/** Throws a SyntaxError that names the field which is missing or holds something else. */
export function checkFields(task: string, fields: Readonly<Record<string, FieldType>>, row: Row): void {
  for (const [path, type] of Object.entries(fields)) {
    const value = valueAt(row, path);
    if (checks[type].test(value)) continue;
    const found = value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80);
    throw new SyntaxError(
      `A record of ${task} must hold ${checks[type].holds} in the field "${path}", not ${found}; check that the file is the one that is published for this set`,
    );
  }
}

/** A value as text: lists line by line. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join("\n");
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The template with fields in place of `{path}`; braces that hold no path of the record stay as they are. */
export function fillTemplate(template: string, values: Row): string {
  return template.replace(/\{([A-Za-z_][\w.]*)\}/g, (whole, path: string) => {
    const value = valueAt(values, path);
    return value === undefined ? whole : textOf(value);
  });
}
