import type { JsonValue } from "../../chat/message.ts";
import { isDisjoint } from "./disjoint.ts";
import { annotations } from "./keywords.ts";
import {
  type Conjunction,
  derived,
  isObject,
  type Located,
  type SchemaDocument,
  type SchemaObject,
  schemaAt,
  schemasAt,
  without,
} from "./schema-document.ts";
import { SchemaError } from "./schema-error.ts";

/** Most names of one dependentRequired: each doubles the alternatives. */
const maxDependencies = 6;

/**
 * The first choice that expanded schemas leave, as one conjunction per alternative; null when there is none left. The
 * keyword of the choice counts as done in the alternatives.
 */
export function branchesOf(document: SchemaDocument, schemas: readonly Located[]): Conjunction[] | null {
  for (const located of schemas) {
    const { schema, done } = located;
    if (typeof schema === "boolean") continue;
    const split = splits.find(({ keyword }) => schema[keyword] !== undefined && !done.has(keyword));
    if (split === undefined) continue;
    const choices = split.choose(located, document, schemas);
    if (choices === null) continue;
    // References and allOf are expanded already: their keywords must not bring back what is done.
    const rest = schemas.map((each) => {
      const isHere = each === located;
      return without(each, "$ref", "allOf", ...(isHere ? split.done : []));
    });
    return choices.map((choice) => [...rest, ...choice]);
  }
  return null;
}

interface Split {
  keyword: string;
  done: readonly string[];
  /** The alternatives; null when the keyword asks for nothing. */
  choose(located: Located, document: SchemaDocument, schemas: readonly Located[]): Conjunction[] | null;
}

const splits: readonly Split[] = [
  {
    keyword: "anyOf",
    done: ["anyOf"],
    choose: (located) => schemasAt(located, "anyOf").map((each) => [each]),
  },
  { keyword: "oneOf", done: ["oneOf"], choose: chooseOne },
  { keyword: "if", done: ["if", "then", "else"], choose: chooseCondition },
  { keyword: "dependentRequired", done: ["dependentRequired"], choose: chooseDependencies },
  { keyword: "not", done: ["not"], choose: chooseAbsent },
];

/** oneOf is anyOf where no value satisfies two of its schemas. */
function chooseOne(located: Located, document: SchemaDocument, schemas: readonly Located[]): Conjunction[] {
  const choices = schemasAt(located, "oneOf");
  const rest = schemas.map((each) => without(each, "$ref", "allOf", ...(each === located ? ["oneOf"] : [])));
  for (const [index, choice] of choices.entries())
    for (const other of choices.slice(0, index))
      if (!isDisjoint(document, [...rest, other], [...rest, choice]))
        throw new SchemaError(
          { keyword: "oneOf", pointer: located.pointer },
          "cannot be enforced: a value may satisfy two of its schemas; write anyOf, or tell them apart by a required const",
        );
  return choices.map((choice) => [choice]);
}

/** A condition on one property that is listed values: three cases at most. */
function chooseCondition(located: Located): Conjunction[] | null {
  const condition = schemaAt(located, "if")!;
  const then = schemaAt(located, "then");
  const otherwise = schemaAt(located, "else");
  if (then === undefined && otherwise === undefined) return null;
  const yes = then === undefined ? [] : [then];
  const no = otherwise === undefined ? [] : [otherwise];
  if (typeof condition.schema === "boolean") return [condition.schema ? yes : no];
  const test = propertyTest(condition.schema);
  if (test === null)
    throw new SchemaError(
      { keyword: "if", pointer: located.pointer },
      "cannot be enforced unless it compares one property with const or enum",
    );
  const { name, values, isRequired } = test;
  const isOne: SchemaObject = {
    properties: { [name]: { enum: values } },
    ...(isRequired && { required: [name] }),
  };
  const isOther: SchemaObject = { properties: { [name]: { not: { enum: values } } }, required: [name] };
  const choices = [
    [derived(located, isOne), ...yes],
    [derived(located, isOther), ...no],
  ];
  if (isRequired) choices.push([derived(located, { properties: { [name]: false } }), ...no]);
  return choices;
}

function propertyTest(
  condition: SchemaObject,
): { name: string; values: readonly JsonValue[]; isRequired: boolean } | null {
  const { properties, required, type, ...rest } = condition;
  if (Object.keys(rest).some((keyword) => !annotations.has(keyword)) || !isObject(properties)) return null;
  if (type !== undefined && type !== "object") return null;
  const [[name, test], ...others] = Object.entries(properties) as [[string, JsonValue], ...unknown[]];
  if (others.length > 0 || name === undefined || !isObject(test)) return null;
  const { const: constant, enum: list, type: _, ...more } = test;
  if (Object.keys(more).some((keyword) => !annotations.has(keyword))) return null;
  const values = constant === undefined ? list : [constant];
  if (!Array.isArray(values)) return null;
  const names = required === undefined ? [] : (required as readonly string[]);
  if (names.some((each) => each !== name)) return null;
  return { name, values, isRequired: names.length > 0 };
}

function chooseDependencies(located: Located): Conjunction[] | null {
  const { schema, pointer } = located;
  const dependencies = (schema as SchemaObject)["dependentRequired"];
  if (!isObject(dependencies))
    throw new SchemaError({ keyword: "dependentRequired", pointer }, "must be an object");
  const entries = Object.entries(dependencies) as [string, readonly string[]][];
  if (entries.length === 0) return null;
  if (entries.length > maxDependencies)
    throw new SchemaError(
      { keyword: "dependentRequired", pointer },
      `has more than ${maxDependencies} names`,
    );
  let choices: Located[][] = [[]];
  for (const [name, needed] of entries) {
    const absent = derived(located, { properties: { [name]: false } });
    const present = derived(located, { required: [name, ...needed] });
    choices = choices.flatMap((choice) => [
      [...choice, absent],
      [...choice, present],
    ]);
  }
  return choices;
}

/** `not` of required names: one of them is absent. Other forms are no choice. */
function chooseAbsent(located: Located): Conjunction[] | null {
  const not = (located.schema as SchemaObject)["not"];
  if (!isObject(not)) return null;
  const keywords = Object.keys(not).filter((keyword) => !annotations.has(keyword));
  if (keywords.length !== 1 || keywords[0] !== "required") return null;
  const names = not["required"] as readonly string[];
  return names.map((name) => [derived(located, { type: "object", properties: { [name]: false } })]);
}
