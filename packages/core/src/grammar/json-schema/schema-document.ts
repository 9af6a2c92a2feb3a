import type { JsonValue } from "../../chat/message.ts";
import { annotations, enforced, meantKeyword, refused } from "./keywords.ts";
import { SchemaError } from "./schema-error.ts";

export type SchemaObject = Readonly<Record<string, JsonValue>>;

/** A schema and its place; `done` names keywords that are dealt with already. */
export interface Located {
  schema: SchemaObject | boolean;
  pointer: string;
  done: ReadonlySet<string>;
}

/** Schemas that a value must satisfy all. */
export type Conjunction = readonly Located[];

export const noKeywords: ReadonlySet<string> = new Set();

/** A schema document: finds what references mean, and takes references and allOf apart. */
export class SchemaDocument {
  readonly root: Located;
  readonly #ids = new Map<string, { schema: JsonValue; pointer: string }>();

  constructor(schema: JsonValue) {
    if (typeof schema !== "boolean" && !isObject(schema))
      throw new SchemaError(
        { keyword: "", pointer: "#" },
        `must be an object or a boolean, not ${JSON.stringify(schema)}`,
      );
    this.root = { schema, pointer: "#", done: noKeywords };
    this.#collectIds(schema, "#", "");
  }

  /** The schemas of a conjunction with the targets of their references and the members of their allOf. */
  expand(conjunction: Conjunction): Located[] {
    const found: Located[] = [];
    const seen = new Set<string>();
    const visit = (located: Located, path: readonly string[]): void => {
      const { schema, pointer, done } = located;
      const key = keyOf([located]);
      if (path.includes(key)) throw new SchemaError({ keyword: "$ref", pointer }, "leads back to itself");
      if (seen.has(key)) return;
      seen.add(key);
      found.push(located);
      if (typeof schema === "boolean") return;
      this.check(located);
      const inner = [...path, key];
      if (schema["$ref"] !== undefined && !done.has("$ref"))
        visit(this.resolve(schema["$ref"], pointer), inner);
      if (schema["allOf"] !== undefined && !done.has("allOf"))
        for (const member of schemasAt(located, "allOf")) visit(member, inner);
    };
    for (const located of conjunction) visit(located, []);
    return found;
  }

  /** Refuses a schema with a keyword that cannot be enforced, or that is likely to be misspelled. */
  check({ schema, pointer }: Located): void {
    if (typeof schema !== "boolean") checkKeywords(schema, pointer);
  }

  /** What a `$ref` at a place means. */
  resolve(ref: JsonValue, pointer: string): Located {
    const refuse = (why: string): SchemaError => new SchemaError({ keyword: "$ref", pointer }, why);
    if (typeof ref !== "string") throw refuse("must be a text");
    const base = this.#baseOf(pointer);
    const target = ref.startsWith("#") && base === "" ? ref : joinUri(base, ref);
    const hash = target.indexOf("#");
    const uri = hash < 0 ? target : target.slice(0, hash);
    const fragment = hash < 0 ? "" : target.slice(hash + 1);
    const named = this.#ids.get(fragment === "" || fragment.startsWith("/") ? uri : target);
    const start = named ?? (uri === "" ? { schema: this.root.schema as JsonValue, pointer: "#" } : undefined);
    if (start === undefined)
      throw refuse(`refers to ${ref}, which is outside the schema; include it under $defs`);
    let { schema } = start;
    let place = start.pointer;
    if (fragment.startsWith("/")) {
      for (const part of decodeFragment(fragment).slice(1).split("/")) {
        const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
        const isInside = typeof schema === "object" && schema !== null && Object.hasOwn(schema, key);
        if (!isInside) throw refuse(`refers to ${ref}, which is not in the schema`);
        schema = (schema as SchemaObject)[key]!;
        place += `/${part}`;
      }
    } else if (fragment !== "" && named === undefined)
      throw refuse(`refers to ${ref}, which is not in the schema`);
    return locate(schema, place);
  }

  #collectIds(value: JsonValue, pointer: string, base: string): void {
    if (typeof value !== "object" || value === null) return;
    let here = base;
    if (isObject(value)) {
      const { $id: id, $anchor: anchor } = value;
      if (typeof id === "string") {
        here = joinUri(base, id).replace(/#$/, "");
        this.#ids.set(here, { schema: value, pointer });
      }
      if (typeof anchor === "string") this.#ids.set(`${here}#${anchor}`, { schema: value, pointer });
    }
    for (const [key, inner] of Object.entries(value)) {
      if (key === "enum" || key === "const" || key === "default" || key === "examples") continue;
      this.#collectIds(inner, `${pointer}/${escapePart(key)}`, here);
    }
  }

  /** URI of the schema resource that a place belongs to. */
  #baseOf(place: string): string {
    // A schema of our own making belongs where it was derived from.
    const pointer = place.split("~{", 1)[0]!;
    let found = { uri: "", length: -1 };
    for (const [uri, { pointer: at }] of this.#ids)
      if (!uri.includes("#") && (pointer === at || pointer.startsWith(`${at}/`)) && at.length > found.length)
        found = { uri, length: at.length };
    return found.uri;
  }
}

/** A value as a schema at a place. */
export function locate(schema: JsonValue | undefined, pointer: string): Located {
  if (typeof schema !== "boolean" && !isObject(schema))
    throw new SchemaError(
      { keyword: "", pointer },
      `must be an object or a boolean, not ${JSON.stringify(schema)}`,
    );
  return { schema, pointer, done: noKeywords };
}

/** The schema under a keyword; undefined when there is none. */
export function schemaAt({ schema, pointer, done }: Located, keyword: string): Located | undefined {
  if (typeof schema === "boolean" || done.has(keyword) || schema[keyword] === undefined) return undefined;
  return locate(schema[keyword], `${pointer}/${keyword}`);
}

/** The schemas in the list under a keyword. */
export function schemasAt({ schema, pointer, done }: Located, keyword: string): Located[] {
  if (typeof schema === "boolean" || done.has(keyword)) return [];
  const list = schema[keyword];
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw new SchemaError({ keyword, pointer }, "must be a list of schemas");
  return (list as readonly JsonValue[]).map((item, index) => locate(item, `${pointer}/${keyword}/${index}`));
}

/** The schemas in the object under a keyword, by name. */
export function namedSchemasAt({ schema, pointer, done }: Located, keyword: string): Map<string, Located> {
  if (typeof schema === "boolean" || done.has(keyword)) return new Map();
  const named = schema[keyword];
  if (named === undefined) return new Map();
  if (!isObject(named)) throw new SchemaError({ keyword, pointer }, "must be an object of schemas");
  return new Map(
    Object.entries(named).map(([name, item]) => [
      name,
      locate(item, `${pointer}/${keyword}/${escapePart(name)}`),
    ]),
  );
}

/** The value of a keyword that is a number from 0 on. */
export function countAt({ schema, pointer }: Located, keyword: string): number | undefined {
  const value = typeof schema === "boolean" ? undefined : schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
    throw new SchemaError(
      { keyword, pointer },
      `must be a whole number from 0, not ${JSON.stringify(value)}`,
    );
  return value;
}

/** The list of texts under a keyword. */
export function textsAt({ schema, pointer }: Located, keyword: string): readonly string[] {
  const value = typeof schema === "boolean" ? undefined : schema[keyword];
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.some((item) => typeof item !== "string"))
    throw new SchemaError({ keyword, pointer }, "must be a list of texts");
  return value as readonly string[];
}

/** A schema of our own making beside one of the document; it is told apart by its text. */
export function derived(from: Located, schema: SchemaObject): Located {
  return { schema, pointer: `${from.pointer}~${JSON.stringify(schema)}`, done: noKeywords };
}

/** Whether a schema is of our own making. */
export const isDerived = ({ pointer }: Located): boolean => pointer.includes("~{");

/** The same schema without keywords that are dealt with. */
export function without(located: Located, ...keywords: readonly string[]): Located {
  return { ...located, done: new Set([...located.done, ...keywords]) };
}

/** Text that is equal for conjunctions of the same schemas. */
export function keyOf(conjunction: Conjunction): string {
  const keys = conjunction
    .filter(({ schema }) => schema !== true)
    .map(({ pointer, done }) => (done.size === 0 ? pointer : `${pointer} -${[...done].sort().join()}`));
  return [...new Set(keys)].sort().join(" & ");
}

export function isObject(value: JsonValue | undefined): value is SchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkKeywords(schema: SchemaObject, pointer: string): void {
  for (const [keyword, value] of Object.entries(schema)) {
    if (enforced.has(keyword) || annotations.has(keyword)) continue;
    // Conditions that are always met.
    if (keyword === "unevaluatedProperties" || keyword === "unevaluatedItems") if (value === true) continue;
    if (Object.hasOwn(refused, keyword)) throw new SchemaError({ keyword, pointer }, refused[keyword]!);
    const meant = meantKeyword(keyword);
    if (meant !== null)
      throw new SchemaError(
        { keyword, pointer },
        `is not a keyword of JSON Schema; write ${meant}, or prefix it with x- where it is a note`,
      );
  }
}

/** A name as a part of a JSON pointer. */
export function escapePart(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}

function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** An URI by a base, where either may be relative to nothing known. */
function joinUri(base: string, ref: string): string {
  const made = "schema://document/";
  try {
    const joined = new URL(ref, new URL(base, made)).href;
    return joined.startsWith(made) ? joined.slice(made.length) : joined;
  } catch {
    return ref;
  }
}
