import type { JsonValue, Message, ToolDefinition } from "@llamero/core";
import type { Outcome, Row, Session, Task } from "../../task.ts";
import { anyTask } from "../any-task.ts";
import { toJsonSchema } from "./bfcl-sets.ts";
import { callsOfAnswer, isSameValue, plainName, showCall } from "./call-matching.ts";
import {
  fieldError,
  filesOf,
  isRow,
  meanMetrics,
  objectsField,
  textField,
  textsField,
} from "./special-task.ts";

/** What the environment does for a call: the first rule whose arguments and state agree. */
interface Transition {
  name: string;
  /** Arguments that must be given so; others are free. */
  when: Row;
  /** State that must hold. */
  if: Row;
  result: JsonValue;
  /** State afterwards. */
  set: Row;
}

interface ScriptedItem {
  policy: string;
  /** What the user says, one after the other, each when the model has answered without a call. */
  turns: readonly string[];
  tools: readonly ToolDefinition[];
  state: Row;
  transitions: readonly Transition[];
  /** State at the end; fields that are not named must be as they were. */
  goal: Row;
  /** Texts that the answers must tell the user. */
  outputs: readonly string[];
}

const set = "tool_dialogue";
const maxSteps = 30;

const rowField = (row: Row, name: string): Row => {
  const value = row[name] ?? {};
  if (isRow(value)) return value;
  throw fieldError(set, name, "an object", value);
};

function parse(row: Row): ScriptedItem {
  return {
    policy: textField(set, row, "policy"),
    turns: textsField(set, row, "turns"),
    tools: objectsField(set, row, "functions").map((one) => ({
      name: plainName(textField(set, one, "name")),
      description: textField(set, one, "description"),
      parameters: toJsonSchema(rowField(one, "parameters")),
    })),
    state: rowField(row, "state"),
    transitions: objectsField(set, row, "transitions").map((one) => ({
      name: plainName(textField(set, one, "name")),
      when: rowField(one, "when"),
      if: rowField(one, "if"),
      result: (one["result"] ?? null) as JsonValue,
      set: rowField(one, "set"),
    })),
    goal: rowField(row, "goal"),
    outputs: row["outputs"] === undefined ? [] : textsField(set, row, "outputs"),
  };
}

const agrees = (wanted: Row, given: Row): boolean =>
  Object.entries(wanted).every(([key, value]) => isSameValue(given[key], value));

const prompt = (item: ScriptedItem, messages: readonly Message[]) =>
  ({
    kind: "chat",
    messages: [{ role: "system", content: item.policy }, ...messages],
    tools: item.tools,
  }) as const;

async function play(item: ScriptedItem, session: Session): Promise<Outcome> {
  const messages: Message[] = [];
  const trace: string[] = [];
  let state = item.state;
  let steps = 0;
  for (const user of item.turns) {
    messages.push({ role: "user", content: user });
    while (steps < maxSteps) {
      steps++;
      const answer = await session.generate({ prompt: prompt(item, [...messages]), maxTokens: 512 });
      const calls = callsOfAnswer(answer).map((call, at) => ({ id: `call_${steps}_${at}`, ...call }));
      messages.push({ role: "assistant", content: calls.length > 0 ? "" : answer.text, toolCalls: calls });
      if (calls.length === 0) {
        trace.push(answer.text);
        break;
      }
      for (const call of calls) {
        const rule = item.transitions.find(
          (one) =>
            one.name === plainName(call.name) && agrees(one.when, call.arguments) && agrees(one.if, state),
        );
        if (rule !== undefined) state = { ...state, ...rule.set };
        const result = rule === undefined ? { error: "The call cannot be carried out" } : rule.result;
        trace.push(showCall(call));
        messages.push({
          role: "tool",
          toolCallId: call.id,
          name: call.name,
          content: JSON.stringify(result),
        });
      }
    }
  }
  const wanted = { ...item.state, ...item.goal };
  const isState = isSameValue(state, wanted);
  const said = messages
    .flatMap((message) => (message.role === "assistant" ? [message.content] : []))
    .join("\n");
  const told = item.outputs.filter((output) => said.toLowerCase().includes(output.toLowerCase()));
  const isTold = told.length === item.outputs.length;
  return {
    scores: { success: isState && isTold ? 1 : 0, state: isState ? 1 : 0, told: isTold ? 1 : 0 },
    answer: trace.join("\n"),
    expected: JSON.stringify(wanted),
    ...(steps >= maxSteps ? { note: `Stopped after ${maxSteps} steps` } : {}),
  };
}

const task: Task<ScriptedItem> = {
  name: set,
  title: "Service dialogues with tools that change a state, as tau-bench has them, in a scripted world",
  kind: "multi-turn",
  category: "tool-use",
  languages: ["en"],
  source: filesOf(
    "records {policy, turns, functions, state, transitions, goal, outputs} of your own in tool_dialogue/",
    "yours",
    ["tool_dialogue/*"],
  ),
  numShots: 0,
  metrics: meanMetrics(["success", "state", "told"]),
  mainMetric: "success",
  version: 1,
  parse,
  prompt: (item) => prompt(item, [{ role: "user", content: item.turns[0] ?? "" }]),
  reference: () => null,
  ask: (item, _, session) => play(item, session),
  grade: null,
};

/** Tools in a simulated world. */
export const scriptedToolSets: readonly Task[] = [anyTask(task)];
