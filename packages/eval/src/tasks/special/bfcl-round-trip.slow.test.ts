import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  createLlamaFormat,
  encodeToolCalls,
  type JsonValue,
  type LlamaFormatName,
  type Message,
  parseToolCalls,
  type ToolCallFormat,
  type ToolDefinition,
} from "@llamero/core";
import { createByteTokenizer } from "../../../../core/src/chat/fake-tokenizer.ts";
import { sharedPath } from "../../../../core/src/testdata.ts";
import { hasData, readTaskData } from "../../data/task-data.ts";
import type { Row, Task } from "../../task.ts";
import { type BfclAnswer, referenceCall } from "./bfcl-check.ts";
import { bfclSets } from "./bfcl-sets.ts";
import { type NamedCall, plainName } from "./call-matching.ts";

/** Folder that holds bfcl/, such as the data folder of the package bfcl-eval under that name. */
const folder = process.env["LLAMERO_BFCL"] ?? sharedPath("data/eval");
const formats: readonly ToolCallFormat[] = ["json", "function-tag", "pythonic"];
const bytes = createByteTokenizer();
const dialects: readonly LlamaFormatName[] = ["llama-3.1", "llama-3.2", "llama-meta"];

/** Calls with every accepted value in turn, first values elsewhere. */
function allCalls(answer: BfclAnswer): NamedCall[] {
  const first = referenceCall(answer);
  const others = Object.entries(answer.arguments).flatMap(([key, accepted]) =>
    accepted.map((value) => ({ ...first, arguments: { ...first.arguments, [key]: value as JsonValue } })),
  );
  return [first, ...others];
}

function readBack(text: string, tools: readonly ToolDefinition[]): unknown {
  const { text: prose, calls } = parseToolCalls(text, { tools });
  return [prose, ...calls.map(({ call, isOffered }) => [call.name, call.arguments, isOffered])];
}

const expected = (calls: readonly NamedCall[]): unknown => [
  "",
  ...calls.map(({ name, arguments: args }) => [name, args, true]),
];

interface Case {
  id: string;
  tools: readonly ToolDefinition[];
  /** The same under their own names, which may hold dots. */
  dotted: readonly ToolDefinition[];
  messages: readonly Message[];
  answers: readonly BfclAnswer[];
}

/** Records of a set; null, and the test is skipped, where they are not there. */
async function readCases(t: TestContext, task: Task): Promise<Case[] | null> {
  if (folder === null || !hasData(task, folder)) {
    t.skip(`needs LLAMERO_BFCL or ../shared: data/eval, with ${task.name}`);
    return null;
  }
  const { test: rows } = await readTaskData(task, folder, { needsShots: false });
  return rows.map((row): Case => {
    const { tools = [], messages } = task.prompt(task.parse(row), []) as {
      tools?: readonly ToolDefinition[];
      messages: readonly Message[];
    };
    const functions = row["function"] as Row[];
    return {
      id: String(row["id"]),
      tools,
      dotted: tools.map((tool, at) => ({ ...tool, name: functions[at]!["name"] as string })),
      messages,
      answers: ((row["ground_truth"] ?? []) as Row[]).map((each) => {
        const [[name, args]] = Object.entries(each) as [[string, BfclAnswer["arguments"]]];
        return { name, arguments: args };
      }),
    };
  });
}

function checkCalls(calls: readonly NamedCall[], tools: readonly ToolDefinition[], id: string): void {
  for (const format of formats)
    assert.deepEqual(readBack(encodeToolCalls(calls, format), tools), expected(calls), id);
}

for (const task of bfclSets) {
  test(`${task.name}: every reference answer is encoded and parsed as it was, in three formats`, async (t) => {
    const cases = await readCases(t, task);
    let numCalls = 0;
    for (const { id, tools, dotted, answers } of cases ?? []) {
      assert.ok(tools.every(({ name }) => plainName(name) === name));
      if (answers.length === 0) continue;
      numCalls += answers.length;
      const calls = answers.map(referenceCall);
      checkCalls(calls, tools, id);
      checkCalls(
        calls.map((call, at) => ({ ...call, name: answers[at]!.name })),
        dotted,
        id,
      );
    }
    t.diagnostic(`${cases?.length ?? 0} records, ${numCalls} calls`);
  });
}

for (const task of bfclSets) {
  test(`${task.name}: every accepted value, and the calls inside our prompts, are read back`, async (t) => {
    for (const { id, tools, messages, answers } of (await readCases(t, task)) ?? []) {
      for (const call of answers.flatMap(allCalls)) checkCalls([call], tools, id);
      for (const name of dialects) {
        const chat = createLlamaFormat(name, bytes);
        const before = chat.render(messages, { tools }).ids;
        if (answers.length === 0) continue;
        const call = referenceCall(answers[0]!);
        const said = { role: "assistant", content: "", toolCalls: [{ id: "a", ...call }] } as const;
        const whole = chat.render([...messages, said], { tools, addGenerationPrompt: false }).ids;
        assert.ok(
          before.every((token, at) => whole[at] === token),
          id,
        );
        assert.deepEqual(readBack(bytes.decode(whole.slice(before.length)), tools), expected([call]), id);
      }
    }
  });
}
