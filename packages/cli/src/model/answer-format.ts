import type { GenerateOptions, JsonValue } from "@llamero/core";
import type { Flag } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { textFlag } from "../flags.ts";
import { readTextFile } from "./read-text-file.ts";

/** What an answer must be. */
export const answerFlags: {
  jsonSchema: Flag<string | null>;
  regex: Flag<string | null>;
  choice: Flag<readonly string[]>;
} = {
  jsonSchema: {
    ...textFlag("--json-schema <file>", "answer with JSON of the schema in this file"),
    env: null,
  },
  regex: {
    ...textFlag("--regex <pattern>", "answer with a text that this pattern matches as a whole"),
    env: null,
  },
  choice: {
    flags: "--choice <text>",
    description: "answer with one of the texts; give it once for each",
    env: null,
    parse: (text, previous) => [...previous, text],
    fallback: [],
  },
};

export interface AnswerValues {
  jsonSchema: string | null;
  regex: string | null;
  choice: readonly string[];
}

/** What the flags say the answer must be. */
export function toResponseFormat({
  jsonSchema,
  regex,
  choice,
}: AnswerValues): Pick<GenerateOptions, "responseFormat"> {
  const given = [jsonSchema !== null, regex !== null, choice.length > 0].filter(Boolean);
  if (given.length > 1) throw new UsageError("--json-schema, --regex and --choice exclude each other");
  if (jsonSchema !== null) return { responseFormat: { type: "json-schema", schema: readSchema(jsonSchema) } };
  if (regex !== null) return { responseFormat: { type: "regex", pattern: regex } };
  return choice.length > 0 ? { responseFormat: { type: "choice", choices: choice } } : {};
}

function readSchema(path: string): JsonValue {
  const text = readTextFile(path);
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${(error as Error).message}`, null, { cause: error });
  }
}
