import type { JsonValue } from "../../chat/message.ts";
import { toRuleDfa } from "../automaton.ts";
import type { JsonText } from "../json-text.ts";
import { type Dfa, literal, Nfa, optional, type Regular, repeat, seq } from "../regular.ts";
import { least } from "./scalar-texts.ts";
import { type Conjunction, countAt, type Located, schemaAt, schemasAt } from "./schema-document.ts";
import { SchemaError } from "./schema-error.ts";

/** Most items that are counted in states. */
const maxCounted = 256;

/** What an array may hold. */
export interface ArrayShape {
  prefix: Conjunction[];
  items: Conjunction;
  minItems: number;
  maxItems: number | null;
  /** Some item must satisfy these. */
  contains: { schema: Located; min: number } | null;
  /** Schema that says that no item occurs twice. */
  unique: Located | null;
}

/** What the keywords for arrays of expanded schemas ask for. */
export function arrayShape(schemas: readonly Located[]): ArrayShape {
  const perSchema = schemas.map(itemsOf);
  const numPrefix = Math.max(0, ...perSchema.map(({ prefix }) => prefix.length));
  const prefix = Array.from({ length: numPrefix }, (_, index) =>
    perSchema.flatMap((each) => each.prefix[index] ?? each.items ?? []),
  );
  let minItems = 0;
  let maxItems: number | null = null;
  for (const located of schemas) {
    minItems = Math.max(minItems, countAt(located, "minItems") ?? 0);
    maxItems = least(maxItems, countAt(located, "maxItems"));
  }
  const found = schemas.flatMap((located) => {
    const schema = schemaAt(located, "contains");
    const min = countAt(located, "minContains") ?? 1;
    return schema === undefined || min === 0 ? [] : [{ located, schema, min }];
  });
  if (found.length > 1)
    throw new SchemaError(
      { keyword: "contains", pointer: found[1]!.located.pointer },
      "can be enforced once only",
    );
  const [contains = null] = found;
  if (contains !== null && (numPrefix > 0 || Math.max(minItems, maxItems ?? 0, contains.min) > maxCounted))
    throw new SchemaError(
      { keyword: "contains", pointer: contains.located.pointer },
      `cannot be enforced beside prefixItems or more than ${maxCounted} items`,
    );
  const unique =
    schemas.find(({ schema }) => typeof schema === "object" && schema["uniqueItems"] === true) ?? null;
  return {
    prefix,
    items: perSchema.flatMap(({ items }) => items ?? []),
    minItems,
    maxItems,
    contains,
    unique: maxItems !== null && maxItems < 2 ? null : unique,
  };
}

/** Items by place; before 2020-12 a list of `items` was what prefixItems is now. */
export function itemsOf(located: Located): { prefix: Located[]; items: Located | undefined } {
  const { schema, pointer } = located;
  if (typeof schema === "object" && Array.isArray(schema["items"])) {
    if (schema["prefixItems"] !== undefined)
      throw new SchemaError({ keyword: "items", pointer }, "is a list beside prefixItems");
    return { prefix: schemasAt(located, "items"), items: schemaAt(located, "additionalItems") };
  }
  return { prefix: schemasAt(located, "prefixItems"), items: schemaAt(located, "items") };
}

/** Arrays of a shape. `listOf` lists all values that schemas allow where they are few, else null. */
export function arrayText(
  json: JsonText,
  shape: ArrayShape,
  options: {
    textOf: (schemas: Conjunction) => Regular;
    listOf: (schemas: Conjunction) => readonly JsonValue[] | null;
  },
): Regular | Dfa {
  const { textOf, listOf } = options;
  const { prefix, items, minItems, maxItems, contains, unique } = shape;
  if (unique !== null) {
    const values = prefix.length > 0 || contains !== null ? null : listOf(items);
    if (values === null || values.length > maxCounted)
      throw new SchemaError(
        { keyword: "uniqueItems", pointer: unique.pointer },
        "cannot be enforced for items that are no short enum",
      );
    return uniqueText(json, values, { minItems, maxItems });
  }
  if (contains !== null) {
    const matching = textOf([...items, contains.schema]);
    return containsText(json, { item: textOf(items), matching, minItems, maxItems, needed: contains.min });
  }
  if (maxItems !== null && maxItems < minItems)
    return seq(literal("["), repeat(seq(), 0, 0), { type: "alt", items: [] });
  const numFixed = maxItems === null ? prefix.length : Math.min(prefix.length, maxItems);
  // An item that nothing satisfies ends the array before it: its rule is never entered.
  let rest = tail(json, numFixed, { item: textOf(items), minItems, maxItems });
  for (let index = numFixed - 1; index >= 0; index--) {
    const entry = index === 0 ? textOf(prefix[index]!) : seq(json.comma, textOf(prefix[index]!));
    const taken = seq(entry, rest);
    rest = index >= minItems ? optional(taken) : taken;
  }
  return json.bracket("[", rest, "]");
}

function tail(
  json: JsonText,
  numBefore: number,
  { item, minItems, maxItems }: { item: Regular; minItems: number; maxItems: number | null },
): Regular {
  const min = Math.max(0, minItems - numBefore);
  const max = maxItems === null ? null : maxItems - numBefore;
  if (max === 0) return seq();
  const entry = seq(json.comma, item);
  const times = (low: number, high: number | null): Regular =>
    low <= 1 && high === null
      ? repeat(entry, low, high)
      : json.builder.callTimes(json.builder.rule(entry), low, high ?? Number.POSITIVE_INFINITY);
  if (numBefore > 0) return times(min, max);
  const all = seq(item, times(Math.max(0, min - 1), max === null ? null : max - 1));
  return min === 0 ? optional(all) : all;
}

/** Some of the values in the order of their list, each at most once. */
function uniqueText(
  json: JsonText,
  values: readonly JsonValue[],
  { minItems, maxItems }: { minItems: number; maxItems: number | null },
): Dfa {
  const most = Math.min(values.length, maxItems ?? values.length);
  const nfa = new Nfa();
  const start = nfa.state();
  const finish = nfa.state();
  const columns = Array.from({ length: values.length + 1 }, () =>
    Array.from({ length: most + 1 }, () => nfa.state()),
  );
  nfa.link(start, seq(literal("["), json.gap), columns[0]![0]!);
  for (const [at, states] of columns.entries())
    for (const [count, state] of states.entries()) {
      if (count >= minItems) nfa.epsilon(state, finish);
      if (at === values.length) continue;
      nfa.epsilon(state, columns[at + 1]![count]!);
      const value = json.constant(values[at]!);
      if (count < most)
        nfa.link(state, count === 0 ? value : seq(json.comma, value), columns[at + 1]![count + 1]!);
    }
  return toRuleDfa(nfa, start, nfa.add(finish, seq(json.gap, literal("]"))));
}

function containsText(
  json: JsonText,
  options: { item: Regular; matching: Regular; minItems: number; maxItems: number | null; needed: number },
): Dfa {
  const { item, matching, minItems, maxItems, needed } = options;
  const nfa = new Nfa();
  const start = nfa.state();
  const finish = nfa.state();
  // Without an upper bound the count stops where it is enough; 1 tells the first item from the others.
  const top = maxItems ?? Math.max(1, minItems);
  const states = Array.from({ length: top + 1 }, () => Array.from({ length: needed + 1 }, () => nfa.state()));
  nfa.link(start, seq(literal("["), json.gap), states[0]![needed]!);
  for (const [count, row] of states.entries())
    for (const [need, state] of row.entries()) {
      if (need === 0 && count >= minItems) nfa.epsilon(state, finish);
      if (count === top && maxItems !== null) continue;
      const next = states[Math.min(top, count + 1)]!;
      const entry = (value: Regular): Regular => (count === 0 ? value : seq(json.comma, value));
      nfa.link(state, entry(item), next[need]!);
      if (need > 0) nfa.link(state, entry(matching), next[need - 1]!);
    }
  return toRuleDfa(nfa, start, nfa.add(finish, seq(json.gap, literal("]"))));
}
