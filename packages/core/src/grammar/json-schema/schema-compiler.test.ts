import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "../../chat/message.ts";
import type { Whitespace } from "../json-text.ts";
import { dead, StateSpace } from "../state-space.ts";
import { compileSchema } from "./schema-compiler.ts";
import { SchemaError } from "./schema-error.ts";

const utf8 = new TextEncoder();

function createMatcher(schema: JsonValue, whitespace?: Whitespace): (text: string) => boolean {
  const space = new StateSpace(compileSchema(schema, whitespace === undefined ? {} : { whitespace }));
  return (text) => {
    const state = space.advance(space.start, utf8.encode(text));
    return state !== dead && space.isComplete[state]!;
  };
}

interface Case {
  schema: JsonValue;
  good: readonly string[];
  bad: readonly string[];
}

const object = (properties: JsonValue, rest: Readonly<Record<string, JsonValue>> = {}): JsonValue => ({
  type: "object",
  properties,
  ...rest,
});
const cases: Readonly<Record<string, Case>> = {
  "no keyword": {
    schema: {},
    good: ['{"a": [1, 2, {"b": null}], "c": "x\\u00e9"}', "1", '"a"', "[]", "{}"],
    bad: ["{a}", "[1,]", "01", "NaN", '"\\ud800"'],
  },
  type: { schema: { type: ["integer", "null"] }, good: ["1", "-3", "null"], bad: ["1.5", '"1"', "true"] },
  enum: {
    schema: { enum: [1, "a", null, { x: [1] }] },
    good: ["1", '"a"', "null", '{"x": [1]}'],
    bad: ["2", '"b"'],
  },
  const: { schema: { const: "é" }, good: ['"é"'], bad: ['"e"'] },
  properties: {
    schema: object({ a: { type: "integer" }, b: { type: "string", maxLength: 3 } }, { required: ["a"] }),
    good: ['{"a":1}', '{"a": 1, "b": "xyz"}', '{\n  "a": 12\n}'],
    bad: ["{}", '{"b":"x"}', '{"a":1,"b":"wxyz"}', '{"a":1,"c":1}', '{"b":"x","a":1}'],
  },
  additionalProperties: {
    schema: object({ a: { type: "string" } }, { additionalProperties: { type: "integer" } }),
    good: ['{"a":"s","b":1}', '{"ab":1}', "{}"],
    bad: ['{"a":1}', '{"b":"s"}'],
  },
  patternProperties: {
    schema: object({}, { patternProperties: { "^x-": { type: "integer" }, y$: { minimum: 5 } } }),
    good: ['{"x-b":1}', '{"x-y":5}', "{}"],
    bad: ['{"x-b":"s"}', '{"b":1}', '{"x-y":4}'],
  },
  propertyNames: {
    schema: { type: "object", propertyNames: { pattern: "^[a-z]+$" } },
    good: ['{"abc":1}', "{}"],
    bad: ['{"A":1}'],
  },
  maxProperties: {
    schema: { type: "object", additionalProperties: { type: "integer" }, maxProperties: 2 },
    good: ["{}", '{"a":1,"b":2}'],
    bad: ['{"a":1,"b":2,"c":3}', '{"a":"x"}'],
  },
  minProperties: {
    schema: object({ a: {}, b: {} }, { minProperties: 1 }),
    good: ['{"a":1}', '{"b":1}'],
    bad: ["{}"],
  },
  dependentRequired: {
    schema: object({ a: {}, b: {} }, { dependentRequired: { a: ["b"] } }),
    good: ['{"a":1,"b":1}', '{"b":1}', "{}"],
    bad: ['{"a":1}'],
  },
  "minItems and maxItems": {
    schema: { type: "array", items: { type: "boolean" }, minItems: 2, maxItems: 3 },
    good: ["[true, false]", "[true,true,true]"],
    bad: ["[true]", "[]", "[true,true,true,true]"],
  },
  prefixItems: {
    schema: { type: "array", prefixItems: [{ type: "integer" }, { type: "string" }], items: false },
    good: ["[]", "[1]", '[1, "a"]'],
    bad: ['["a"]', '[1,"a",2]'],
  },
  contains: {
    schema: { type: "array", contains: { const: 1 }, items: { type: "integer" }, maxItems: 3 },
    good: ["[1]", "[2, 1]", "[1,3]", "[1,1,1]"],
    bad: ["[]", "[2]", "[2,2,2,1]"],
  },
  uniqueItems: {
    schema: { type: "array", uniqueItems: true, items: { enum: ["a", "b"] } },
    good: ["[]", '["a"]', '["a", "b"]', '["b"]'],
    bad: ['["a","a"]'],
  },
  "minLength and maxLength": {
    schema: { type: "string", minLength: 2, maxLength: 4 },
    good: ['"ab"', '"äöü"', '"\\ud83d\\ude00a"', '"😀😀"', '"\\n\\n"'],
    bad: ['"a"', '"abcde"', '"\\ud83d\\ude00"'],
  },
  "pattern, found anywhere": {
    schema: { type: "string", pattern: "b" },
    good: ['"abc"', '"\\nb"'],
    bad: ['"a"'],
  },
  "pattern, anchored in its alternatives": {
    schema: { type: "string", pattern: "^a|b$" },
    good: ['"axx"', '"xxb"'],
    bad: ['"xx"', '"ba "'],
  },
  "pattern with a lookahead": {
    schema: { type: "string", pattern: "^(?!foo)[a-z]+$" },
    good: ['"abc"', '"fo"'],
    bad: ['"foo"', '"foox"'],
  },
  "pattern with a length beside it": {
    schema: { type: "string", pattern: "^a*$", minLength: 2, maxLength: 3 },
    good: ['"aa"', '"aaa"'],
    bad: ['"a"', '"aaaa"'],
  },
  "pattern with a long repeat": {
    schema: { type: "string", pattern: "^[a-z]{2,40}-\\d$" },
    good: ['"ab-1"', `"${"a".repeat(40)}-1"`],
    bad: ['"a-1"', `"${"a".repeat(41)}-1"`],
  },
  "integer bounds": {
    schema: { type: "integer", minimum: 5, maximum: 120 },
    good: ["5", "9", "10", "99", "100", "120"],
    bad: ["4", "121", "1", "0", "-5", "1000", "05", "5.0"],
  },
  "number bounds": {
    schema: { type: "number", minimum: -1.5, exclusiveMaximum: 2.25 },
    good: ["-1.5", "0", "2.2499", "-0.5", "1.999", "2"],
    bad: ["-1.51", "2.25", "3", "-2", "2.250", "1e1"],
  },
  "exclusiveMinimum of 0": {
    schema: { type: "number", exclusiveMinimum: 0 },
    good: ["0.1", "1", "123.5"],
    bad: ["0", "0.0", "-1", "-0"],
  },
  "multipleOf an integer": {
    schema: { type: "integer", multipleOf: 7 },
    good: ["0", "14", "-21", "700"],
    bad: ["1", "8"],
  },
  "multipleOf a decimal": {
    schema: { type: "number", multipleOf: 0.25 },
    good: ["0.25", "1", "3.5"],
    bad: ["0.1", "0.3"],
  },
  anyOf: { schema: { anyOf: [{ type: "integer" }, { const: "x" }] }, good: ["1", '"x"'], bad: ['"y"'] },
  oneOf: {
    schema: {
      oneOf: [
        object({ k: { const: "a" }, x: { type: "integer" } }, { required: ["k"] }),
        object({ k: { const: "b" }, y: { type: "integer" } }, { required: ["k"] }),
      ],
    },
    good: ['{"k":"a","x":1}', '{"k":"b","y":1}'],
    bad: ['{"k":"b","x":1}'],
  },
  allOf: {
    schema: {
      type: "object",
      allOf: [
        { properties: { a: { type: "string" } } },
        { properties: { a: { maxLength: 2 }, b: { type: "integer" } }, required: ["b"] },
      ],
    },
    good: ['{"a":"xy","b":1}', '{"b":1}'],
    bad: ['{"a":"xyz","b":1}', "{}"],
  },
  "if, then and else": {
    schema: object(
      { k: { type: "string" }, x: { type: "integer" }, y: { type: "integer" } },
      {
        if: { properties: { k: { const: "a" } }, required: ["k"] },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: { required: ["x"] },
        else: { required: ["y"] },
      },
    ),
    good: ['{"k":"a","x":1}', '{"k":"b","y":1}', '{"y":1}'],
    bad: ['{"k":"a"}', '{"k":"b"}', '{"k":"a","y":1}'],
  },
  "oneOf of schemas that overlap": {
    schema: {
      oneOf: [
        { type: "string", maxLength: 5 },
        { type: "string", minLength: 3 },
        { type: "integer", minimum: 0 },
      ],
    },
    good: ['"ab"', '"abcdef"', "0", "7"],
    bad: ['"abc"', '"abcde"', "-1"],
  },
  "oneOf of required names": {
    schema: object({ a: {}, b: {} }, { oneOf: [{ required: ["a"] }, { required: ["b"] }] }),
    good: ['{"a":1}', '{"b":1}'],
    bad: ["{}", '{"a":1,"b":1}'],
  },
  "if on any condition": {
    schema: {
      type: ["integer", "string"],
      if: { type: "integer", minimum: 10 },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { maximum: 12 },
      else: { enum: [1, "a"] },
    },
    good: ["10", "12", "1", '"a"'],
    bad: ["13", "2", '"b"'],
  },
  "dependentSchemas and dependencies": {
    schema: object(
      { a: {}, b: {}, c: { type: "integer" } },
      { dependentSchemas: { a: { required: ["c"] } }, dependencies: { b: ["a"], c: { required: ["b"] } } },
    ),
    good: ["{}", '{"a":1,"b":1,"c":1}'],
    bad: ['{"a":1}', '{"b":1}', '{"c":1}', '{"a":1,"c":1}'],
  },
  "exclusive bounds of draft 4": {
    schema: { type: "integer", minimum: 1, exclusiveMinimum: true, maximum: 3, exclusiveMaximum: true },
    good: ["2"],
    bad: ["1", "3"],
  },
  "items in a list, as drafts before 2020-12 write it": {
    schema: { type: "array", items: [{ type: "integer" }, { type: "null" }], additionalItems: false },
    good: ["[]", "[1,null]"],
    bad: ["[null]", "[1,null,1]"],
  },
  "words that are no keyword as notes": {
    schema: { id: "a", self: { name: "x" }, _format: "date", type: "null" },
    good: ["null"],
    bad: ["1"],
  },
  "not of bounds, patterns and properties": {
    schema: {
      anyOf: [
        { type: "number", not: { minimum: 1 } },
        { type: "string", not: { pattern: "^a" } },
        object({ k: { type: ["integer", "null"] } }, { not: { properties: { k: { type: "null" } } } }),
      ],
    },
    good: ["0.5", "-1", '"b"', '""', '{"k":1}'],
    bad: ["1", "2", '"ab"', "{}", '{"k":null}'],
  },
  "not of a value and of integers among numbers": {
    schema: { anyOf: [{ type: "number", not: { enum: [5, 2.5] } }, { type: "string" }] },
    good: ["4", "5.01", "2.4", "2.51"],
    bad: ["5", "5.0", "2.5", "2.50"],
  },
  "not of integers": {
    schema: { type: "number", not: { type: "integer" } },
    good: ["0.5", "-3.25"],
    bad: ["1", "1.0", "-2"],
  },
  "a choice beside a condition that asks nothing": {
    schema: object({ a: {}, b: {} }, { if: { required: ["a"] }, dependentRequired: { a: ["b"] } }),
    good: ['{"b":1}', '{"a":1,"b":1}'],
    bad: ['{"a":1}'],
  },
  not: { schema: { type: "string", not: { const: "a" } }, good: ['"b"', '""', '"aa"'], bad: ['"a"'] },
  "$ref to itself": {
    schema: {
      $defs: { n: object({ v: { type: "integer" }, next: { $ref: "#/$defs/n" } }, { required: ["v"] }) },
      $ref: "#/$defs/n",
    },
    good: ['{"v":1,"next":{"v":2,"next":{"v":3}}}'],
    bad: ['{"v":1,"next":{}}'],
  },
  "$ref by $id and $anchor": {
    schema: {
      $id: "https://a.example/root",
      $defs: { x: { $anchor: "here", type: "integer" }, y: { $id: "y", type: "null" } },
      anyOf: [{ $ref: "#here" }, { $ref: "https://a.example/y" }],
    },
    good: ["1", "null"],
    bad: ['"a"'],
  },
};

for (const [name, { schema, good, bad }] of Object.entries(cases)) {
  test(`compileSchema enforces ${name}`, () => {
    const matches = createMatcher(schema);
    for (const text of good) assert.ok(matches(text), `refuses ${text}`);
    for (const text of bad) assert.ok(!matches(text), `accepts ${text}`);
  });
}

const formats: Readonly<Record<string, readonly [good: string, bad: string]>> = {
  date: ["2024-02-29", "2023-02-29"],
  time: ["12:00:00Z", "25:00:00Z"],
  "date-time": ["2020-01-01T00:00:00+02:00", "2020-01-01"],
  duration: ["P1DT2H", "P"],
  email: ["a.b@c.de", "a"],
  hostname: ["a.b-c", "-a"],
  ipv4: ["1.2.3.255", "1.2.3.256"],
  ipv6: ["fe80::1", "fe80"],
  uri: ["https://a.b/c?d#e", "a"],
  "uri-reference": ["a/b?c", ":"],
  uuid: ["123e4567-e89b-12d3-a456-426614174000", "x"],
  "json-pointer": ["/a/b", "a"],
};

for (const [format, [good, bad]] of Object.entries(formats)) {
  test(`compileSchema enforces format ${format}`, () => {
    const matches = createMatcher({ type: "string", format });
    assert.ok(matches(JSON.stringify(good)));
    assert.ok(!matches(JSON.stringify(bad)));
  });
}

test("compileSchema writes white space as asked", () => {
  const schema = { type: "array", items: { type: "integer" } };
  const texts = ["[1,2]", "[1, 2]", "[\n  1,\n  2\n]"];
  const accepted = (["compact", "single", "flexible"] as const).map((whitespace) =>
    texts.map(createMatcher(schema, whitespace)),
  );
  assert.deepEqual(accepted, [
    [true, false, false],
    [false, true, false],
    [true, true, true],
  ]);
});

const refusals: readonly { schema: JsonValue; keyword: string; pointer?: string }[] = [
  {
    schema: { properties: { a: { unevaluatedProperties: false } } },
    keyword: "unevaluatedProperties",
    pointer: "#/properties/a",
  },
  { schema: { additinalProperties: false }, keyword: "additinalProperties" },
  { schema: { "required:": ["a"] }, keyword: "required:" },
  { schema: { type: "string", format: "zip" }, keyword: "format" },
  { schema: { oneOf: [{ format: "date" }, { format: "time" }] }, keyword: "oneOf" },
  { schema: { $ref: "#" }, keyword: "$ref" },
  { schema: { $ref: "https://a.example/b" }, keyword: "$ref" },
  { schema: { $dynamicRef: "#a" }, keyword: "$dynamicRef" },
  { schema: { type: "array", uniqueItems: true }, keyword: "uniqueItems" },
  { schema: { if: { uniqueItems: true }, else: { minimum: 1 } }, keyword: "if" },
  { schema: { not: { format: "date" } }, keyword: "not", pointer: "#/not" },
  { schema: { type: "string", pattern: "(a)\\1" }, keyword: "pattern" },
  { schema: { type: "number", multipleOf: 1e9 }, keyword: "multipleOf" },
  { schema: { type: "object", minProperties: 3 }, keyword: "minProperties" },
  { schema: { type: "array", contains: {}, maxContains: 1 }, keyword: "maxContains" },
  { schema: { allOf: [{ type: "string" }, { type: "integer" }] }, keyword: "" },
  { schema: { type: "object", properties: { a: { $ref: "#" } }, required: ["a"] }, keyword: "" },
];

for (const { schema, keyword, pointer = "#" } of refusals) {
  test(`compileSchema refuses ${JSON.stringify(schema).slice(0, 60)} by keyword`, () => {
    assert.throws(
      () => compileSchema(schema),
      (error) => error instanceof SchemaError && error.keyword === keyword && error.pointer === pointer,
    );
  });
}
