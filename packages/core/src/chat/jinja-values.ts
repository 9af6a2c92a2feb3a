import type { Environment } from "@huggingface/jinja";
import { pythonFloat, pythonJsonString, pythonNumber, pythonStringRepr } from "./python-text.ts";

// Values of @huggingface/jinja's interpreter, told by their `type`, and how Python writes them.

/** A value inside the interpreter. */
export interface RuntimeValue {
  type: string;
  value: unknown;
}

/** What a function in a template is. */
export type RuntimeFunction = (args: RuntimeValue[], scope: Environment) => RuntimeValue;

/** Makes runtime values; their classes are not exported, so they are taken from what an environment makes. */
export interface Values {
  string(text: string): RuntimeValue;
  integer(value: number): RuntimeValue;
  array(items: RuntimeValue[]): RuntimeValue;
  wrap(run: RuntimeFunction): RuntimeValue;
}

/** Where an environment keeps its variables. */
export interface RuntimeScope {
  variables: Map<string, RuntimeValue>;
}

/** The makers of an environment's values. */
export function valuesOf(environment: Environment): Values {
  const sample = (value: unknown): (new (value: unknown) => RuntimeValue) => {
    const name = `sample ${typeof value} ${Array.isArray(value)}`;
    const made = environment.set(name, value) as unknown as RuntimeValue;
    (environment as unknown as RuntimeScope).variables.delete(name);
    return made.constructor as new (
      value: unknown,
    ) => RuntimeValue;
  };
  const StringValue = sample("");
  const IntegerValue = sample(0);
  const ArrayValue = sample([]);
  const FunctionValue = sample(() => null);
  return {
    string: (value) => new StringValue(value),
    integer: (value) => new IntegerValue(value),
    array: (items) => new ArrayValue(items),
    wrap: (run) => new FunctionValue(run),
  };
}

/** Whether a condition takes the value for true. */
export function isTruthy(value: RuntimeValue): boolean {
  if (Array.isArray(value.value)) return value.value.length > 0;
  if (value.value instanceof Map) return value.value.size > 0;
  return Boolean(value.value);
}

/** The items of a list; with makers, also the keys of a mapping and the characters of a text. */
export function itemsOf(list: RuntimeValue | undefined, values?: Values): RuntimeValue[] {
  if (Array.isArray(list?.value)) return list.value as RuntimeValue[];
  if (list?.value instanceof Map && values !== undefined) return [...list.value.keys()].map(values.string);
  if (typeof list?.value === "string" && values !== undefined) return [...list.value].map(values.string);
  if (list?.value instanceof Map) return [...(list.value as Map<string, RuntimeValue>).values()];
  throw new TypeError(`A filter needs a list, not ${list?.type ?? "nothing"}`);
}

/** Python's `str(value)`, but nothing for what is undefined. */
export function pythonStr(value: RuntimeValue): string {
  if (value.type === "FloatValue") return pythonFloat(value.value as number);
  if (value.type === "IntegerValue") return pythonNumber(value.value as number);
  if (value.type === "UndefinedValue") return "";
  if (value.type === "NullValue") return "None";
  if (typeof value.value === "boolean") return value.value ? "True" : "False";
  return typeof value.value === "string" ? value.value : pythonRepr(value);
}

/** Python's `repr(value)`. */
function pythonRepr(input: RuntimeValue): string {
  const { value } = input;
  if (typeof value === "string") return pythonStringRepr(value);
  if (value instanceof Map) {
    const entries = [...(value as Map<string, RuntimeValue>)];
    return `{${entries.map(([key, item]) => `${pythonStringRepr(key)}: ${pythonRepr(item)}`).join(", ")}}`;
  }
  if (!Array.isArray(value))
    return typeof value === "number" || value === true || value === false || value == null
      ? pythonStr(input)
      : String(value);
  const items = (value as RuntimeValue[]).map(pythonRepr);
  if (input.type !== "TupleValue") return `[${items.join(", ")}]`;
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
}

/** How json.dumps is asked to write. */
export interface JsonOptions {
  indent: number | null;
  asciiOnly: boolean;
  sortKeys: boolean;
  itemSeparator: string;
  keySeparator: string;
}

/** Python's json.dumps of a runtime value, which still knows 1.0 from 1. */
export function toJson(input: RuntimeValue, options: JsonOptions, depth: number): string {
  const { value, type } = input;
  if (typeof value === "string") return pythonJsonString(value, options.asciiOnly);
  if (typeof value === "number") return type === "FloatValue" ? pythonFloat(value) : pythonNumber(value);
  if (typeof value === "boolean") return String(value);
  if (value === null || value === undefined) return "null";
  const isArray = Array.isArray(value);
  if (!isArray && !(value instanceof Map)) throw new TypeError(`A value of type ${type} has no JSON form`);
  const entries = isArray ? [] : [...(value as Map<string, RuntimeValue>)];
  if (options.sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const items = isArray
    ? (value as RuntimeValue[]).map((item) => toJson(item, options, depth + 1))
    : entries.map(
        ([key, item]) =>
          `${pythonJsonString(key, options.asciiOnly)}${options.keySeparator}${toJson(item, options, depth + 1)}`,
      );
  const [open, close] = isArray ? "[]" : "{}";
  if (items.length === 0) return `${open}${close}`;
  if (options.indent === null) return `${open}${items.join(options.itemSeparator)}${close}`;
  const outer = `\n${" ".repeat(options.indent * depth)}`;
  const inner = outer + " ".repeat(options.indent);
  return `${open}${inner}${items.join(options.itemSeparator + inner)}${outer}${close}`;
}
