import { type Automaton, EmptyGrammarError, GrammarBuilder, isWorthCounting } from "./automaton.ts";
import { patternLanguage } from "./ecma-regex.ts";
import { GrammarError } from "./grammar-error.ts";
import type { GrammarSpec } from "./grammar-spec.ts";
import { SchemaCompiler } from "./json-schema/schema-compiler.ts";
import { SchemaError } from "./json-schema/schema-error.ts";
import { JsonText, type Whitespace } from "./json-text.ts";
import { alt, literal, type Regular, toDfa } from "./regular.ts";
import { toolLanguage } from "./tool-grammar.ts";
import { charBytes, toBytes } from "./utf8-ranges.ts";

/** Automaton of the texts that a specification allows. Throws SchemaError or PatternError for what it cannot do. */
export function compileGrammar(spec: GrammarSpec): Automaton {
  const builder = new GrammarBuilder();
  const root = builder.rule(grammarLanguage(builder, spec));
  try {
    return builder.build(root);
  } catch (error) {
    if (!(error instanceof EmptyGrammarError)) throw error;
    if (spec.type !== "json-schema") throw error;
    throw new SchemaError({ keyword: "", pointer: "#" }, "allows no value that can be generated", {
      cause: error,
    });
  }
}

/** The texts of a specification, as rules of a grammar. */
export function grammarLanguage(builder: GrammarBuilder, spec: GrammarSpec): Regular {
  switch (spec.type) {
    case "json-schema":
      return new SchemaCompiler(spec.schema, jsonText(builder, spec.whitespace)).root();
    case "json-object":
      return jsonText(builder, spec.whitespace).object();
    case "regex": {
      const language = patternLanguage(`^(?:${spec.pattern})$`, "full");
      if (isWorthCounting(language))
        return builder.countRepeats(language, (range) => charBytes(range, "plain"));
      return { type: "dfa", dfa: toBytes(toDfa(language), "plain") };
    }
    case "choice":
      if (spec.choices.length === 0) throw new GrammarError("There are no choices; give at least one");
      return alt(...spec.choices.map(literal));
    case "tool-calls":
      return toolLanguage(builder, spec, (answer) => grammarLanguage(builder, answer));
    default:
      return spec satisfies never;
  }
}

function jsonText(builder: GrammarBuilder, whitespace: Whitespace = "flexible"): JsonText {
  return new JsonText(builder, whitespace);
}
