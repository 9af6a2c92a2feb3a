import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResponseEvent } from "../api/responses-events.ts";
import type { ResponseObject } from "../api/responses-object.ts";
import type { ResponseRequest } from "../api/responses-request.ts";
import { foldResponse } from "../fake-fold.ts";
import { FakeTextModel } from "../fake-text-model.ts";
import { ServedModels } from "../served-models.ts";
import { openShields } from "../shields/open-shields.ts";
import { openStore } from "../store/open-store.ts";
import { prepareResponse } from "./prepare.ts";
import { createBuilder, generateResponse } from "./run-response.ts";
import type { ToolRunner } from "./tool-runner.ts";

let numRuns = 0;

const clock: ToolRunner = {
  name: "clock",
  form: "function",
  asks: false,
  tool: {
    name: "clock",
    description: "The time",
    parameters: { type: "object", properties: {} },
    group: "test",
    needsApproval: false,
    untrusted: false,
    run: async () => ({ text: `noon (${++numRuns})`, failed: false }),
  },
};

/** A response of a model that looks at the clock until it may not, and says what it was told. */
async function run(
  fields: Partial<ResponseRequest>,
): Promise<{ response: ResponseObject; model: FakeTextModel; events: ResponseEvent[] }> {
  await using store = await openStore(":memory:");
  let numCalls = 0;
  const model: FakeTextModel = new FakeTextModel({
    reply: (messages) =>
      model.calls.at(-1)!.options.tools === undefined
        ? `It is ${messages.at(-1)!.content}`
        : [{ id: `call_${++numCalls}`, name: "clock", arguments: {} }],
  });
  const models = new ServedModels([{ name: "fake", model }]);
  const request: ResponseRequest = { model: "fake", input: "Time?", ...fields };
  const shields = openShields({}, { findModel: () => model });
  const services = { models, store, shields };
  const prepared = { ...(await prepareResponse(request, "local", services)), runners: [clock] };
  const builder = createBuilder(prepared);
  const events: ResponseEvent[] = [];
  const { signal } = new AbortController();
  await generateResponse(prepared, builder, { disconnected: signal, ended: signal }, (more) => {
    events.push(...more);
  });
  events.push(...builder.finish());
  return { response: builder.response, model, events };
}

test("generateResponse runs calls of the server's tools until the limit of generations", async () => {
  const { response, model, events } = await run({ max_infer_iters: 3 });
  assert.deepEqual(foldResponse(events), response);
  assert.deepEqual(
    response.output.map(({ type }) => type),
    ["function_call", "function_call_output", "function_call", "function_call_output", "message"],
  );
  assert.equal(model.calls.length, 3);
  assert.equal(model.calls[2]!.messages.at(-1)!.content, "noon (2)");
  assert.equal(response.usage!.total_tokens, response.usage!.input_tokens + response.usage!.output_tokens);
});

test("generateResponse runs no more calls than it may", async () => {
  const { response } = await run({ max_tool_calls: 1 });
  assert.deepEqual(
    response.output.map(({ type }) => type),
    ["function_call", "function_call_output", "message"],
  );
});
