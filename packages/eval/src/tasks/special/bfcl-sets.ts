import type { JsonValue, Message, ToolDefinition } from "@llamero/core";
import type { Row, Task } from "../../task.ts";
import { type BfclAnswer, type BfclFunction, checkCall, jsonType, referenceCall } from "./bfcl-check.ts";
import { callsOfAnswer, matchCalls, plainName, showCall } from "./call-matching.ts";
import { fieldError, filesOf, isRow, objectsField, specialTask, textField } from "./special-task.ts";

interface BfclItem {
  messages: readonly Message[];
  functions: readonly BfclFunction[];
  tools: readonly ToolDefinition[];
  /** Empty: nothing offered helps, and nothing is to be called. */
  answers: readonly BfclAnswer[];
}

interface BfclSet {
  name: string;
  title: string;
  file: string;
  hasAnswers: boolean;
}

const sets: readonly BfclSet[] = [
  { name: "bfcl_simple", title: "one function, one call", file: "simple_python", hasAnswers: true },
  {
    name: "bfcl_simple_javascript",
    title: "one JavaScript function, one call",
    file: "simple_javascript",
    hasAnswers: true,
  },
  { name: "bfcl_simple_java", title: "one Java function, one call", file: "simple_java", hasAnswers: true },
  { name: "bfcl_multiple", title: "several functions, one call", file: "multiple", hasAnswers: true },
  { name: "bfcl_parallel", title: "one function, several calls", file: "parallel", hasAnswers: true },
  {
    name: "bfcl_parallel_multiple",
    title: "several functions, several calls",
    file: "parallel_multiple",
    hasAnswers: true,
  },
  {
    name: "bfcl_irrelevance",
    title: "no function that helps, no call",
    file: "irrelevance",
    hasAnswers: false,
  },
  {
    name: "bfcl_live_simple",
    title: "one function of a user, one call",
    file: "live_simple",
    hasAnswers: true,
  },
  {
    name: "bfcl_live_multiple",
    title: "several functions of users, one call",
    file: "live_multiple",
    hasAnswers: true,
  },
  {
    name: "bfcl_live_irrelevance",
    title: "no function of users that helps",
    file: "live_irrelevance",
    hasAnswers: false,
  },
];

function parseFunction(set: string, row: Row): BfclFunction {
  const { parameters } = row;
  if (!isRow(parameters)) throw fieldError(set, "function.parameters", "an object", parameters);
  const { properties = {}, required = [] } = parameters;
  if (!isRow(properties) || !Object.values(properties).every(isRow)) {
    throw fieldError(set, "function.parameters.properties", "an object of objects", properties);
  }
  if (!Array.isArray(required)) throw fieldError(set, "function.parameters.required", "a list", required);
  return {
    name: textField(set, row, "name"),
    description: textField(set, row, "description"),
    properties: properties as Readonly<Record<string, Row>>,
    required: required.map(String),
  };
}

/** A description of a value as JSON Schema. */
export function toJsonSchema(row: Row): Readonly<Record<string, JsonValue>> {
  const schema: Record<string, JsonValue> = {};
  const type = jsonType(row["type"]);
  if (type !== "any") schema["type"] = type;
  for (const key of ["description", "enum", "default", "required"]) {
    const value = row[key];
    if (value !== undefined) schema[key] = value as JsonValue;
  }
  const { items, properties } = row;
  if (isRow(items)) schema["items"] = toJsonSchema(items);
  if (isRow(properties)) {
    schema["properties"] = Object.fromEntries(
      Object.entries(properties).map(([name, one]) => [name, isRow(one) ? toJsonSchema(one) : {}]),
    );
  }
  return schema;
}

function toTool({ name, description, properties, required }: BfclFunction): ToolDefinition {
  const parameters = toJsonSchema({ type: "dict", properties, required });
  return { name: plainName(name), description, parameters };
}

function parseAnswers(set: string, row: Row): BfclAnswer[] {
  return objectsField(set, row, "ground_truth").map((one) => {
    const [entry, ...more] = Object.entries(one);
    if (entry === undefined || more.length > 0 || !isRow(entry[1])) {
      throw fieldError(set, "ground_truth", "one function each", one);
    }
    const args = Object.entries(entry[1]).map(([key, accepted]) => {
      if (!Array.isArray(accepted))
        throw fieldError(set, `ground_truth.${key}`, "a list of values", accepted);
      return [key, accepted] as const;
    });
    return { name: entry[0], arguments: Object.fromEntries(args) };
  });
}

function parseItem({ name, hasAnswers }: BfclSet, row: Row): BfclItem {
  const { question } = row;
  const turn: unknown = Array.isArray(question) ? question[0] : undefined;
  if (!Array.isArray(turn) || !turn.every(isRow) || turn.length === 0) {
    throw fieldError(name, "question", "a list of lists of messages", question);
  }
  const messages = turn.map((message): Message => {
    const content = textField(name, message, "content");
    const role = message["role"];
    if (role !== "system" && role !== "user" && role !== "assistant") {
      throw fieldError(name, "question.role", "system, user or assistant", role);
    }
    return { role, content };
  });
  const functions = objectsField(name, row, "function").map((one) => parseFunction(name, one));
  const answers = hasAnswers ? parseAnswers(name, row) : [];
  if (hasAnswers && answers.length === 0)
    throw fieldError(name, "ground_truth", "at least one call", answers);
  return { messages, functions, tools: functions.map(toTool), answers };
}

function bfclTask(set: BfclSet): Task {
  return specialTask<BfclItem>({
    name: set.name,
    title: `Function calls: ${set.title} (BFCL)`,
    kind: "tool-call",
    category: "tool-use",
    languages: ["en"],
    source: filesOf(
      "hf:gorilla-llm/Berkeley-Function-Calling-Leaderboard",
      "Apache-2.0",
      [`bfcl/BFCL_v4_${set.file}.json`],
      set.hasAnswers ? { join: { files: [`bfcl/possible_answer/BFCL_v4_${set.file}.json`], on: "id" } } : {},
    ),
    means: ["accuracy"],
    maxTokens: 512,
    parse: (row) => parseItem(set, row),
    prompt: ({ messages, tools }) => ({ kind: "chat", messages, tools }),
    reference: ({ answers }) =>
      answers.length === 0
        ? null
        : JSON.stringify(
            answers.map(referenceCall).map((call) => ({ name: call.name, parameters: call.arguments })),
          ),
    grade({ answers, functions }, answer) {
      const calls = callsOfAnswer(answer);
      const shown = calls.length === 0 ? answer.text : calls.map(showCall).join("; ");
      const expected = answers.length === 0 ? "no call" : answers.map(referenceCall).map(showCall).join("; ");
      const isRight = matchCalls(calls, answers, (call, one) => checkCall(call, one, functions) === null);
      const note = isRight ? null : explain(calls, answers, functions);
      return {
        scores: { accuracy: isRight ? 1 : 0 },
        answer: shown,
        expected,
        ...(note === null ? {} : { note }),
      };
    },
  });
}

function explain(
  calls: ReturnType<typeof callsOfAnswer>,
  answers: readonly BfclAnswer[],
  functions: readonly BfclFunction[],
): string {
  if (calls.length !== answers.length) return `${calls.length} calls where ${answers.length} are expected`;
  return checkCall(calls[0]!, answers[0]!, functions) ?? "The calls do not fit the expected ones";
}

/** The single-turn sets of the Berkeley function-calling leaderboard. */
export const bfclSets: readonly Task[] = sets.map(bfclTask);
