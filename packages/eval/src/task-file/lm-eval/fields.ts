import { type JinjaTemplate, parseJinjaTemplate } from "@llamero/core";
import type { Row } from "../../task.ts";
import { parsePythonLiteral } from "./python-literal.ts";

/** What a field of the configuration gives for a record. */
export type FieldValue = string | number | readonly unknown[];

/** A field such as `doc_to_text`: the name of a field of the record, a Jinja template, or a value as it is. */
export class DocField {
  readonly #key: string;
  readonly #source: unknown;
  readonly #template: JinjaTemplate | null;

  /** Throws SyntaxError that names the key where the template cannot be parsed. */
  constructor(key: string, source: unknown) {
    this.#key = key;
    this.#source = source;
    try {
      this.#template = typeof source === "string" ? parseJinjaTemplate(source, { keepsSpace: true }) : null;
    } catch (cause) {
      throw new SyntaxError(`${key}: ${reasonOf(cause)}`, { cause });
    }
  }

  /** A text, a number of a numeric field, or the list that stands in the configuration or the record. */
  valueFor(row: Row): unknown {
    if (this.#template === null) return this.#source;
    const source = this.#source as string;
    return Object.hasOwn(row, source) ? row[source] : this.render(row);
  }

  /** Throws SyntaxError that names a field which the record lacks. */
  render(row: Row): string {
    const source = this.#source as string;
    const values: Record<string, unknown> = {};
    for (const name of this.#template!.names) {
      if (Object.hasOwn(row, name)) values[name] = row[name];
      else if (!source.includes("defined")) throw new SyntaxError(missing(this.#key, name, row));
    }
    try {
      return this.#template!.render(values, new Date(0));
    } catch (cause) {
      throw new SyntaxError(`${this.#key}: ${reasonOf(cause)}`, { cause });
    }
  }
}

function missing(key: string, name: string, { _file: _, ...row }: Row): string {
  return `${key} names the field ${name}, which the record lacks; it has ${Object.keys(row).join(", ")}`;
}

const reasonOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).replace("the chat template", "the template");

/** The choices of a record: a list, the values of a mapping, or a template that writes a list. */
export function choicesFor(field: DocField, row: Row): string[] {
  let value = field.valueFor(row);
  if (typeof value === "string") value = parsePythonLiteral(value);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) value = Object.values(value);
  if (Array.isArray(value) && value.length > 0) return value.map(pythonText);
  throw new SyntaxError(`doc_to_choice must give a list of choices, not ${JSON.stringify(value)}`);
}

/** What `doc_to_text` or `doc_to_target` gives; digits are the place of a choice where there are choices. */
export function fieldValue(field: DocField, row: Row, hasChoices: boolean): FieldValue {
  const value = field.valueFor(row);
  if (typeof value === "number" || Array.isArray(value)) return value;
  if (typeof value === "boolean") return Number(value);
  const text = pythonText(value);
  if (hasChoices && /^\d+$/.test(text)) return Number(text);
  if (!/^\[.*\]$/s.test(text)) return text;
  try {
    const list = parsePythonLiteral(text);
    return Array.isArray(list) ? list : text;
  } catch (cause) {
    if (cause instanceof SyntaxError) return text;
    throw cause;
  }
}

/** `str()` of plain data. */
export function pythonText(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
