import assert from "node:assert/strict";
import { test } from "node:test";
import type { Item, ItemParam } from "../api/responses-items.ts";
import { fromConversation, itemMessages, toItems } from "./responses-items.ts";

const ids = (): ((prefix: string) => string) => {
  let num = 0;
  return (prefix) => `${prefix}${++num}`;
};

test("toItems gives ids and parts to what has none, and items to references", () => {
  const known: Item = {
    type: "function_call",
    id: "fc_known",
    call_id: "c",
    name: "look",
    arguments: "{}",
    status: "completed",
  };
  const input: ItemParam[] = [
    { role: "user", content: "Hi" },
    { type: "message", role: "assistant", content: "Yes?", id: "msg_given", status: "incomplete" },
    { type: "item_reference", id: "fc_known" },
    { type: "function_call_output", call_id: "c", output: "seen" },
  ];
  assert.deepEqual(toItems(input, new Map([["fc_known", known]]), ids()), [
    {
      type: "message",
      id: "msg_1",
      status: "completed",
      role: "user",
      content: [{ type: "input_text", text: "Hi" }],
    },
    {
      type: "message",
      id: "msg_given",
      status: "incomplete",
      role: "assistant",
      content: [{ type: "output_text", text: "Yes?", annotations: [], logprobs: [] }],
    },
    known,
    { type: "function_call_output", id: "fco_2", call_id: "c", output: "seen", status: "completed" },
  ]);
  assert.deepEqual(toItems(null, new Map(), ids()), []);
});

test("itemMessages joins calls to the message before them and names their results", () => {
  const items = toItems(
    [
      {
        role: "developer",
        content: [
          { type: "input_text", text: "Be " },
          { type: "input_text", text: "kind" },
        ],
      },
      { role: "assistant", content: [{ type: "refusal", refusal: "No" }] },
      { type: "function_call", call_id: "a", name: "look", arguments: '{"at":1}' },
      { type: "function_call", call_id: "b", name: "listen", arguments: "" },
      { type: "function_call_output", call_id: "b", output: [{ type: "input_text", text: "noise" }] },
    ],
    new Map(),
    ids(),
  );
  const expected = [
    { role: "system", content: "Be kind" },
    {
      role: "assistant",
      content: "No",
      toolCalls: [
        { id: "a", name: "look", arguments: { at: 1 } },
        { id: "b", name: "listen", arguments: {} },
      ],
    },
    { role: "tool", toolCallId: "b", name: "listen", content: "noise" },
  ];
  assert.deepEqual(itemMessages([], items), expected);
  assert.deepEqual(itemMessages(items.slice(0, 2), items.slice(2)), expected);
});

test("itemMessages names the input at fault", () => {
  const call = (text: string): ItemParam => ({
    type: "function_call",
    call_id: "a",
    name: "look",
    arguments: text,
  });
  for (const text of ["{", "[]", "1"]) {
    const items = toItems("Hi", new Map(), ids());
    assert.throws(
      () => itemMessages(items, toItems([call(text)], new Map(), ids())),
      /^HttpError: input\[0\]\.arguments/,
    );
  }
});

test("fromConversation reads texts and calls, and refuses the rest by its type", () => {
  const message = {
    type: "message",
    id: "m",
    role: "assistant",
    status: null,
    content: [{ type: "output_text", text: "Hi", annotations: [], logprobs: null }],
  };
  assert.deepEqual(fromConversation(message), {
    ...message,
    status: "completed",
    content: [{ type: "output_text", text: "Hi", annotations: [], logprobs: [] }],
  });
  assert.throws(
    () => fromConversation({ type: "mcp_call", id: "x" }),
    /item x of the conversation, of type mcp_call/,
  );
});
