import type { JsonValue } from "../chat/message.ts";
import type { ToolCallFormat } from "../chat/tools/encode.ts";
import { functionTagOpen } from "../chat/tools/function-tag.ts";
import type { GrammarBuilder } from "./automaton.ts";
import { anyChar } from "./char-ranges.ts";
import { compilePattern } from "./ecma-regex.ts";
import { GrammarError } from "./grammar-error.ts";
import type { CallableTool, GrammarSpec, ToolGrammarSpec } from "./grammar-spec.ts";
import { SchemaCompiler } from "./json-schema/schema-compiler.ts";
import { SchemaError } from "./json-schema/schema-error.ts";
import { JsonText } from "./json-text.ts";
import { alt, literal, optional, type Regular, repeat, seq, subtract, symbols, toDfa } from "./regular.ts";
import { toBytes } from "./utf8-ranges.ts";

/** How calls are written in one form. */
interface CallForm {
  /** Calls one after the other; one only where they are not parallel. */
  calls(builder: GrammarBuilder, tools: readonly CallableTool[], isParallel: boolean): Regular;
  /** Pattern of what begins a call of one of the tools, wherever it stands in a text. */
  opening(names: readonly string[]): string;
  /** Calls may come behind text. */
  followsText: boolean;
}

const forms: Readonly<Record<ToolCallFormat, CallForm>> = {
  json: {
    calls(builder, tools, isParallel) {
      const json = new JsonText(builder, "flexible");
      const field = (name: string, value: Regular): Regular => seq(json.key(name), value);
      const kind = optional(seq(field("type", literal('"function"')), json.comma));
      const call = alt(
        ...tools.map((tool) =>
          json.bracket(
            "{",
            seq(
              kind,
              field("name", json.constant(tool.name)),
              json.comma,
              field("parameters", argumentsOf(json, tool)),
            ),
            "}",
          ),
        ),
      );
      const rule = builder.call(builder.rule(call));
      return isParallel ? seq(rule, repeat(seq(literal(";"), json.gap, rule), 0, null)) : rule;
    },
    opening: (names) =>
      `\\{\\s*(?:"type"\\s*:\\s*"function"\\s*,\\s*)?"(?:name|function)"\\s*:\\s*"(?:${names.join("|")})"`,
    followsText: false,
  },
  "function-tag": {
    calls(builder, tools, isParallel) {
      const json = new JsonText(builder, "flexible");
      const call = alt(
        ...tools.map((tool) =>
          seq(literal(`${functionTagOpen}${tool.name}>`), argumentsOf(json, tool), literal("</function>")),
        ),
      );
      const rule = builder.call(builder.rule(call));
      return isParallel ? repeat(rule, 1, null) : rule;
    },
    opening: () => functionTagOpen,
    followsText: true,
  },
  pythonic: {
    calls(builder, tools, isParallel) {
      const json = new JsonText(builder, "single", "python");
      const call = alt(...tools.map((tool) => seq(literal(tool.name), keywordsOf(json, tool))));
      const rule = builder.call(builder.rule(call));
      return json.bracket("[", isParallel ? seq(rule, repeat(seq(json.comma, rule), 0, null)) : rule, "]");
    },
    opening: (names) => `\\[\\s*(?:${names.join("|")})\\(`,
    followsText: false,
  },
};

/** Calls of the tools, or the answer that is allowed instead, as one language. */
export function toolLanguage(
  builder: GrammarBuilder,
  spec: ToolGrammarSpec,
  languageOf: (spec: Exclude<GrammarSpec, ToolGrammarSpec>) => Regular,
): Regular {
  const { format, tools, isParallel, answer } = spec;
  if (tools.length === 0) throw new GrammarError("There are no tools to call; give at least one");
  const form = forms[format];
  const calls = form.calls(builder, tools, isParallel);
  if (answer === undefined || answer.type === "free") return calls;
  if (answer.type !== "text") return alt(calls, languageOf(answer));
  const names = tools.map(({ name }) => name.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  const anyText = toDfa(repeat(symbols(...anyChar), 0, null));
  const text: Regular = {
    type: "dfa",
    dfa: toBytes(subtract(anyText, compilePattern(form.opening(names), "search")), "plain"),
  };
  const prose = builder.call(builder.rule(text));
  return form.followsText ? alt(prose, seq(prose, calls)) : alt(prose, calls);
}

function argumentsOf(json: JsonText, { name, parameters }: CallableTool): Regular {
  if (parameters === "any") return json.object();
  return json.builder.call(json.builder.rule(compilerOf(json, name, parameters).root()));
}

/** Arguments as Python writes them. */
function keywordsOf(json: JsonText, { name, parameters }: CallableTool): Regular {
  const key = seq(symbols([0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]), repeat(wordByte, 0, null), literal("="));
  if (parameters === "any") return json.bracket("(", json.series(seq(key, json.value())), ")");
  if (isEmptyObject(parameters)) return literal("()");
  const body = compilerOf(json, name, parameters).keywordArguments();
  if (body === null)
    throw new SchemaError(
      { keyword: "properties", pointer: `${name}#` },
      "cannot be written as Python arguments; they must be an object with named properties and nothing else",
    );
  return json.builder.call(json.builder.rule(body));
}

const wordByte = symbols([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]);

function isEmptyObject(schema: JsonValue): boolean {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return false;
  const { type, properties = {} } = schema as Record<string, JsonValue>;
  return type === "object" && Object.keys(properties as object).length === 0;
}

/** The schema of arguments; they are an object whatever it says. */
function compilerOf(json: JsonText, name: string, parameters: JsonValue): SchemaCompiler {
  try {
    const schema =
      typeof parameters === "object" &&
      parameters !== null &&
      !Array.isArray(parameters) &&
      !("type" in parameters)
        ? { ...parameters, type: "object" }
        : parameters;
    return new SchemaCompiler(schema, json);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new SchemaError({ keyword: error.keyword, pointer: `${name}${error.pointer}` }, "is no schema", {
      cause: error,
    });
  }
}
