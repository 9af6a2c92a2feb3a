import assert from "node:assert/strict";
import { test } from "node:test";
import { ChatTemplateError } from "./chat-template-error.ts";
import {
  type GoldenMessage,
  readGolden,
  readLlama3Tokenizer,
  toMessage,
  toToolDefinition,
} from "./fake-dialogs.ts";
import { createByteTokenizer } from "./fake-tokenizer.ts";
import { renderHfDialect } from "./hf-dialect.ts";
import type { Message, ToolDefinition } from "./message.ts";
import { pythonJson } from "./python-text.ts";

const byte = createByteTokenizer();
const add: ToolDefinition = {
  name: "add",
  description: "Adds",
  parameters: { type: "object", properties: {} },
};
const call = (id: string, a: number): { id: string; name: string; arguments: { a: number } } => ({
  id,
  name: "add",
  arguments: { a },
});

test("renderHfDialect always has a system message with the date, and trims contents", () => {
  const { ids } = renderHfDialect(byte, [{ role: "user", content: "\u0085 hi \n" }], {
    version: "3.2",
    dateString: "01 Feb 2025",
  });
  assert.match(byte.decode(ids), /Today Date: 01 Feb 2025\n\n<\|eot_id\|>.*\n\nhi<\|eot_id\|>/s);
});

test("renderHfDialect of 3.0 has no system message of its own", () => {
  const { ids } = renderHfDialect(byte, [{ role: "user", content: "hi" }], { version: "3.0" });
  assert.equal(
    byte
      .decode(ids)
      .match(/<\|start_header_id\|>\w+/g)
      ?.join(),
    "<|start_header_id|>user,<|start_header_id|>assistant",
  );
});

test("renderHfDialect loses nothing by default and refuses when strict", () => {
  const messages: Message[] = [
    { role: "user", content: "q" },
    { role: "assistant", content: "Adding.", toolCalls: [call("1", 1), call("2", 2)] },
    { role: "tool", toolCallId: "1", name: "add", content: '{"sum": 1}' },
  ];
  const text = byte.decode(renderHfDialect(byte, messages, { version: "3.1", tools: [add] }).ids);
  assert.ok(
    text.includes(
      'Adding.{"name": "add", "parameters": {"a": 1}}; {"name": "add", "parameters": {"a": 2}}<|eot_id|>',
    ),
  );
  assert.ok(text.includes('ipython<|end_header_id|>\n\n{"sum": 1}<|eot_id|>'));
  assert.throws(() => renderHfDialect(byte, messages, { version: "3.1", isStrict: true }), ChatTemplateError);
});

test("renderHfDialect puts tools into the system message when no user message comes first", () => {
  const messages: Message[] = [{ role: "assistant", content: "Hello" }];
  const { ids, ledger } = renderHfDialect(byte, messages, { version: "3.1", tools: [add] });
  assert.match(byte.decode(ids), /system<\|end_header_id\|>[^<]*"name": "add"/);
  assert.equal(ledger.system + ledger.messages + ledger.tools + ledger.template, ids.length);
  assert.ok(ledger.tools > 50);
});

interface GoldenCase {
  name: string;
  messages: GoldenMessage[];
  kwargs: {
    tools?: { function: ToolDefinition }[];
    custom_tools?: { function: ToolDefinition }[];
    builtin_tools?: string[];
    tools_in_user_message?: boolean;
    date_string?: string;
    add_generation_prompt?: boolean;
  };
  text?: string;
  ids?: number[];
  error?: string;
}

// Inputs and outputs that differ from ours on purpose.
const deviations: Readonly<Record<string, { reason: string; adapt: (text: string) => string }>> = {
  arguments_as_json_string: {
    reason: "our arguments are objects; the template quotes a JSON string twice",
    adapt: (text) => text.replace('"{\\"a\\": 1, \\"b\\": 2}"', '{"a": 1, "b": 2}'),
  },
  tool_call_and_dict_result: {
    reason: "our tool results are text, so a result that is an object comes out quoted when strict",
    adapt: (text) => text.replace('{"result": 3, "ok": true, "note": null}', (json) => JSON.stringify(json)),
  },
  tool_call_list_result_then_answer: {
    reason: "our tool results are text, so a result that is a list comes out quoted when strict",
    adapt: (text) => text.replace('[1, 2, "ü"]', (json) => JSON.stringify(json)),
  },
};

test("golden: renderHfDialect gives the strings and ids of the published templates", (t) => {
  const golden = readGolden<{ templates: Record<string, GoldenCase[]> }>("chat_hf.json");
  const tokenizer = readLlama3Tokenizer();
  if (golden === null) return t.skip("needs ../shared: golden/chat_hf.json");
  if (tokenizer === null) return t.skip("needs LLAMERO_MODELS: llama3.tokenizer.model");
  for (const version of ["3.1", "3.2"] as const)
    for (const item of golden.templates[`llama${version}`] as GoldenCase[]) {
      const label = `${version} ${item.name}`;
      const tools = item.kwargs.tools ?? item.kwargs.custom_tools;
      const render = (): number[] =>
        renderHfDialect(
          tokenizer,
          item.messages.map((message) => toMessage(message, pythonJson)),
          {
            version,
            tools: tools?.map(toToolDefinition),
            builtinTools: item.kwargs.builtin_tools,
            toolsInUserMessage: item.kwargs.tools_in_user_message,
            dateString: item.kwargs.date_string,
            addGenerationPrompt: item.kwargs.add_generation_prompt,
            isStrict: true,
          },
        ).ids;
      if (item.error !== undefined) {
        assert.throws(render, ChatTemplateError, label);
        continue;
      }
      const ids = render();
      const deviation: (typeof deviations)[string] | undefined = deviations[item.name];
      assert.equal(tokenizer.decode(ids), deviation?.adapt(item.text!) ?? item.text, label);
      if (deviation !== undefined) continue;
      if (item.name === "special_injection_string_level") {
        // The template lets this user text make control tokens; ours must not.
        const isEot = (id: number): boolean => id === tokenizer.specialId("<|eot_id|>");
        assert.equal(ids.filter(isEot).length, 2);
        continue;
      }
      assert.deepEqual(ids, item.ids, label);
    }
});
