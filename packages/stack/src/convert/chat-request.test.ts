import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpError } from "../http/http-error.ts";
import { toChatJob, toMessages } from "./chat-request.ts";

test("toMessages joins text parts, names tool results and parses arguments", () => {
  const call = { id: "c1", type: "function" as const, function: { name: "add", arguments: '{"a":1}' } };
  const messages = toMessages([
    { role: "developer", content: "Be brief" },
    {
      role: "user",
      content: [
        { type: "text", text: "1 " },
        { type: "text", text: "+ 1" },
      ],
    },
    { role: "assistant", content: null, tool_calls: [call] },
    { role: "tool", tool_call_id: "c1", content: "2" },
    { role: "assistant", content: "2" },
  ]);
  assert.deepEqual(messages, [
    { role: "system", content: "Be brief" },
    { role: "user", content: "1 + 1" },
    { role: "assistant", content: "", toolCalls: [{ id: "c1", name: "add", arguments: { a: 1 } }] },
    { role: "tool", toolCallId: "c1", name: "add", content: "2" },
    { role: "assistant", content: "2" },
  ]);
});

test("toMessages refuses arguments that are no object, with their place", () => {
  const call = { id: "c1", type: "function" as const, function: { name: "add", arguments: "[1]" } };
  assert.throws(
    () => toMessages([{ role: "assistant", tool_calls: [call] }]),
    (error) =>
      error instanceof HttpError && error.body.error.param === "messages[0].tool_calls[0].function.arguments",
  );
});

test("toChatJob leaves what the request leaves out to the model", () => {
  const { options } = toChatJob({
    model: "m",
    messages: [{ role: "user", content: "hi" }],
    temperature: null,
    stop: null,
    tools: [],
  });
  assert.deepEqual(options, [{ sampling: {} }]);
});

test("toChatJob passes the context policy on", () => {
  const messages = [{ role: "user" as const, content: "hi" }];
  const { options } = toChatJob({ model: "m", messages, context_policy: "drop-middle" });
  assert.equal(options[0]!.contextPolicy, "drop-middle");
});
