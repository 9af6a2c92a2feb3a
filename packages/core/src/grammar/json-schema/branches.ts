import { isDisjoint } from "./disjoint.ts";
import { simpleNot } from "./excluded.ts";
import { negate } from "./negate.ts";
import {
  type Conjunction,
  derived,
  escapePart,
  isObject,
  type Located,
  locate,
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
    for (const split of splits) {
      if (schema[split.keyword] === undefined || done.has(split.keyword)) continue;
      const choices = split.choose(located, document, schemas);
      if (choices === null) continue;
      // References and allOf are expanded already: their keywords must not bring back what is done.
      const rest = schemas.map((each) => {
        const isHere = each === located;
        return without(each, "$ref", "allOf", ...(isHere ? split.done : []));
      });
      return choices.map((choice) => [...rest, ...choice]);
    }
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
  ...["dependentRequired", "dependentSchemas", "dependencies"].map(
    (keyword): Split => ({
      keyword,
      done: [keyword],
      choose: (located) => chooseDependencies(located, keyword),
    }),
  ),
  {
    keyword: "not",
    done: ["not"],
    choose: (located, document) =>
      simpleNot(located) === null ? negate(document, schemaAt(located, "not")!) : null,
  },
];

/** Exactly one: each alternative excludes those others that may hold with it. */
function chooseOne(located: Located, document: SchemaDocument, schemas: readonly Located[]): Conjunction[] {
  const choices = schemasAt(located, "oneOf");
  const rest = schemas.map((each) => without(each, "$ref", "allOf", ...(each === located ? ["oneOf"] : [])));
  const others: Located[][] = choices.map(() => []);
  for (const [index, choice] of choices.entries())
    for (const [at, other] of choices.slice(0, index).entries()) {
      if (isDisjoint(document, [...rest, other], [...rest, choice])) continue;
      for (const [here, there] of [
        [index, other],
        [at, choice],
      ] as const) {
        refuseOverlap(located, () => negate(document, there));
        others[here]!.push(derived(located, { not: there.schema }));
      }
    }
  return choices.map((choice, index) => [choice, ...others[index]!]);
}

/** What cannot be excluded is told as what oneOf cannot do. */
function refuseOverlap({ pointer }: Located, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new SchemaError(
      { keyword: "oneOf", pointer },
      "cannot be enforced: a value may satisfy two of its schemas; write anyOf, or tell them apart by a required const",
      { cause: error },
    );
  }
}

/** What satisfies the condition and `then`, or its opposite and `else`. */
function chooseCondition(located: Located, document: SchemaDocument): Conjunction[] | null {
  const condition = schemaAt(located, "if")!;
  const then = schemaAt(located, "then");
  const otherwise = schemaAt(located, "else");
  if (then === undefined && otherwise === undefined) return null;
  const yes = then === undefined ? [] : [then];
  const no = otherwise === undefined ? [] : [otherwise];
  try {
    return [[condition, ...yes], ...negate(document, condition).map((opposite) => [...opposite, ...no])];
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    const why = `cannot be enforced: its opposite cannot be written (${error.message})`;
    throw new SchemaError({ keyword: "if", pointer: located.pointer }, why, { cause: error });
  }
}

/** Each name is absent, or present with what it brings: further names or a schema. */
function chooseDependencies(located: Located, keyword: string): Conjunction[] | null {
  const { schema, pointer } = located;
  const dependencies = (schema as SchemaObject)[keyword];
  if (!isObject(dependencies)) throw new SchemaError({ keyword, pointer }, "must be an object");
  const entries = Object.entries(dependencies);
  if (entries.length === 0) return null;
  if (entries.length > maxDependencies)
    throw new SchemaError({ keyword, pointer }, `has more than ${maxDependencies} names`);
  let choices: Located[][] = [[]];
  for (const [name, brings] of entries) {
    const absent = derived(located, { properties: { [name]: false } });
    const names = typeof brings === "string" ? [brings] : brings;
    const present = Array.isArray(names)
      ? [derived(located, { required: [name, ...names] })]
      : [derived(located, { required: [name] }), locate(brings, `${pointer}/${keyword}/${escapePart(name)}`)];
    choices = choices.flatMap((choice) => [
      [...choice, absent],
      [...choice, ...present],
    ]);
  }
  return choices;
}
