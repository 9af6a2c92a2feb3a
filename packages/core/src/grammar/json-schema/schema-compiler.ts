import type { JsonValue } from "../../chat/message.ts";
import { type Automaton, EmptyGrammarError, GrammarBuilder } from "../automaton.ts";
import { textsDfa } from "../ecma-regex.ts";
import { both, JsonText, lengthDfa, type Whitespace } from "../json-text.ts";
import { AutomatonSizeError, alt, combine, type Dfa, nothing, type Regular } from "../regular.ts";
import { arrayShape, arrayText } from "./array-text.ts";
import { branchesOf } from "./branches.ts";
import { type Excluded, excludedOf } from "./excluded.ts";
import { objectShape, objectText } from "./object-text.ts";
import { numberRegular, stringLimits, stringText } from "./scalar-texts.ts";
import { type Conjunction, keyOf, type Located, SchemaDocument } from "./schema-document.ts";
import { SchemaError } from "./schema-error.ts";
import { isSame, isValid, type JsonType } from "./valid-value.ts";

/** Most different schemas and combinations of schemas in one grammar. */
const maxRules = 5000;

const allTypes: readonly JsonType[] = ["null", "boolean", "number", "string", "array", "object"];

/**
 * Compiles a JSON Schema (2020-12, and what earlier drafts share with it) into rules of a grammar. Properties come in
 * the order of the schema, optional ones may be left out. What cannot be enforced is a SchemaError.
 */
export class SchemaCompiler {
  readonly document: SchemaDocument;
  readonly #json: JsonText;
  readonly #rules = new Map<string, number>();

  constructor(schema: JsonValue, json: JsonText) {
    this.document = new SchemaDocument(schema);
    this.#json = json;
  }

  /** The texts of the values that the document allows. */
  root(): Regular {
    return this.textOf([this.document.root]);
  }

  /** The root as arguments in brackets, `name=value`; null when it is no plain object with names that can stand so. */
  keywordArguments(): Dfa | null {
    const schemas = this.document.expand([this.document.root]);
    if (schemas.some(({ schema }) => schema === false) || branchesOf(this.document, schemas) !== null)
      return null;
    if (listedValues(this.document, schemas) !== null || excludedOf(schemas).types.has("object")) return null;
    if (!typesOf(schemas).includes("object")) return null;
    const shape = objectShape(schemas, (names) => this.#namesOf(names));
    const isPlain = shape.properties.every(({ name }) => /^[A-Za-z_]\w*$/.test(name));
    if (!isPlain || shape.properties.length === 0 || shape.extras.length > 0) return null;
    return objectText(this.#json, shape, {
      pointer: this.document.root.pointer,
      textOf: (each) => this.textOf(each),
      asArguments: true,
    });
  }

  /** A call of the rule for values that satisfy all of the schemas. */
  textOf(conjunction: Conjunction): Regular {
    const key = keyOf(conjunction);
    if (key === "") return this.#json.value();
    const { builder } = this.#json;
    let rule = this.#rules.get(key);
    if (rule === undefined) {
      if (this.#rules.size >= maxRules)
        throw new SchemaError(
          { keyword: "", pointer: conjunction[0]!.pointer },
          "has too many combinations of schemas",
        );
      rule = builder.declare();
      this.#rules.set(key, rule);
      try {
        builder.define(rule, this.#compile(conjunction));
      } catch (error) {
        if (!(error instanceof AutomatonSizeError)) throw error;
        throw new SchemaError({ keyword: "", pointer: conjunction[0]!.pointer }, "is too large", {
          cause: error,
        });
      }
    }
    return builder.call(rule);
  }

  #compile(conjunction: Conjunction): Regular | Dfa {
    const schemas = this.document.expand(conjunction);
    if (schemas.some(({ schema }) => schema === false)) return nothing;
    const branches = branchesOf(this.document, schemas);
    if (branches !== null) return alt(...branches.map((branch) => this.textOf(branch)));
    const values = listedValues(this.document, schemas);
    if (values !== null) return alt(...values.map((value) => this.#json.constant(value)));
    const excluded = excludedOf(schemas);
    const types = typesOf(schemas).filter((type) => !excluded.types.has(type));
    const texts = types.map((type) => this.#typeText(type, schemas, excluded));
    // An object alone is worth a rule of its own, not one inside another.
    return texts.length === 1 ? texts[0]! : alt(...texts.map((text) => this.#inRule(text)));
  }

  #inRule(text: Regular | Dfa): Regular {
    const { builder } = this.#json;
    return "accepting" in text ? builder.call(builder.rule(text)) : text;
  }

  #typeText(type: JsonType, schemas: readonly Located[], not: Excluded): Regular | Dfa {
    const excluded = not.values;
    const json = this.#json;
    switch (type) {
      case "null":
        return excluded.includes(null) ? nothing : json.constant(null);
      case "boolean":
        return alt(
          ...[true, false].filter((value) => !excluded.includes(value)).map((value) => json.constant(value)),
        );
      case "integer":
      case "number":
        return numberRegular(json, schemas, {
          isInteger: type === "integer",
          excluded: excluded.filter((value) => typeof value === "number"),
          withoutIntegers: not.types.has("integer"),
        });
      case "string": {
        const texts = excluded.filter((value) => typeof value === "string");
        return stringText(json, stringLimits(schemas, texts), schemas[0]!.pointer);
      }
      case "array":
        return arrayText(json, arrayShape(schemas), {
          textOf: (items) => this.textOf(items),
          listOf: (items) => finiteValues(this.document, items),
        });
      case "object":
        return this.#objectText(schemas);
      default:
        return type satisfies never;
    }
  }

  #objectText(schemas: readonly Located[]): Regular | Dfa {
    const shape = objectShape(schemas, (names) => this.#namesOf(names));
    const { properties, extras, minProperties, maxProperties } = shape;
    const isAny = properties.length === 0 && minProperties === 0 && maxProperties === null;
    const [extra] = extras;
    if (isAny && extras.length === 1 && extra!.names === null && keyOf(extra!.schemas) === "")
      return this.#json.object();
    const { pointer } = schemas.find(({ schema }) => typeof schema === "object") ?? schemas[0]!;
    return objectText(this.#json, shape, { pointer, textOf: (each) => this.textOf(each) });
  }

  /** Names that propertyNames allows; null when it allows all. */
  #namesOf(conjunction: Conjunction): Dfa | null {
    const schemas = this.document.expand(conjunction);
    if (schemas.some(({ schema }) => schema === false)) return textsDfa([]);
    const values = listedValues(this.document, schemas);
    if (values !== null) return textsDfa(values.filter((value) => typeof value === "string"));
    const branches = branchesOf(this.document, schemas);
    if (branches?.length === 0) return textsDfa([]);
    if (branches !== null)
      return branches
        .map((branch) => this.#namesOf(branch))
        .reduce((all, each) => (all === null || each === null ? null : combine(all, each, (a, b) => a || b)));
    if (!typesOf(schemas).includes("string")) return textsDfa([]);
    const excluded = excludedOf(schemas).values.filter((value) => typeof value === "string");
    const { dfa, min, max } = stringLimits(schemas, excluded);
    return min === 0 && max === null ? dfa : both(dfa, lengthDfa(min, max));
  }
}

/** Types that all schemas allow. */
function typesOf(schemas: readonly Located[]): JsonType[] {
  let types = allTypes;
  for (const { schema, pointer } of schemas) {
    if (typeof schema === "boolean" || schema["type"] === undefined) continue;
    const given = [schema["type"]].flat() as JsonType[];
    const wrong = given.find((type) => type !== "integer" && !allTypes.includes(type));
    if (wrong !== undefined)
      throw new SchemaError({ keyword: "type", pointer }, `is ${JSON.stringify(wrong)}, which is not known`);
    const allowed = given.includes("number") ? given.filter((type) => type !== "integer") : given;
    types = types.flatMap((type): JsonType[] => {
      if (allowed.includes(type)) return [type];
      if (type === "number" && allowed.includes("integer")) return ["integer"];
      return type === "integer" && allowed.includes("number") ? ["integer"] : [];
    });
  }
  return [...types];
}

/** The values of enum and const that satisfy everything else; null when neither is there. */
function listedValues(document: SchemaDocument, schemas: readonly Located[]): JsonValue[] | null {
  for (const { schema, pointer } of schemas) {
    if (typeof schema === "boolean") continue;
    if (schema["const"] !== undefined)
      return [schema["const"]].filter((value) => isValid(document, schemas, value));
    if (schema["enum"] === undefined) continue;
    if (!Array.isArray(schema["enum"])) throw new SchemaError({ keyword: "enum", pointer }, "must be a list");
    const all = schema["enum"] as readonly JsonValue[];
    const different = all.filter((value, index) => all.findIndex((each) => isSame(each, value)) === index);
    return different.filter((value) => isValid(document, schemas, value));
  }
  return null;
}

/** All values that the schemas allow, where they can be listed. */
export function finiteValues(document: SchemaDocument, conjunction: Conjunction): JsonValue[] | null {
  const schemas = document.expand(conjunction);
  const listed = listedValues(document, schemas);
  if (listed !== null) return listed;
  const types = typesOf(schemas);
  if (!types.every((type) => type === "boolean" || type === "null")) return null;
  const all = types.flatMap((type): JsonValue[] => (type === "null" ? [null] : [true, false]));
  return all.filter((value) => isValid(document, schemas, value));
}

/** Options of a grammar by schema. */
export interface SchemaOptions {
  /** Default: flexible. */
  whitespace?: Whitespace;
}

/** Automaton of the JSON texts that a schema allows. */
export function compileSchema(schema: JsonValue, options: SchemaOptions = {}): Automaton {
  const builder = new GrammarBuilder();
  const json = new JsonText(builder, options.whitespace ?? "flexible");
  const root = builder.rule(new SchemaCompiler(schema, json).root());
  try {
    return builder.build(root);
  } catch (error) {
    if (!(error instanceof EmptyGrammarError)) throw error;
    throw new SchemaError({ keyword: "", pointer: "#" }, "allows no value that can be generated", {
      cause: error,
    });
  }
}
