import type { JsonValue } from "@llamero/core";
import type { Row } from "../../task.ts";
import { isSameValue, type NamedCall, plainName } from "./call-matching.ts";
import { isRow } from "./special-task.ts";

/** A function as the records describe it. */
export interface BfclFunction {
  name: string;
  description: string;
  properties: Readonly<Record<string, Row>>;
  required: readonly string[];
}

/** What a call must be: a name, and for each argument the values that are accepted; "" where it may be left out. */
export interface BfclAnswer {
  name: string;
  arguments: Readonly<Record<string, readonly unknown[]>>;
}

type JsonType = "string" | "integer" | "number" | "boolean" | "array" | "object" | "any";

// Types of Python, Java and JavaScript as the records name them.
const jsonTypes: Readonly<Record<string, JsonType>> = {
  string: "string",
  str: "string",
  char: "string",
  integer: "integer",
  int: "integer",
  long: "integer",
  float: "number",
  double: "number",
  number: "number",
  boolean: "boolean",
  bool: "boolean",
  array: "array",
  list: "array",
  tuple: "array",
  arraylist: "array",
  dict: "object",
  object: "object",
  hashmap: "object",
};

/** JSON Schema's name of a type; `any` for those it has none for. */
export function jsonType(type: unknown): JsonType {
  return jsonTypes[String(type).toLowerCase()] ?? "any";
}

const holds: { readonly [T in JsonType]: (value: unknown) => boolean } = {
  string: (value) => typeof value === "string",
  integer: Number.isInteger,
  // An integer is taken for a float, not the other way.
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: isRow,
  any: () => true,
};

function hasType(value: unknown, schema: Row): boolean {
  if (!holds[jsonType(schema["type"])](value)) return false;
  const { items } = schema;
  return !Array.isArray(value) || !isRow(items) || value.every((one) => hasType(one, items));
}

/** Whether a value is one of those accepted. Values of fields of an accepted object are lists of accepted ones again. */
function isAccepted(value: unknown, accepted: readonly unknown[]): boolean {
  return accepted.some((option) => {
    if (isRow(value) && isRow(option)) return isAcceptedObject(value, option);
    if (Array.isArray(value) && Array.isArray(option) && option.some(isRow)) {
      return value.length === option.length && value.every((one, at) => isAccepted(one, [option[at]]));
    }
    return isSameValue(value, option);
  });
}

const optionsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function isAcceptedObject(value: Row, option: Row): boolean {
  for (const [key, one] of Object.entries(value)) {
    if (!Object.hasOwn(option, key)) return false;
    // A list among the options of a list is literal; the plain field of a plain object too.
    if (!isAccepted(one, optionsOf(option[key])) && !isSameValue(one, option[key])) return false;
  }
  return Object.keys(option).every((key) => Object.hasOwn(value, key) || optionsOf(option[key]).includes(""));
}

/** What is wrong with a call, or null where it is right. */
export function checkCall(
  call: NamedCall,
  answer: BfclAnswer,
  functions: readonly BfclFunction[],
): string | null {
  const described = functions.find(({ name }) => plainName(name) === plainName(answer.name));
  if (described === undefined) return `There is no function ${answer.name}`;
  if (plainName(call.name) !== plainName(answer.name)) return `Calls ${call.name}, not ${answer.name}`;
  for (const name of described.required) {
    if (!Object.hasOwn(call.arguments, name)) return `Leaves out the required ${name}`;
  }
  for (const [name, value] of Object.entries(call.arguments)) {
    const schema = described.properties[name];
    const accepted = answer.arguments[name];
    if (schema === undefined || accepted === undefined) return `Gives ${name}, which is not expected`;
    // Records accept a variable's name, a text, in place of a value of another type.
    const isVariable = accepted.some(
      (one) => one !== "" && typeof one === typeof value && !hasType(one, schema),
    );
    if (!hasType(value, schema) && !isVariable) {
      return `Gives ${JSON.stringify(value)} for ${name}, which is no ${schema["type"]}`;
    }
    if (!isAccepted(value, accepted))
      return `Gives ${JSON.stringify(value)} for ${name}, which is not accepted`;
  }
  for (const [name, accepted] of Object.entries(answer.arguments)) {
    if (!Object.hasOwn(call.arguments, name) && !accepted.includes("")) return `Leaves out ${name}`;
  }
  return null;
}

/** The first accepted value of everything. */
export function referenceCall({ name, arguments: args }: BfclAnswer): NamedCall {
  const given = Object.entries(args).flatMap(([key, accepted]): [string, JsonValue][] => {
    const value = accepted.find((one) => one !== "");
    return value === undefined ? [] : [[key, referenceValue(value)]];
  });
  return { name: plainName(name), arguments: Object.fromEntries(given) };
}

function referenceValue(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(referenceValue);
  if (!isRow(value)) return value as JsonValue;
  const fields = Object.entries(value).flatMap(([key, options]): [string, JsonValue][] => {
    const first = optionsOf(options).find((one) => one !== "");
    return first === undefined ? [] : [[key, referenceValue(first)]];
  });
  return Object.fromEntries(fields);
}
