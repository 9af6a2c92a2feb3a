import assert from "node:assert/strict";
import { test } from "node:test";
import { type AnswerPart, createToolCallParser } from "../chat/tools/parse-tool-calls.ts";
import type { ToolGrammarSpec } from "../grammar/grammar-spec.ts";
import { streamCalls } from "./call-stream.ts";

const tools = [
  { name: "add", parameters: "any" },
  { name: "address", parameters: "any" },
] as const;

function parse(text: string, format: ToolGrammarSpec["format"], size: number): AnswerPart[] {
  const parser = streamCalls(createToolCallParser(), { type: "tool-calls", format, tools, isParallel: true });
  const parts: AnswerPart[] = [];
  for (let at = 0; at < text.length; at += size) parts.push(...parser.push(text.slice(at, at + size)));
  return [...parts, ...parser.end()];
}

function summarize(parts: readonly AnswerPart[]): {
  text: string;
  streamed: string[];
  calls: [string, unknown][];
} {
  const streamed = new Map<string, string>();
  const calls: [string, unknown][] = [];
  let text = "";
  for (const part of parts) {
    if (part.type === "text-delta") text += part.text;
    else if (part.type === "tool-call-start") streamed.set(part.id, "");
    else if (part.type === "tool-call-delta") streamed.set(part.id, streamed.get(part.id)! + part.arguments);
    else {
      calls.push([part.call.name, part.call.arguments]);
      assert.deepEqual(
        JSON.parse(streamed.get(part.call.id) ?? "null") ?? part.call.arguments,
        part.call.arguments,
      );
    }
  }
  return { text, streamed: [...streamed.values()], calls };
}

const first = '{"a": "}\\"{", "b": [1, {"c": 2}]}';
const inJson = `{"name": "add", "parameters": ${first}}; {"type": "function", "name": "address", "parameters": {}}`;
const inTags = `Well. <function=add>${first}</function><function=address>{}</function>`;

for (const size of [1, 3, 1000]) {
  test(`streamCalls gives arguments as they come, in pieces of ${size}`, () => {
    const expected = [
      ["add", JSON.parse(first)],
      ["address", {}],
    ];
    const json = summarize(parse(inJson, "json", size));
    assert.deepEqual(json, { text: "", streamed: [first, "{}"], calls: expected });
    const tags = summarize(parse(inTags, "function-tag", size));
    assert.deepEqual(tags, { text: "Well. ", streamed: [first, "{}"], calls: expected });
  });

  test(`streamCalls leaves text as it is, in pieces of ${size}`, () => {
    for (const text of ["Hello {", '{"name": "Bob"}', "[1, 2]", "a <f b", " "]) {
      for (const format of ["json", "function-tag", "pythonic"] as const)
        assert.equal(summarize(parse(text, format, size)).text, text);
    }
  });
}

test("streamCalls gives out the pieces of arguments that are cut off", () => {
  const { streamed, calls } = summarize(parse('{"name": "add", "parameters": {"a": "x', "json", 4));
  assert.deepEqual(streamed, ['{"a": "x']);
  assert.deepEqual(calls, []);
});
