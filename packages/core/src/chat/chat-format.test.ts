import assert from "node:assert/strict";
import { test } from "node:test";
import type { Degradation } from "@llamero/kernels";
import { chooseChatFormat, createLlamaFormat } from "./chat-format.ts";
import { createByteTokenizer } from "./fake-tokenizer.ts";

const llama = createByteTokenizer();
const other = createByteTokenizer(["<s>", "</s>"]);
const header = "'<|start_header_id|>' + m.role + '<|end_header_id|>\\n\\n'";
const llama30 = `{{ bos_token }}{% for m in messages %}{{ ${header} + m.content | trim + '<|eot_id|>' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}`;

test("chooseChatFormat takes the built-in dialect that renders as the template does", () => {
  assert.equal(chooseChatFormat({ chatTemplate: llama30, tokenizer: llama }).name, "llama-3.0");
  const verbatim = llama30.replace(" | trim", "");
  assert.equal(chooseChatFormat({ chatTemplate: verbatim, tokenizer: llama }).name, "jinja");
  assert.equal(
    chooseChatFormat({ chatTemplate: llama30.replace("<|eot", "!<|eot"), tokenizer: llama }).name,
    "jinja",
  );
});

test("chooseChatFormat without a template goes by the tokenizer", () => {
  assert.equal(chooseChatFormat({ chatTemplate: null, tokenizer: llama }).name, "llama-meta");
  const plain = chooseChatFormat({ chatTemplate: null, tokenizer: other });
  const notes: Degradation[] = [];
  const { ids } = plain.render([{ role: "user", content: "hi</s>" }], {
    onDegraded: (note) => notes.push(note),
  });
  assert.equal(other.decode(ids), "<s>User: hi</s>\n\nAssistant:");
  assert.equal(ids.filter((id) => id >= 256).length, 1);
  assert.equal(notes[0]?.used, "plain paragraphs");
});

test("createLlamaFormat stops at every end of message and tells today's date when asked", () => {
  const format = createLlamaFormat("llama-3.1", llama);
  assert.equal(format.stopIds.length, 3);
  const now = new Date(2025, 4, 6);
  assert.match(llama.decode(format.render([{ role: "user", content: "x" }], { now }).ids), /06 May 2025/);
  assert.match(llama.decode(format.render([{ role: "user", content: "x" }]).ids), /26 Jul 2024/);
});
