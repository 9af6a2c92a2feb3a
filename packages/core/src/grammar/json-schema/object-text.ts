import { toRuleDfa } from "../automaton.ts";
import { textsDfa } from "../ecma-regex.ts";
import { type JsonText, jsonBytes } from "../json-text.ts";
import {
  accepts,
  type Dfa,
  intersect,
  isEmpty,
  literal,
  Nfa,
  type Regular,
  seq,
  subtract,
} from "../regular.ts";
import { anyText, least, patternDfa } from "./scalar-texts.ts";
import {
  type Conjunction,
  countAt,
  isDerived,
  type Located,
  namedSchemasAt,
  schemaAt,
  textsAt,
} from "./schema-document.ts";
import { SchemaError } from "./schema-error.ts";

/** Most patterns whose overlaps are told apart. */
const maxPatterns = 6;

/** What an object may hold. */
export interface ObjectShape {
  /** Named properties in their order; those that must be absent are left out. */
  properties: { name: string; schemas: Conjunction; isRequired: boolean }[];
  /** Further properties by name; `names` null: any name. */
  extras: { names: Dfa | null; schemas: Conjunction }[];
  minProperties: number;
  maxProperties: number | null;
}

/** What the keywords for objects of expanded schemas ask for; `namesOf` gives the texts of propertyNames. */
export function objectShape(
  schemas: readonly Located[],
  namesOf: (schemas: Conjunction) => Dfa | null,
): ObjectShape {
  const required = new Set(schemas.flatMap((located) => textsAt(located, "required")));
  const perSchema = schemas.map((located) => ({
    located,
    properties: namedSchemasAt(located, "properties"),
    patterns: [...namedSchemasAt(located, "patternProperties")].map(([pattern, value]) => {
      const at = { keyword: "patternProperties", pointer: located.pointer };
      return { dfa: patternDfa(pattern, at), pattern, value };
    }),
    additional: schemaAt(located, "additionalProperties"),
  }));
  const nameSchemas = schemas.flatMap((located) => schemaAt(located, "propertyNames") ?? []);
  const names = nameSchemas.length === 0 ? null : namesOf(nameSchemas);

  const codePoints = (name: string): number[] => [...name].map((char) => char.codePointAt(0)!);
  const order = new Set([...perSchema.flatMap(({ properties }) => [...properties.keys()]), ...required]);
  const properties: ObjectShape["properties"] = [];
  for (const name of order) {
    const all = perSchema.flatMap((each) => {
      const own = each.properties.get(name);
      const matching = each.patterns
        .filter(({ dfa }) => accepts(dfa, codePoints(name)))
        .map(({ value }) => value);
      if (own !== undefined) matching.push(own);
      return matching.length === 0 ? (each.additional ?? []) : matching;
    });
    const isNamed = names === null || accepts(names, codePoints(name));
    const isRequired = required.has(name);
    const isAllowed = isNamed && all.every(({ schema }) => schema !== false);
    if (isAllowed) properties.push({ name, schemas: all, isRequired });
    else if (isRequired) properties.push({ name, schemas: [falseAt(schemas[0]!)], isRequired });
  }

  let minProperties = 0;
  let maxProperties: number | null = null;
  for (const located of schemas) {
    minProperties = Math.max(minProperties, countAt(located, "minProperties") ?? 0);
    maxProperties = least(maxProperties, countAt(located, "maxProperties"));
  }
  return { properties, extras: extrasOf(perSchema, order, names), minProperties, maxProperties };
}

function extrasOf(
  perSchema: readonly {
    located: Located;
    patterns: readonly { dfa: Dfa; pattern: string; value: Located }[];
    additional: Located | undefined;
  }[],
  declared: ReadonlySet<string>,
  names: Dfa | null,
): ObjectShape["extras"] {
  const patterns = [
    ...new Map(perSchema.flatMap((each) => each.patterns).map((each) => [each.pattern, each])).values(),
  ];
  if (patterns.length > maxPatterns) {
    const { pointer } = perSchema.find((each) => each.patterns.length > 0)!.located;
    throw new SchemaError({ keyword: "patternProperties", pointer }, `has more than ${maxPatterns} patterns`);
  }
  // Objects with named properties are closed unless a schema says what else there may be.
  const isClosed =
    perSchema.every(({ additional }) => additional === undefined) &&
    perSchema.some(({ located }) => namesProperties(located));
  const free = declared.size === 0 ? names : subtract(names ?? anyText(), textsDfa([...declared]));
  const extras: ObjectShape["extras"] = [];
  for (let subset = 0; subset < 2 ** patterns.length; subset++) {
    const isMatched = (pattern: string): boolean =>
      ((subset >> patterns.findIndex((each) => each.pattern === pattern)) & 1) === 1;
    if (subset === 0 && isClosed) continue;
    const schemas = perSchema.flatMap((each) => {
      const matching = each.patterns.filter(({ pattern }) => isMatched(pattern)).map(({ value }) => value);
      return matching.length === 0 ? (each.additional ?? []) : matching;
    });
    if (schemas.some(({ schema }) => schema === false)) continue;
    let keys = free;
    for (const [index, { dfa }] of patterns.entries())
      keys = (subset >> index) & 1 ? intersect(keys ?? anyText(), dfa) : subtract(keys ?? anyText(), dfa);
    if (keys === null || !isEmpty(keys)) extras.push({ names: keys, schemas });
  }
  return extras;
}

/** Objects of a shape: the named properties in their order, then the others. */
export function objectText(
  json: JsonText,
  shape: ObjectShape,
  options: {
    pointer: string;
    textOf: (schemas: Conjunction) => Regular;
    /** Written as the arguments of a Python call: `(name=value)`. */
    asArguments?: boolean;
  },
): Dfa {
  const { properties, extras, minProperties, maxProperties } = shape;
  const { textOf, pointer, asArguments = false } = options;
  const [opening, closing] = asArguments ? ["(", ")"] : ["{", "}"];
  const numRequired = properties.filter(({ isRequired }) => isRequired).length;
  const hasExtras = extras.length > 0;
  const isMinKept = minProperties <= numRequired;
  const isMaxKept = maxProperties === null || (!hasExtras && maxProperties >= properties.length);
  if (!isMinKept && minProperties > properties.length + 1 && hasExtras)
    throw new SchemaError(
      { keyword: "minProperties", pointer },
      "cannot be enforced: names of further properties may repeat",
    );
  if (!isMaxKept && maxProperties > 500)
    throw new SchemaError({ keyword: "maxProperties", pointer }, "can be at most 500 here");
  const nfa = new Nfa();
  const start = nfa.state();
  const inside = nfa.add(start, seq(literal(opening!), json.gap));
  const finish = nfa.state();
  const end = nfa.add(finish, seq(json.gap, literal(closing!)));
  const entries: Regular[] = properties.map(({ name, schemas }) =>
    seq(asArguments ? literal(`${name}=`) : json.key(name), textOf(schemas)),
  );
  const extraEntry = extras.map(({ names, schemas }) =>
    seq(keyText(json, names), json.colon, textOf(schemas)),
  );

  interface Place {
    /** Next named property. */
    at: number;
    need: number;
    left: number;
    isFirst: boolean;
    hasExtra: boolean;
  }
  const states = new Map<string, number>();
  const open: [Place, number][] = [];
  const stateOf = (place: Place): number => {
    const key = Object.values(place).join();
    let state = states.get(key);
    if (state === undefined) {
      state = nfa.state();
      states.set(key, state);
      open.push([place, state]);
    }
    return state;
  };
  const first: Place = {
    at: 0,
    need: isMinKept ? 0 : minProperties,
    left: isMaxKept ? -1 : maxProperties,
    isFirst: true,
    hasExtra: false,
  };
  nfa.epsilon(inside, stateOf(first));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [place, state] = next;
    const { at, need, left, isFirst, hasExtra } = place;
    const after = (entry: Regular): number => nfa.add(state, isFirst ? entry : seq(json.comma, entry));
    const taken = { need: Math.max(0, need - 1), left: left < 0 ? left : left - 1, isFirst: false };
    const property = properties[at];
    if (property !== undefined) {
      if (left !== 0) nfa.epsilon(after(entries[at]!), stateOf({ ...place, ...taken, at: at + 1 }));
      if (!property.isRequired) nfa.epsilon(state, stateOf({ ...place, at: at + 1 }));
      continue;
    }
    if (need === 0) nfa.epsilon(state, finish);
    if (left === 0) continue;
    // Further properties of the same name count once.
    const counted = { ...taken, need: hasExtra ? need : taken.need };
    for (const entry of extraEntry)
      nfa.epsilon(after(entry), stateOf({ ...place, ...counted, hasExtra: true }));
  }
  return toRuleDfa(nfa, start, end);
}

/** Whether a schema says which properties there are, by itself and not by a rewritten condition. */
function namesProperties(located: Located): boolean {
  if (isDerived(located)) return false;
  return ["properties", "patternProperties"].some((keyword) => namedSchemasAt(located, keyword).size > 0);
}

function keyText(json: JsonText, names: Dfa | null): Regular {
  if (names === null) return json.string();
  return json.builder.call(
    json.builder.rule(seq(literal('"'), { type: "dfa", dfa: jsonBytes(names) }, literal('"'))),
  );
}

function falseAt(located: Located): Located {
  return { schema: false, pointer: `${located.pointer}~false`, done: new Set() };
}
