import assert from "node:assert/strict";
import { test } from "node:test";
import { type ResponseEvent, responseEventSchema } from "../api/responses-events.ts";
import { responseRequestSchema } from "../api/responses-request.ts";
import { foldResponse } from "../fake-fold.ts";
import { ResponseBuilder, type ResponsePart } from "./responses-events.ts";
import { toResponse } from "./responses-request.ts";

type FinishPart = Extract<ResponsePart, { type: "finish" }>;

const head = { id: "resp_1", createdAt: 1, model: "fake" };

function createBuilder(): ResponseBuilder {
  let numIds = 0;
  const response = toResponse(responseRequestSchema.parse({ model: "fake", input: "Hi" }), head);
  return new ResponseBuilder(response, { newId: (prefix) => `${prefix}${++numIds}`, now: () => 2 });
}

function finish(reason: FinishPart["reason"] = "stop"): FinishPart {
  const usage = { promptTokens: 5, cachedTokens: 2, completionTokens: 3, contextUsed: 8, contextLimit: 100 };
  return {
    type: "finish",
    reason,
    usage,
    text: "",
    toolCalls: [],
    ids: [],
    degraded: [],
  } as unknown as FinishPart;
}

/** All events of a response made of parts. */
function run(builder: ResponseBuilder, parts: readonly ResponsePart[]): ResponseEvent[] {
  const events = [...builder.start(), ...parts.flatMap((part) => builder.convert(part)), ...builder.finish()];
  for (const event of events) assert.deepEqual(responseEventSchema.parse(event), event);
  return events;
}

const text = (value: string): ResponsePart => ({
  type: "text-delta",
  text: value,
  tokens: [{ token: 1, logprob: -1, bytes: new TextEncoder().encode(value), top: [] }],
});

test("ResponseBuilder says a text in the order of the specification", () => {
  const builder = createBuilder();
  const events = run(builder, [text("Hello"), text(" you"), finish()]);
  assert.deepEqual(
    events.map(({ type }) => type.replace("response.", "")),
    [
      "created",
      "in_progress",
      "output_item.added",
      "content_part.added",
      "output_text.delta",
      "output_text.delta",
      "output_text.done",
      "content_part.done",
      "output_item.done",
      "completed",
    ],
  );
  assert.deepEqual(foldResponse(events), builder.response);
  const { status, completed_at, usage, output } = builder.response;
  assert.deepEqual([status, completed_at], ["completed", 2]);
  assert.deepEqual(usage, {
    input_tokens: 5,
    input_tokens_details: { cached_tokens: 2 },
    output_tokens: 3,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 8,
  });
  const logprobs = ["Hello", " you"].map((token) => ({
    token,
    logprob: -1,
    bytes: [...Buffer.from(token)],
    top_logprobs: [],
  }));
  assert.deepEqual(output, [
    {
      type: "message",
      id: "msg_1",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: "Hello you", annotations: [], logprobs }],
    },
  ]);
});

test("ResponseBuilder marks where an answer cites passages of files, and says so before the text is done", () => {
  const builder = createBuilder();
  builder.allowCitations([{ id: "file_1", title: "a.txt", text: "Llamas hum.", number: 2 }]);
  const events = run(builder, [text("They hum [2"), text("], it says, [3] or not."), finish()]);
  const cited = { type: "file_citation", index: 9, file_id: "file_1", filename: "a.txt" } as const;
  const at = events.findIndex(({ type }) => type === "response.output_text.annotation.added");
  const added = events[at]!;
  assert.ok(added.type === "response.output_text.annotation.added");
  assert.deepEqual([added.annotation_index, added.annotation], [0, cited]);
  assert.equal(events[at + 1]!.type, "response.output_text.done");
  assert.deepEqual(foldResponse(events), builder.response);
  const [item] = builder.response.output;
  assert.ok(item?.type === "message" && item.content[0]?.type === "output_text");
  assert.deepEqual(item.content[0].annotations, [cited]);
  // Another process goes on with what was said: its citations stay.
  const again = createBuilder();
  again.restore([item], null);
  assert.deepEqual(again.response.output, [
    {
      ...item,
      id: again.response.output[0]!.id,
      content: item.content.map((part) => ({ ...part, logprobs: [] })),
    },
  ]);
});

test("ResponseBuilder says text, streamed calls and whole calls as items of their own", () => {
  const builder = createBuilder();
  const events = run(builder, [
    text("Let me look"),
    { type: "tool-call-start", id: "a", name: "look" },
    { type: "tool-call-delta", id: "a", arguments: '{"at":' },
    { type: "tool-call-delta", id: "a", arguments: "1}" },
    { type: "tool-call", call: { id: "a", name: "look", arguments: { at: 1 } } },
    { type: "tool-call", call: { id: "b", name: "listen", arguments: {} } },
    finish("tool-calls"),
  ]);
  assert.deepEqual(foldResponse(events), builder.response);
  assert.deepEqual(
    builder.response.output.map((item) =>
      item.type === "function_call" ? [item.call_id, item.arguments] : item.id,
    ),
    ["msg_1", ["a", '{"at":1}'], ["b", "{}"]],
  );
  assert.equal(builder.response.status, "completed");
});

test("ResponseBuilder marks what the token limit cut", () => {
  const builder = createBuilder();
  const events = run(builder, [
    { type: "tool-call-start", id: "a", name: "look" },
    { type: "tool-call-delta", id: "a", arguments: '{"at":' },
    finish("length"),
  ]);
  assert.deepEqual(foldResponse(events), builder.response);
  assert.equal(events.at(-1)!.type, "response.incomplete");
  assert.deepEqual(builder.response.incomplete_details, { reason: "max_output_tokens" });
  assert.equal(builder.response.output[0]!.status, "incomplete");
  assert.equal(builder.response.completed_at, null);
});

test("ResponseBuilder says refusals, and an answer of no tokens as an empty message", () => {
  const refused = createBuilder();
  const events = run(refused, [text("Well"), { type: "refusal-delta", text: "No" }, finish()]);
  assert.deepEqual(foldResponse(events), refused.response);
  const [message] = refused.response.output;
  assert.deepEqual(message?.type === "message" && message.content[1], { type: "refusal", refusal: "No" });
  const empty = createBuilder();
  assert.deepEqual(foldResponse(run(empty, [finish()])), empty.response);
  assert.equal(empty.response.output.length, 1);
});

test("ResponseBuilder keeps what there is when an error or a cancellation ends it", () => {
  const failed = createBuilder();
  const error = { code: "server_error", message: "Broken" };
  const events = [...failed.start(), ...failed.convert(text("Hel")), ...failed.fail(error)];
  assert.deepEqual(foldResponse(events), failed.response);
  assert.deepEqual([failed.response.status, failed.response.error], ["failed", error]);
  assert.equal(failed.response.output[0]!.status, "incomplete");
  const cancelled = createBuilder();
  const cut = [
    ...cancelled.queue(),
    ...cancelled.start(),
    ...cancelled.convert(text("Hel")),
    ...cancelled.cancel(),
  ];
  assert.deepEqual(foldResponse(cut), cancelled.response);
  assert.equal(cancelled.response.status, "cancelled");
  assert.deepEqual(
    cut.slice(0, 3).map(({ type }) => type),
    ["response.created", "response.queued", "response.in_progress"],
  );
});
