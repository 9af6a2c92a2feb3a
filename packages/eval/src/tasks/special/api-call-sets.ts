import type { ToolDefinition } from "@llamero/core";
import type { Row, Source, Task } from "../../task.ts";
import { callsOfAnswer, isSameValue, plainName } from "./call-matching.ts";
import { type PythonCall, pythonCalls } from "./python-calls.ts";
import {
  fieldError,
  filesOf,
  objectsField,
  specialTask,
  textField,
  textsField,
  userPrompt,
} from "./special-task.ts";

interface CallItem {
  prompt: string;
  isText: boolean;
  expected: PythonCall;
  shown: string;
}

interface CallSet {
  name: string;
  title: string;
  source: Source;
  parse(set: string, row: Row): { prompt: string; isText?: boolean; call: string };
  /** `all`: every argument the same. `identity`: the function and its texts, which say what is loaded. */
  compares: "all" | "identity";
}

const gorillaRequest =
  "Write the one line of Python that loads or calls the model which fits this task best, and nothing else.";

// Checked against all records of github.com/ShishirPatil/gorilla@6ea57973.
const gorilla = (hub: string, title: string): CallSet => ({
  name: `gorilla_${hub}`,
  title: `Calls of models from ${title} (APIBench of Gorilla)`,
  source: filesOf(`github.com/ShishirPatil/gorilla: data/apibench/${hub}_eval.json`, "Apache-2.0", [
    `gorilla/${hub}_eval*`,
  ]),
  compares: "identity",
  parse(set, row) {
    const code = textField(set, row, "code");
    const task = /#+ ?Instruction:\s*([\s\S]*?)\s*(?:#+ ?Output|<<<domain>>>|$)/i.exec(code)?.[1];
    if (task === undefined) throw fieldError(set, "code", "a text with ###Instruction and ###Output", code);
    return { prompt: `${gorillaRequest}\n\n${task}`, call: textField(set, row, "api_call") };
  },
});

const sets: readonly CallSet[] = [
  {
    // Fields checked against AlibabaResearch/DAMO-ConvAI@5c38bb7: api-bank/json_test_data/level-1-api.json.
    name: "api_bank",
    title: "Calls of everyday services out of a dialogue (API-Bank)",
    source: filesOf("hf:liminghao1630/API-Bank (test-data/level-*.json)", "MIT", ["api_bank/level-1*"]),
    compares: "all",
    parse: (set, row) => ({
      prompt: `${textField(set, row, "instruction")}\n${textField(set, row, "input")}`,
      call: textField(set, row, row["expected_output"] === undefined ? "output" : "expected_output"),
    }),
  },
  gorilla("torchhub", "Torch Hub"),
  gorilla("huggingface", "Hugging Face"),
  gorilla("tensorflow", "TensorFlow Hub"),
  {
    name: "nexus",
    title: "Calls of functions given as Python (Nexus, as in Meta's evaluation details)",
    source: filesOf("hf:meta-llama/Llama-3.1-8B-Instruct-evals (nexus details)", "Llama 3.1 licence", [
      "nexus/*nexus*",
    ]),
    compares: "all",
    parse(set, row) {
      const [prompt] = textsField(set, row, "input_final_prompts");
      const [call] = textsField(set, row, "input_correct_responses");
      if (prompt === undefined) throw fieldError(set, "input_final_prompts", "a prompt", []);
      if (call === undefined) throw fieldError(set, "input_correct_responses", "a call", []);
      return { prompt, isText: true, call };
    },
  },
];

const texts = (call: PythonCall): readonly unknown[] =>
  [...call.positional, ...Object.values(call.named)].filter((value) => typeof value === "string");

function isSameCall(call: PythonCall, expected: PythonCall, compares: CallSet["compares"]): boolean {
  if (call.name !== expected.name) return false;
  if (compares === "all") {
    return isSameValue(call.named, expected.named) && isSameValue(call.positional, expected.positional);
  }
  const given = texts(call);
  return texts(expected).every((value) => given.some((one) => isSameValue(one, value)));
}

function callTask(set: CallSet): Task {
  return specialTask<CallItem>({
    name: set.name,
    title: set.title,
    kind: "tool-call",
    category: "tool-use",
    languages: ["en"],
    source: set.source,
    means: ["accuracy", "function"],
    maxTokens: 512,
    parse(row) {
      const { prompt, isText = false, call } = set.parse(set.name, row);
      const expected = pythonCalls(call)[0];
      if (expected === undefined) throw fieldError(set.name, "call", "a call such as f(a=1)", call);
      return { prompt, isText, expected, shown: call };
    },
    prompt: ({ prompt, isText }) => (isText ? { kind: "text", text: prompt } : userPrompt(prompt)),
    reference: ({ shown }) => shown,
    grade({ expected, shown }, { text, toolCalls }) {
      const calls = [
        ...toolCalls.map(({ name, arguments: named }): PythonCall => ({ name, positional: [], named })),
        ...pythonCalls(text),
      ];
      const isRight = calls.some((call) => isSameCall(call, expected, set.compares));
      const isFunction = calls.some(({ name }) => name === expected.name);
      return {
        scores: { accuracy: isRight ? 1 : 0, function: isFunction ? 1 : 0 },
        answer: text,
        expected: shown,
        ...(calls.length === 0 ? { note: "No call in the answer" } : {}),
      };
    },
  });
}

interface ToolBenchItem {
  query: string;
  tools: readonly ToolDefinition[];
  relevant: readonly string[];
}

const toolName = (tool: string, api: string): string =>
  plainName(`${api}_for_${tool}`)
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_");

function parseTool(set: string, row: Row): ToolDefinition {
  const required = objectsField(set, row, "required_parameters");
  const all = [...required, ...objectsField(set, row, "optional_parameters")];
  const types: Readonly<Record<string, string>> = { NUMBER: "number", BOOLEAN: "boolean", ARRAY: "array" };
  const properties = all.map((one) => [
    textField(set, one, "name"),
    { type: types[String(one["type"])] ?? "string", description: String(one["description"] ?? "") },
  ]);
  return {
    name: toolName(textField(set, row, "tool_name"), textField(set, row, "api_name")),
    description: textField(set, row, "api_description"),
    parameters: {
      type: "object",
      properties: Object.fromEntries(properties),
      required: required.map((one) => textField(set, one, "name")),
    },
  };
}

// Checked against the examples of github.com/OpenBMB/ToolBench@d56fdd8: data_example/instruction.
function toolBenchTask(group: string, title: string): Task {
  const set = `toolbench_${group.toLowerCase()}`;
  return specialTask<ToolBenchItem>({
    name: set,
    title: `Choice of interfaces for a request, ${title} (ToolBench)`,
    kind: "tool-call",
    category: "tool-use",
    languages: ["en"],
    source: filesOf("github.com/OpenBMB/ToolBench: test_instruction", "Apache-2.0", [`toolbench/${group}_*`]),
    means: ["f1", "all_relevant"],
    maxTokens: 512,
    parse(row) {
      const relevant = row["relevant APIs"];
      if (!Array.isArray(relevant) || relevant.length === 0) {
        throw fieldError(set, "relevant APIs", "pairs of tool and interface", relevant);
      }
      return {
        query: textField(set, row, "query"),
        tools: objectsField(set, row, "api_list").map((one) => parseTool(set, one)),
        relevant: relevant.map((pair) => toolName(String(pair[0]), String(pair[1]))),
      };
    },
    prompt: ({ query, tools }) => ({ kind: "chat", messages: [{ role: "user", content: query }], tools }),
    reference: () => null,
    grade({ relevant }, answer) {
      const called = new Set(callsOfAnswer(answer).map(({ name }) => plainName(name)));
      const hits = relevant.filter((name) => called.has(name)).length;
      return {
        scores: {
          f1: hits === 0 ? 0 : (2 * hits) / (called.size + relevant.length),
          all_relevant: hits === relevant.length ? 1 : 0,
        },
        answer: [...called].join(", ") || answer.text,
        expected: relevant.join(", "),
      };
    },
  });
}

/** Sets that ask for a call of a described service, judged by the call alone. */
export const apiCallSets: readonly Task[] = [
  ...sets.map(callTask),
  toolBenchTask("G1", "one tool"),
  toolBenchTask("G2", "tools of one category"),
  toolBenchTask("G3", "tools of several categories"),
];
