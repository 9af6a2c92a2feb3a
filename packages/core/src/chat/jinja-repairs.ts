import type { Environment } from "@huggingface/jinja";
import {
  isTruthy,
  itemsOf,
  type JsonOptions,
  pythonStr,
  type RuntimeScope,
  type RuntimeValue,
  toJson,
  type Values,
  valuesOf,
} from "./jinja-values.ts";
import { strip, stripEnd, stripStart } from "./python-text.ts";

// @huggingface/jinja 0.5 lacks some filters, and trims, counts and writes values and JSON as JavaScript does. Uses of
// those are rewritten in the parsed template into calls of the functions below.

interface Node {
  type: string;
  [key: string]: unknown;
}

type Repair = (
  args: RuntimeValue[],
  keywords: ReadonlyMap<string, RuntimeValue>,
  values: Values,
  scope: Environment,
) => RuntimeValue;

const text = (value: RuntimeValue | undefined): string => (value === undefined ? "" : pythonStr(value));

/** As Python compares: True is 1. */
const plain = (value: RuntimeValue | undefined): unknown =>
  value?.type === "BooleanValue" ? Number(value.value) : value?.value;

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
  string: ([value], _keywords, values) => values.string(text(value)),
  count: ([list], _keywords, values) => values.integer(itemsOf(list, values).length),
  length: ([list], _keywords, values) =>
    values.integer(list?.value == null ? 0 : itemsOf(list, values).length),
  list: ([list], _keywords, values) => values.array(itemsOf(list, values)),
};

const methods: Readonly<Record<string, Repair>> = {
  strip: ([value, characters], _keywords, values) => values.string(stripBy(text(value), characters, "both")),
  lstrip: ([value, characters], _keywords, values) =>
    values.string(stripBy(text(value), characters, "start")),
  rstrip: ([value, characters], _keywords, values) => values.string(stripBy(text(value), characters, "end")),
  index: ([list, wanted], _keywords, values) => {
    const at =
      list?.type === "StringValue"
        ? text(list).indexOf(text(wanted))
        : itemsOf(list).findIndex((item) => plain(item) === plain(wanted));
    if (at === -1) throw new RangeError(`${text(wanted)} is not in ${text(list)}`);
    return values.integer(at);
  },
  join: ([separator, list], _keywords, values) =>
    values.string(itemsOf(list).map(text).join(text(separator))),
};

/** What stands between expressions and output, and in operators. */
const others: Readonly<Record<string, Repair>> = {
  print: ([value], _keywords, values) => values.string(text(value)),
  concatenate: ([left, right], _keywords, values) => values.string(text(left) + text(right)),
  // No mapping has a list or the like as a key: looking it up gives undefined instead of an error.
  key: ([value], _keywords, values) =>
    value!.type === "BooleanValue"
      ? values.integer(Number(value!.value))
      : value!.type === "StringValue" || value!.type === "IntegerValue"
        ? value!
        : values.string("no such key\0"),
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
  if (node instanceof Map) {
    for (const pair of node) rewrite(pair, used);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const object = node as Node;
  for (const child of Object.values(object)) rewrite(child, used);
  if (object.type === "FilterExpression") rewriteFilter(object, used);
  else if (object.type === "CallExpression") rewriteMethod(object, used);
  else if (object.type === "BinaryExpression") rewriteOperator(object, used);
  else if (object.type === "MemberExpression") rewriteKey(object, used);
  for (const block of ["body", "alternate", "defaultBlock"]) printExpressions(object[block], used);
}

const printable = /^(?!String)\w+Literal$|^(?!Keyword|Spread)\w+Expression$|^Identifier$|^Ternary$/;

/** Output is written as Python writes it: True, None, ['a']. */
function printExpressions(block: unknown, used: Map<string, Repair>): void {
  if (!Array.isArray(block)) return;
  block.forEach((node: Node, index) => {
    if (printable.test(node.type)) block[index] = callOf("print", [node], used);
  });
}

function rewriteOperator(node: Node, used: Map<string, Repair>): void {
  if ((node["operator"] as Node)["value"] !== "~") return;
  const args = [node["left"], node["right"]];
  toCall(node, "concatenate expressions", args);
  used.set("concatenate expressions", others["concatenate"]!);
}

function rewriteKey(node: Node, used: Map<string, Repair>): void {
  const property = node["property"] as Node;
  if (node["computed"] === true && !/^(Slice|Unary)Expression$|Literal$/.test(property.type))
    node["property"] = callOf("key", [property], used);
}

function callOf(name: string, args: unknown[], used: Map<string, Repair>): Node {
  const node: Node = { type: "" };
  toCall(node, `${name} expression`, args);
  used.set(`${name} expression`, others[name]!);
  return node;
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
