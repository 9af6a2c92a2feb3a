import type { JsonValue } from "../chat/message.ts";

/** Draws below a limit; `createRandom` makes one. */
type Random = (limit: number) => number;

const patterns = ["^[a-z]{2,5}$", "\\d", "^(?:foo|bar)+$", "^[A-Z][a-z]{0,20}$", "^.{1,12}$", "^x|y$"];
const formats = ["date", "time", "date-time", "email", "uuid", "ipv4", "ipv6", "uri", "duration", "hostname"];
const names = ["a", "b", "ab", "name", "x-1", 'q"t', "é"];
const values: readonly JsonValue[] = [1, 0, -2.5, "a", "", 'q"', null, true, [1], { a: 1 }];

/** A schema of what grammars enforce, up to some depth. Tests only. */
export function randomSchema(random: Random, depth: number): JsonValue {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const kinds = depth > 0 ? [...leaves, ...branches] : leaves;
  return pick(kinds)(random, depth - 1);
}

type Kind = (random: Random, depth: number) => JsonValue;

const pickFrom = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;

const leaves: readonly Kind[] = [
  () => ({ type: "null" }),
  () => ({ type: "boolean" }),
  (random) => {
    const minimum = random(300) - 150;
    const maximum = minimum + random(400);
    return pickFrom<JsonValue>(random, [
      { type: "integer" },
      { type: "integer", minimum, maximum },
      { type: "integer", exclusiveMinimum: minimum },
      { type: "integer", maximum, multipleOf: 1 + random(12) },
    ]);
  },
  (random) => {
    const minimum = (random(2000) - 1000) / pickFrom(random, [1, 8, 100]);
    const maximum = minimum + random(100) / 4;
    return pickFrom<JsonValue>(random, [
      { type: "number" },
      { type: "number", minimum, maximum },
      { type: "number", exclusiveMinimum: minimum, exclusiveMaximum: maximum + 1 },
      { type: "number", exclusiveMaximum: maximum, multipleOf: 0.5 },
    ]);
  },
  (random) => {
    const minLength = random(4);
    return pickFrom<JsonValue>(random, [
      { type: "string" },
      { type: "string", minLength, maxLength: minLength + random(30) },
      { type: "string", pattern: pickFrom(random, patterns) },
      { type: "string", pattern: pickFrom(random, patterns), maxLength: 8 },
      { type: "string", format: pickFrom(random, formats) },
      { type: "string", not: { enum: ["a", "b"] } },
    ]);
  },
  (random) => ({ enum: [...new Set(Array.from({ length: 1 + random(4) }, () => pickFrom(random, values)))] }),
  (random) => ({ const: pickFrom(random, values) }),
];

const branches: readonly Kind[] = [
  (random, depth) => {
    const own = names.filter(() => random(2) === 0);
    const properties = Object.fromEntries(own.map((name) => [name, randomSchema(random, depth)]));
    const additional = pickFrom<Record<string, JsonValue>>(random, [
      {},
      { additionalProperties: false },
      { additionalProperties: randomSchema(random, depth) },
      { patternProperties: { "^p": randomSchema(random, depth) } },
    ]);
    return { type: "object", properties, required: own.filter(() => random(2) === 0), ...additional };
  },
  (random, depth) => ({
    type: "object",
    additionalProperties: randomSchema(random, depth),
    maxProperties: 1 + random(3),
  }),
  (random, depth) => {
    const minItems = random(3);
    return { type: "array", items: randomSchema(random, depth), minItems, maxItems: minItems + random(4) };
  },
  (random, depth) => ({
    type: "array",
    prefixItems: [randomSchema(random, depth), randomSchema(random, depth)],
    items: pickFrom<JsonValue>(random, [false, randomSchema(random, depth)]),
  }),
  (random, depth) => ({ anyOf: [randomSchema(random, depth), randomSchema(random, depth)] }),
  (random, depth) => ({ type: "array", items: { type: "integer" }, contains: randomSchema(random, depth) }),
  (random, depth) => ({ allOf: [randomSchema(random, depth), {}] }),
];
