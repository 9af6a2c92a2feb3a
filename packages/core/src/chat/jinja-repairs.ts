import type { Environment } from "@huggingface/jinja";
import { pythonFloat, pythonJsonString, pythonNumber, strip, stripEnd, stripStart } from "./python-text.ts";

// @huggingface/jinja 0.5 lacks some filters and trims and writes JSON as JavaScript does. Uses of those are
// rewritten in the parsed template into calls of the functions below. Runtime values are told by their `type`.

/** A value inside the interpreter. */
interface RuntimeValue {
  type: string;
  value: unknown;
}

type RuntimeFunction = (args: RuntimeValue[], scope: Environment) => RuntimeValue;

interface Node {
  type: string;
  [key: string]: unknown;
}

/** Makes runtime values; their classes are not exported, so they are taken from what an environment makes. */
interface Values {
  string(text: string): RuntimeValue;
  integer(value: number): RuntimeValue;
  array(items: RuntimeValue[]): RuntimeValue;
  wrap(run: RuntimeFunction): RuntimeValue;
}

type Repair = (
  args: RuntimeValue[],
  keywords: ReadonlyMap<string, RuntimeValue>,
  values: Values,
  scope: Environment,
) => RuntimeValue;

const text = (value: RuntimeValue | undefined): string => (value === undefined ? "" : pythonStr(value));

const select =
  (wanted: boolean): Repair =>
  ([list, testName, ...rest], _keywords, values, scope) => {
    const name = testName === undefined ? "" : text(testName);
    const test = testName === undefined ? isTruthy : (scope as unknown as RuntimeTests).tests.get(name);
    if (test === undefined) throw new TypeError(`Unknown test: ${name}`);
    return values.array(itemsOf(list).filter((item) => test(item, ...rest) === wanted));
  };

/** Functions by the filter or method that they stand for. */
const filters: Readonly<Record<string, Repair>> = {
  trim: ([value], _keywords, values) => values.string(strip(text(value))),
  tojson: ([value], keywords, values) => values.string(toJson(value!, readJsonOptions(keywords), 0)),
  select: select(true),
  reject: select(false),
  count: ([list], _keywords, values) => values.integer(itemsOf(list).length),
  list: ([list], _keywords, values) => values.array(itemsOf(list, values)),
};

const methods: Readonly<Record<string, Repair>> = {
  strip: ([value, characters], _keywords, values) => values.string(stripBy(text(value), characters, "both")),
  lstrip: ([value, characters], _keywords, values) =>
    values.string(stripBy(text(value), characters, "start")),
  rstrip: ([value, characters], _keywords, values) => values.string(stripBy(text(value), characters, "end")),
};

/** Rewrites a parsed template in place; the result puts the functions it now needs into an environment. */
export function repairTemplate(program: unknown): (environment: Environment) => void {
  const used = new Map<string, Repair>();
  rewrite(program as Node, used);
  return (environment) => {
    const values = valuesOf(environment);
    for (const [name, repair] of used)
      (environment as unknown as RuntimeScope).variables.set(
        name,
        values.wrap((args, scope) => {
          const last = args.at(-1);
          const hasKeywords = last?.type === "KeywordArgumentsValue";
          const keywords = hasKeywords
            ? (last.value as Map<string, RuntimeValue>)
            : new Map<string, RuntimeValue>();
          return repair(hasKeywords ? args.slice(0, -1) : args, keywords, values, scope);
        }),
      );
    const runtime = environment as unknown as RuntimeTests;
    runtime.tests = new Map([...runtime.tests, ...moreTests]);
  };
}

interface RuntimeScope {
  variables: Map<string, RuntimeValue>;
}

interface RuntimeTests {
  tests: ReadonlyMap<string, (...values: RuntimeValue[]) => boolean>;
}

const iterable = new Set(["ArrayValue", "TupleValue", "StringValue", "ObjectValue"]);

const moreTests: readonly [string, (...values: RuntimeValue[]) => boolean][] = [
  ["iterable", (value) => iterable.has(value!.type)],
  ["ne", (a, b) => a!.value !== b?.value],
  ["==", (a, b) => a!.value === b?.value],
  ["in", (value, list) => itemsOf(list).some((item) => item.value === value!.value)],
  ["float", (value) => value!.type === "FloatValue"],
];

function rewrite(node: unknown, used: Map<string, Repair>): void {
  if (Array.isArray(node)) {
    for (const each of node) rewrite(each, used);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const object = node as Node;
  for (const child of Object.values(object)) rewrite(child, used);
  if (object.type === "FilterExpression") rewriteFilter(object, used);
  else if (object.type === "CallExpression") rewriteMethod(object, used);
}

function rewriteFilter(node: Node, used: Map<string, Repair>): void {
  const filter = node["filter"] as Node;
  const isCall = filter.type === "CallExpression";
  const name = String(isCall ? (filter["callee"] as Node)["value"] : filter["value"]);
  const repair = Object.hasOwn(filters, name) ? filters[name] : undefined;
  if (repair === undefined) return;
  toCall(node, `filter ${name}`, [node["operand"], ...(isCall ? (filter["args"] as Node[]) : [])]);
  used.set(`filter ${name}`, repair);
}

function rewriteMethod(node: Node, used: Map<string, Repair>): void {
  const callee = node["callee"] as Node;
  if (callee.type !== "MemberExpression" || callee["computed"] === true) return;
  const name = String((callee["property"] as Node)["value"]);
  const repair = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (repair === undefined) return;
  toCall(node, `method ${name}`, [callee["object"], ...(node["args"] as Node[])]);
  used.set(`method ${name}`, repair);
}

// The name holds a space, so no template can declare or call it.
function toCall(node: Node, name: string, args: unknown[]): void {
  for (const key of Object.keys(node)) if (key !== "type") delete node[key];
  node.type = "CallExpression";
  node["callee"] = { type: "Identifier", value: name };
  node["args"] = args;
}

function valuesOf(environment: Environment): Values {
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

function isTruthy(value: RuntimeValue): boolean {
  if (Array.isArray(value.value)) return value.value.length > 0;
  if (value.value instanceof Map) return value.value.size > 0;
  return Boolean(value.value);
}

function itemsOf(list: RuntimeValue | undefined, values?: Values): RuntimeValue[] {
  if (Array.isArray(list?.value)) return list.value as RuntimeValue[];
  if (list?.value instanceof Map && values !== undefined) return [...list.value.keys()].map(values.string);
  if (typeof list?.value === "string" && values !== undefined) return [...list.value].map(values.string);
  if (list?.value instanceof Map) return [...(list.value as Map<string, RuntimeValue>).values()];
  throw new TypeError(`A filter needs a list, not ${list?.type ?? "nothing"}`);
}

function pythonStr(value: RuntimeValue): string {
  if (value.type === "FloatValue") return pythonFloat(value.value as number);
  if (value.type === "IntegerValue") return pythonNumber(value.value as number);
  if (value.type === "UndefinedValue") return "";
  if (value.value === null) return "None";
  if (typeof value.value === "boolean") return value.value ? "True" : "False";
  return String(value.value);
}

function stripBy(
  value: string,
  characters: RuntimeValue | undefined,
  side: "both" | "start" | "end",
): string {
  if (characters === undefined || characters.value === null)
    return side === "both" ? strip(value) : side === "start" ? stripStart(value) : stripEnd(value);
  const all = [...value];
  const drop = new Set(text(characters));
  let from = 0;
  let to = all.length;
  if (side !== "end") while (from < to && drop.has(all[from]!)) from++;
  if (side !== "start") while (to > from && drop.has(all[to - 1]!)) to--;
  return all.slice(from, to).join("");
}

interface JsonOptions {
  indent: number | null;
  asciiOnly: boolean;
  sortKeys: boolean;
  itemSeparator: string;
  keySeparator: string;
}

function readJsonOptions(keywords: ReadonlyMap<string, RuntimeValue>): JsonOptions {
  const indent = keywords.get("indent")?.value;
  const separators = keywords.get("separators")?.value as RuntimeValue[] | null | undefined;
  return {
    indent: typeof indent === "number" ? indent : null,
    asciiOnly: keywords.get("ensure_ascii")?.value === true,
    sortKeys: keywords.get("sort_keys")?.value === true,
    itemSeparator: separators ? text(separators[0]) : typeof indent === "number" ? "," : ", ",
    keySeparator: separators ? text(separators[1]) : ": ",
  };
}

/** Python's json.dumps of a runtime value, which still knows 1.0 from 1. */
function toJson(input: RuntimeValue, options: JsonOptions, depth: number): string {
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
