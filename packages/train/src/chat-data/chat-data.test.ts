import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createJinjaFormat, createLlamaFormat } from "@llamero/core";
import { createByteTokenizer } from "./fake-chat-tokenizer.ts";
import { readConversations, readPairs } from "./read-chat-data.ts";
import { RenderNotes, renderConversations, renderMessages } from "./render-examples.ts";
import { renderPairs } from "./render-pairs.ts";

function fileOf(t: TestContext, lines: readonly unknown[]): string {
  const folder = mkdtempSync(join(tmpdir(), "llamero-chat-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "chat.jsonl");
  writeFileSync(
    path,
    lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"),
  );
  return path;
}

const tokenizer = createByteTokenizer(
  ["begin_of_text", "start_header_id", "end_header_id", "eom_id", "eot_id", "python_tag"].map(
    (name) => `<|${name}|>`,
  ),
);
const llama = createLlamaFormat("llama-3.1", tokenizer);
const chatml = `{% for m in messages %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`;
const chatTokenizer = createByteTokenizer(["<|im_start|>", "<|im_end|>"]);
const jinja = createJinjaFormat(chatml, chatTokenizer);
const limits = { maxTokens: 4096, truncate: false };

/** The text of each run of trained tokens. */
function trainedTexts(
  { ids, weights }: { ids: Int32Array; weights: Float32Array },
  { decode } = tokenizer,
): string[] {
  const texts: string[] = [];
  let from = -1;
  for (let i = 0; i <= ids.length; i++) {
    const isTrained = i < ids.length && weights[i] === 1;
    if (isTrained && from < 0) from = i;
    if (!isTrained && from >= 0) {
      texts.push(decode([...ids.subarray(from, i)]));
      from = -1;
    }
  }
  return texts;
}

const turns = [
  { role: "system", content: "Be short." },
  { role: "user", content: "Hi" },
  { role: "assistant", content: "Hello" },
  { role: "user", content: "Bye" },
  { role: "assistant", content: "So long" },
];

test("renderConversations trains what the assistant says and the token that ends it, nothing else", async (t) => {
  const { records } = await readConversations([fileOf(t, [{ messages: turns }])]);
  const { examples } = renderConversations(llama, records, limits);
  assert.deepEqual(trainedTexts(examples[0]!), ["Hello<|eot_id|>", "So long<|eot_id|>"]);
  const other = renderConversations(jinja, records, limits);
  assert.deepEqual(trainedTexts(other.examples[0]!, chatTokenizer), ["Hello<|im_end|>", "So long<|im_end|>"]);
});

test("renderConversations leaves out messages that are not trainable", async (t) => {
  const messages = turns.map((turn, index) => (index === 2 ? { ...turn, trainable: false } : turn));
  const weighted = turns.map((turn, index) => (index === 2 ? { ...turn, weight: 0 } : turn));
  const { records } = await readConversations([fileOf(t, [{ messages }, { messages: weighted }])]);
  const { examples } = renderConversations(llama, records, limits);
  for (const example of examples) assert.deepEqual(trainedTexts(example), ["So long<|eot_id|>"]);
});

test("renderConversations trains calls of tools and not their results", async (t) => {
  const call = { id: "c1", type: "function", function: { name: "add", arguments: '{"a": 1}' } };
  const record = {
    tools: [{ type: "function", function: { name: "add", parameters: { type: "object", properties: {} } } }],
    messages: [
      { role: "user", content: [{ type: "text", text: "1?" }] },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "c1", content: "2" },
      { role: "assistant", content: "It is 2" },
    ],
  };
  const { records } = await readConversations([fileOf(t, [record])]);
  const [first, second, ...rest] = trainedTexts(renderConversations(llama, records, limits).examples[0]!);
  assert.match(first!, /"add".*"a": 1.*<\|e[a-z]+_id\|>$/);
  assert.equal(second, "It is 2<|eot_id|>");
  assert.deepEqual(rest, []);
});

test("readConversations takes prompt and completion, and trains the completion alone", async (t) => {
  const path = fileOf(t, [
    { prompt: "2+2", completion: "4" },
    { prompt: turns.slice(0, 4), completion: [turns[4]] },
  ]);
  const { records } = await readConversations([path]);
  const { examples } = renderConversations(llama, records, limits);
  assert.deepEqual(
    examples.map((example) => trainedTexts(example)),
    [["4<|eot_id|>"], ["So long<|eot_id|>"]],
  );
});

test("readConversations names each wrong line with what is wrong", async (t) => {
  const ok = { messages: turns };
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    ["{", /:2: not JSON/],
    ["[]", /:2: not a JSON object/],
    [{ conversations: [] }, /:2: the record: is in the ShareGPT form/],
    [{ prompt: "a" }, /:2: the record: has no messages, and no prompt with completion; it has prompt/],
    [{ messages: [] }, /:2: messages: has no message/],
    [{ messages: [{ role: "bot", content: "" }] }, /:2: messages\[0\]: role is "bot"/],
    [{ messages: [{ role: "user" }] }, /:2: messages\[0\]: content is neither/],
    [{ messages: [turns[1]] }, /:2: the record: has no message of the assistant/],
    [{ messages: [{ role: "tool", tool_call_id: "x", content: "" }] }, /"x" is of no call before it/],
    [
      { messages: [{ role: "user", content: [{ type: "image_url" }] }] },
      /content\[0\]: is not a part of type text/,
    ],
    [{ messages: [{ ...turns[2], trainable: "no" }] }, /trainable is "no"/],
    [{ messages: turns, completion: "x" }, /has both messages/],
    [{ prompt: "a", chosen: "b", rejected: "c" }, /is a preference pair/],
  ];
  for (const [line, pattern] of wrong) {
    const path = fileOf(t, [ok, line]);
    await assert.rejects(readConversations([path]), (error: Error) => {
      assert.match(error.message, pattern);
      return error instanceof SyntaxError && error.message.startsWith(path);
    });
  }
  await assert.rejects(readConversations([fileOf(t, ["", " "])]), /holds no record/);
  await assert.rejects(readConversations([fileOf(t, Array(8).fill("{"))]), /and 3 more wrong lines/);
});

test("readConversations reports fields that it does not use once", async (t) => {
  const record = { messages: [{ ...turns[1], audio: 1 }, turns[2]], score: 3 };
  const { notes } = await readConversations([fileOf(t, [record, record])]);
  assert.deepEqual(notes, [
    "Field score is not used (in 2 places)",
    "Field messages[].audio is not used (in 2 places)",
  ]);
});

test("renderConversations refuses what is too long, or cuts it and says how much", async (t) => {
  const long = { messages: [turns[1], { role: "assistant", content: "x".repeat(400) }] };
  const late = { messages: [{ role: "user", content: "x".repeat(400) }, turns[2]] };
  const { records } = await readConversations([fileOf(t, [{ messages: turns }, long, late])]);
  assert.throws(
    () => renderConversations(jinja, records, { maxTokens: 300, truncate: false }),
    /^RangeError: 2 conversations are longer than 300 tokens \(.*chat\.jsonl:2 has 4\d\d, .*:3 has/,
  );
  const { examples, notes } = renderConversations(jinja, records, { maxTokens: 300, truncate: true });
  assert.equal(examples.length, 2);
  assert.equal(examples[1]!.ids.length, 300);
  assert.deepEqual(notes, [
    "2 of 3 conversations are cut to 300 tokens; 1 of them are left out, since no token to learn remains",
  ]);
});

test("readPairs takes texts, messages and whole conversations; renderPairs trains the responses alone", async (t) => {
  const chosen = [...turns.slice(0, 4), { role: "assistant", content: "A" }];
  const rejected = [...turns.slice(0, 4), { role: "assistant", content: "B" }];
  const path = fileOf(t, [
    { prompt: "Hi", chosen: "A", rejected: "B" },
    { prompt: turns.slice(0, 4), chosen: chosen.slice(4), rejected: rejected.slice(4), meta: {} },
    { chosen, rejected },
  ]);
  const { records } = await readPairs([path]);
  const { examples } = renderPairs(llama, records, limits);
  for (const pair of examples) {
    assert.deepEqual(trainedTexts(pair.chosen), ["A<|eot_id|>"]);
    assert.deepEqual(trainedTexts(pair.rejected), ["B<|eot_id|>"]);
  }
  assert.deepEqual(examples[1]!.chosen.ids, examples[2]!.chosen.ids);
});

test("readPairs refuses what is no pair", async (t) => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{ prompt: "a", chosen: "b" }, /has no chosen and rejected/],
    [{ prompt: "a", chosen: "b", rejected: "b" }, /are the same/],
    [{ chosen: "b", rejected: "c" }, /has no prompt/],
    [{ prompt: "a", chosen: "b", rejected: [turns[1]] }, /rejected: has no message of the assistant/],
    [{ chosen: [turns[2]], rejected: [turns[4]] }, /begin with different messages/],
  ];
  for (const [line, pattern] of wrong)
    await assert.rejects(readPairs([fileOf(t, [line])]), (error: Error) => pattern.test(error.message));
});

test("renderMessages refuses a template that hides where an answer begins", () => {
  const hidden = createJinjaFormat(
    "{{ messages[0].content }}{{ messages[1].content | upper }}",
    chatTokenizer,
  );
  const record = {
    source: "f:1",
    tools: [],
    messages: [
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
    ] as const,
  };
  assert.throws(() => renderMessages(hidden, record, new RenderNotes()), /^SyntaxError: f:1: /);
});
