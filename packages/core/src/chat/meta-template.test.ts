import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseChatFormat } from "./chat-format.ts";
import { createByteTokenizer } from "./fake-tokenizer.ts";
import { createJinjaChat } from "./jinja-format.ts";
import type { Message, ToolDefinition } from "./message.ts";
import { renderMetaDialect } from "./meta-dialect.ts";
import { metaChatTemplate } from "./meta-template.ts";

const tokenizer = createByteTokenizer();
const tools: readonly ToolDefinition[] = [
  {
    name: "add",
    description: 'Adds "two" numbers, süß',
    parameters: {
      type: "object",
      properties: { a: { type: "integer", description: "First" }, b: { type: "integer" } },
      required: ["a", "b"],
    },
  },
  { name: "now", description: "", parameters: { type: "object", properties: {} } },
];
const calls: readonly Message[] = [
  { role: "system", content: " Be kind.\n" },
  { role: "user", content: " 1 + 2?" },
  {
    role: "assistant",
    content: "",
    toolCalls: [
      { id: "c1", name: "add", arguments: { a: 1, b: 2 } },
      { id: "c2", name: "now", arguments: {} },
    ],
  },
  { role: "tool", toolCallId: "c1", name: "add", content: '{"sum": 3}' },
  { role: "assistant", content: "3 " },
  { role: "user", content: "Thanks" },
];

test("metaChatTemplate renders as Meta's dialect and is taken for it", () => {
  const jinja = createJinjaChat(metaChatTemplate, tokenizer);
  const now = new Date(2026, 10, 5);
  for (const messages of [calls, calls.slice(1), calls.slice(1, 2)])
    for (const offered of [[], tools, tools.slice(1)])
      for (const addGenerationPrompt of [true, false]) {
        const options = { tools: offered, addGenerationPrompt, now };
        assert.equal(
          tokenizer.decode(jinja.render(messages, options).ids),
          tokenizer.decode(renderMetaDialect(tokenizer, messages, options).ids),
        );
      }
  assert.equal(chooseChatFormat({ chatTemplate: metaChatTemplate, tokenizer }).name, "llama-meta");
});
