import assert from "node:assert/strict";
import { test } from "node:test";
import { readGolden } from "../fake-dialogs.ts";
import type { JsonValue } from "../message.ts";
import { interpreterResult } from "./builtin.ts";
import type { ToolCallFormat } from "./encode.ts";
import { encodeMetaToolCall, type MetaStopReason, parseMetaAnswer } from "./meta-compatible.ts";

test("parseMetaAnswer reads one call and keeps the weaknesses of the reference", () => {
  const stop: MetaStopReason = "out_of_tokens";
  assert.deepEqual(parseMetaAnswer("<|python_tag|>1+1<|eom_id|>", stop), {
    content: "",
    stopReason: "end_of_message",
    toolCalls: [{ name: "code_interpreter", arguments: { code: "1+1" } }],
  });
  assert.equal(parseMetaAnswer('<function=f>{"a": {"b": 1}}</function>', stop).toolCalls.length, 0);
});

interface GoldenParse {
  input: string;
  default_stop: MetaStopReason;
  result: {
    content: string;
    stop_reason: string;
    tool_calls?: { tool_name: string; arguments: Record<string, JsonValue> }[];
  };
}

interface GoldenEncode {
  tool_name: string;
  arguments: Record<string, JsonValue>;
  format: string;
  text: string;
}

test("golden: parseMetaAnswer and encodeMetaToolCall agree with Meta's ToolUtils", (t) => {
  const golden = readGolden<{ parse: GoldenParse[]; encode: GoldenEncode[] }>("tool_calls_meta.json");
  if (golden === null) return t.skip("needs ../shared: golden/tool_calls_meta.json");
  for (const item of golden.parse)
    assert.deepEqual(
      parseMetaAnswer(item.input, item.default_stop),
      {
        content: item.result.content,
        stopReason: item.result.stop_reason,
        toolCalls: (item.result.tool_calls ?? []).map((call) => ({
          name: call.tool_name,
          arguments: call.arguments,
        })),
      },
      item.input,
    );
  const formats: Readonly<Record<string, ToolCallFormat>> = {
    json: "json",
    any: "json",
    function_tag: "function-tag",
    python_list: "pythonic",
  };
  for (const item of golden.encode) {
    const text = encodeMetaToolCall(
      { name: item.tool_name, arguments: item.arguments },
      formats[item.format]!,
    );
    assert.equal(text, item.text);
  }
});

test("golden: interpreterResult gives the texts of Meta's generators", (t) => {
  const golden = readGolden<{
    tool_response: { status: string; stdout: string | null; stderr: string | null; text: string }[];
  }>("system_prompts.json");
  if (golden === null) return t.skip("needs ../shared: golden/system_prompts.json");
  for (const { status, stdout, stderr, text } of golden.tool_response) {
    const result = { ok: status === "success", stdout: stdout ?? undefined, stderr: stderr ?? undefined };
    assert.equal(interpreterResult(result), text);
  }
});
