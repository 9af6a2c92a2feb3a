import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import type { SamplingValues } from "../model/open-model.ts";
import { runChatCommand } from "./chat-commands.ts";
import { LineReader } from "./line-reader.ts";
import type { ChatState } from "./session.ts";

const sampling: SamplingValues = {
  maxTokens: null,
  temperature: null,
  topK: null,
  topP: null,
  minP: null,
  seed: null,
  repeatPenalty: null,
  frequencyPenalty: null,
  presencePenalty: null,
  stop: [],
  contextPolicy: "refuse",
};

test("runChatCommand changes the system prompt, the history and the sampling", () => {
  const state: ChatState = { messages: [{ role: "user", content: "hi" }], sampling };
  assert.equal(runChatCommand("/system be brief", state), "stay");
  assert.deepEqual(
    state.messages.map(({ role }) => role),
    ["system", "user"],
  );
  runChatCommand("/clear", state);
  assert.deepEqual(state.messages, [{ role: "system", content: "be brief" }]);
  runChatCommand("/system", state);
  assert.deepEqual(state.messages, []);
  runChatCommand("/set temp 0.2", state);
  runChatCommand("/set stop ###", state);
  assert.equal(state.sampling.temperature, 0.2);
  assert.deepEqual(state.sampling.stop, ["###"]);
  assert.equal(runChatCommand("/bye", state), "quit");
  assert.throws(() => runChatCommand("/nope", state), /Unknown command \/nope/);
  assert.throws(() => runChatCommand("/set", state), /\/set takes a name and a value/);
  assert.throws(() => runChatCommand("/set temp hot", state), /--temp takes a number/);
});

test("LineReader joins the lines between triple quotes and ends with the input", async () => {
  const input = new PassThrough();
  using reader = new LineReader(input, new PassThrough());
  input.write('one\n"""two\nthree\n"""\n"""four"""\n');
  assert.equal(await reader.next(), "one");
  assert.equal(await reader.next(), "two\nthree");
  assert.equal(await reader.next(), "four");
  input.end();
  assert.equal(await reader.next(), null);
});

test("LineReader: Ctrl-C stops an answer first, and twice in a row leaves", async () => {
  const input = new PassThrough();
  using reader = new LineReader(input, new PassThrough());
  let numStops = 0;
  {
    using _ = reader.onInterrupt(() => numStops++);
    input.write("\u0003");
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(numStops, 1);
  const next = reader.next();
  input.write("\u0003");
  input.write("\u0003");
  assert.equal(await next, null);
  assert.equal(numStops, 1);
});
