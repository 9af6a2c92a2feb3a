import type { Degradation } from "@llamero/kernels";
import type { JsonValue, ToolDefinition } from "../chat/message.ts";
import type { ToolCallFormat } from "../chat/tools/encode.ts";
import { GrammarError } from "../grammar/grammar-error.ts";
import type { CallableTool, GrammarSpec, ToolGrammarSpec } from "../grammar/grammar-spec.ts";
import { compileCached } from "../grammar/grammars.ts";

/** What an answer must be. */
export type ResponseFormat =
  | { type: "text" }
  /** Any JSON object. */
  | { type: "json-object" }
  /** JSON of a schema. */
  | { type: "json-schema"; schema: JsonValue }
  /** A text that an ECMAScript pattern matches as a whole. */
  | { type: "regex"; pattern: string }
  | { type: "choice"; choices: readonly string[] };

/** Whether the model calls functions: as it likes, at least one, or this one. */
export type ToolChoice = "auto" | "required" | { name: string };

/** What decides the grammar of an answer. */
export interface AnswerRules {
  tools?: readonly ToolDefinition[];
  toolChoice?: ToolChoice;
  parallelToolCalls?: boolean;
  responseFormat?: ResponseFormat;
}

/**
 * The grammar that holds an answer to what was asked; null when anything goes. Calls of functions are held to their
 * schemas whether they are strict or not; functions that are not strict and whose schema cannot be enforced take any
 * JSON object, which is reported. Where it is not known how the model writes calls, `format` undefined, they are
 * free until something has to hold them, and then JSON. Throws GrammarError.
 */
export function holdAnswer(
  rules: AnswerRules,
  format: ToolCallFormat | undefined,
): { grammar: GrammarSpec | null; degraded: Degradation[] } {
  const {
    tools = [],
    toolChoice = "auto",
    parallelToolCalls = true,
    responseFormat = { type: "text" },
  } = rules;
  const degraded: Degradation[] = [];
  if (tools.length === 0) {
    if (toolChoice !== "auto") throw new GrammarError("A call is required, but there are no tools");
    const grammar = responseFormat.type === "text" ? null : responseFormat;
    if (grammar !== null) compileCached(grammar);
    return { grammar, degraded };
  }
  const isHeld =
    toolChoice !== "auto" ||
    responseFormat.type !== "text" ||
    !parallelToolCalls ||
    tools.some(({ isStrict }) => isStrict === true);
  if (!isHeld && format === undefined) return { grammar: null, degraded };
  const form = format ?? "json";
  const called =
    typeof toolChoice === "string" ? tools : tools.filter(({ name }) => name === toolChoice.name);
  if (called.length === 0)
    throw new GrammarError(
      `There is no tool ${(toolChoice as { name: string }).name} to call; the tools are ${tools.map(({ name }) => name).join(", ")}`,
    );
  const grammarOf = (callable: readonly CallableTool[]): ToolGrammarSpec => ({
    type: "tool-calls",
    format: form,
    tools: callable,
    isParallel: parallelToolCalls,
    ...(toolChoice === "auto" && { answer: isHeld || form !== "json" ? responseFormat : { type: "free" } }),
  });
  const whole = grammarOf(called.map(({ name, parameters }) => ({ name, parameters })));
  if (whyNot(whole) === null) return { grammar: whole, degraded };
  // One of them cannot be enforced: which?
  const callable = called.map((tool): CallableTool => {
    const { name, parameters, isStrict } = tool;
    const strict = { name, parameters };
    const why =
      isStrict === true
        ? null
        : whyNot({ type: "tool-calls", format: form, tools: [strict], isParallel: false });
    if (why === null) return strict;
    degraded.push({ what: `arguments of ${name}`, wanted: "its schema", used: "any object", why });
    return { name, parameters: "any" };
  });
  const grammar = grammarOf(callable);
  compileCached(grammar);
  return { grammar, degraded };
}

function whyNot(grammar: ToolGrammarSpec): string | null {
  try {
    compileCached(grammar);
    return null;
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error;
    return error.message;
  }
}
