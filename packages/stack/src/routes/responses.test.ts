import assert from "node:assert/strict";
import { test } from "node:test";
import type OpenAI from "openai";
import { type ResponseEvent, responseEventSchema } from "../api/responses-events.ts";
import { foldResponse } from "../fake-fold.ts";
import { serveFake } from "../fake-server.ts";
import { FakeTextModel } from "../fake-text-model.ts";

const weather = {
  type: "function",
  name: "weather",
  description: "Weather of a place",
  parameters: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
  strict: false,
} as const;

test("POST /v1/responses answers a text as the official client reads it", async (t) => {
  const { client, model } = await serveFake(t);
  const response = await client.responses.create({
    model: "llamero/fake",
    instructions: "Be kind",
    input: "Hi there",
    temperature: 0.2,
    max_output_tokens: 50,
    metadata: { topic: "tests" },
    truncation: "auto",
    safety_identifier: "somebody",
  });
  assert.equal(response.output_text, "Echo: Hi there");
  assert.deepEqual(
    [response.status, response.model, response.instructions],
    ["completed", "fake", "Be kind"],
  );
  assert.deepEqual(response.metadata, { topic: "tests" });
  assert.equal(response.usage?.output_tokens, 3);
  const { messages, options } = model.calls[0]!;
  assert.deepEqual(messages, [
    { role: "system", content: "Be kind" },
    { role: "user", content: "Hi there" },
  ]);
  assert.equal(options.contextPolicy, "drop-middle");
  assert.deepEqual([options.maxTokens, options.client], [50, "somebody"]);
  const { seed, ...sampling } = options.sampling ?? {};
  assert.ok(Number.isInteger(seed), "an answer that is kept can be replayed");
  assert.deepEqual(sampling, { temperature: 0.2 });
});

test("POST /v1/responses streams events that fold to what it answers whole", async (t) => {
  const { client } = await serveFake(t);
  const body = {
    model: "fake",
    input: [{ role: "user", content: [{ type: "input_text", text: "Count to three" }] }],
    include: ["message.output_text.logprobs"],
    top_logprobs: 2,
  } as const;
  const events: ResponseEvent[] = [];
  for await (const event of await client.responses.create({
    ...body,
    input: [...body.input] as never,
    include: [...body.include],
    stream: true,
  })) {
    events.push(responseEventSchema.parse(event));
  }
  const folded = foldResponse(events);
  const last = events.at(-1)!;
  assert.ok(last.type === "response.completed");
  assert.deepEqual(folded, last.response);
  const whole = await client.responses.create({
    ...body,
    input: [...body.input] as never,
    include: [...body.include],
  });
  const same = (value: unknown): unknown => {
    const {
      id: _,
      created_at: __,
      completed_at: ___,
      output_text: ____,
      output,
      ...rest
    } = value as typeof whole;
    return { ...rest, output: output.map((item) => ({ ...item, id: "" })) };
  };
  assert.deepEqual(same(folded), same(whole));
  const [message] = whole.output;
  assert.ok(message?.type === "message" && message.content[0]?.type === "output_text");
  assert.equal(message.content[0].logprobs?.length, 4);
  assert.equal(message.content[0].logprobs?.[0]?.top_logprobs.length, 2);
  const stored = await client.responses.retrieve(folded.id);
  assert.deepEqual(stored.output, folded.output);
});

test("POST /v1/responses streams with the client's stream helper", async (t) => {
  const { client } = await serveFake(t);
  const stream = client.responses.stream({ model: "fake", input: "One two" });
  const deltas: string[] = [];
  stream.on("response.output_text.delta", ({ delta }) => deltas.push(delta));
  const final = await stream.finalResponse();
  assert.equal(deltas.join(""), "Echo: One two");
  assert.equal(final.output_text, "Echo: One two");
});

test("POST /v1/responses goes through a chain of responses with tool calls", async (t) => {
  const { client, model } = await serveFake(t, {
    reply: (messages) => {
      const last = messages.at(-1)!;
      if (last.role === "tool") return `It is ${last.content}`;
      if (last.content.startsWith("Weather")) {
        return [{ id: `call_${messages.length}`, name: "weather", arguments: { place: "Lima" } }];
      }
      return "Bye";
    },
  });
  const asked = await client.responses.create({ model: "fake", input: "Weather?", tools: [weather] });
  const [call] = asked.output;
  assert.ok(call?.type === "function_call");
  assert.deepEqual([call.name, call.arguments, call.status], ["weather", '{"place":"Lima"}', "completed"]);
  const told = await client.responses.create({
    model: "fake",
    previous_response_id: asked.id,
    tools: [weather],
    input: [{ type: "function_call_output", call_id: call.call_id, output: "sunny" }],
  });
  assert.equal(told.output_text, "It is sunny");
  const stream = client.responses.stream({ model: "fake", previous_response_id: told.id, input: "Thanks" });
  const ended = await stream.finalResponse();
  assert.equal(ended.output_text, "Bye");
  assert.equal(ended.previous_response_id, told.id);
  assert.deepEqual(model.calls.at(-1)!.messages, [
    { role: "user", content: "Weather?" },
    {
      role: "assistant",
      content: "",
      toolCalls: [{ id: call.call_id, name: "weather", arguments: { place: "Lima" } }],
    },
    { role: "tool", toolCallId: call.call_id, name: "weather", content: "sunny" },
    { role: "assistant", content: "It is sunny" },
    { role: "user", content: "Thanks" },
  ]);
  // The same by hand: output sent back as input, and by reference.
  const again = await client.responses.create({
    model: "fake",
    input: [
      { role: "user", content: "Weather?" },
      ...(asked.output as OpenAI.Responses.ResponseInputItem[]),
      { type: "function_call_output", call_id: call.call_id, output: [{ type: "input_text", text: "wet" }] },
    ],
  });
  assert.equal(again.output_text, "It is wet");
  const referred = await client.responses.create({
    model: "fake",
    input: [
      { type: "item_reference", id: call.id },
      { type: "function_call_output", call_id: call.call_id, output: "hot" },
    ],
  } as never);
  assert.equal(referred.output_text, "It is hot");
});

test("POST /v1/responses takes items back with the nulls of fields that it does not know", async (t) => {
  const { client } = await serveFake(t);
  const first = await client.responses.create({ model: "fake", input: "One" });
  const dumped = first.output.map((item) => ({ ...item, caller: null, phase: null }));
  const again = await client.responses.create({
    model: "fake",
    input: [{ role: "user", content: "One" }, ...dumped, { role: "user", content: "Two" }] as never,
  });
  assert.equal(again.output_text, "Echo: Two");
  await assert.rejects(
    client.responses.create({ model: "fake", input: [{ ...dumped[0], caller: "x", other: null }] as never }),
    /input\[0\]\.caller/,
  );
});

test("POST /v1/responses holds calls and answers to what is asked", async (t) => {
  const { client, model } = await serveFake(t);
  const schema = { type: "object", properties: {}, additionalProperties: false };
  await client.responses.create({
    model: "fake",
    input: "Hi",
    tools: [weather, { ...weather, name: "other", strict: true }],
    tool_choice: { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "other" }] },
    parallel_tool_calls: false,
    text: { format: { type: "json_schema", name: "answer", schema } },
  });
  const { options } = model.calls[0]!;
  assert.deepEqual(
    options.tools?.map(({ name, isStrict }) => [name, isStrict]),
    [["other", true]],
  );
  assert.deepEqual([options.toolChoice, options.parallelToolCalls], ["required", false]);
  assert.deepEqual(options.responseFormat, { type: "json-schema", schema });
  await client.responses.create({
    model: "fake",
    input: "Hi",
    tools: [weather],
    // The client's types have no none, Open Responses has.
    tool_choice: {
      type: "allowed_tools",
      mode: "none" as "auto",
      tools: [{ type: "function", name: "weather" }],
    },
  });
  assert.deepEqual(model.calls[1]!.options.tools ?? [], []);
});

test("POST /v1/responses refuses by name what is not there", async (t) => {
  const { client } = await serveFake(t);
  const cases: [Record<string, unknown>, number, string | null][] = [
    [{ input: "x", tools: [{ type: "web_search" }] }, 400, "tools[0]"],
    [{ input: "x", tools: [{ type: "computer_use" }] }, 400, "tools[0].type"],
    [{ input: "x", tools: [{ type: "file_search", vector_store_ids: ["a"] }] }, 404, null],
    [{ input: "x", tools: [{ type: "mcp", server_label: "a" }] }, 400, "tools[0]"],
    [{ input: "x", reasoning: { effort: "high" } }, 400, "reasoning.effort"],
    [{ input: "x", guardrails: ["a"] }, 404, "guardrails[0]"],
    [{ input: "x", conversation: "b" }, 400, "conversation"],
    [{ input: "x", service_tier: "scale" }, 400, "service_tier"],
    [{ input: "x", include: ["computer_call_output.output.image_url"] }, 400, "include[0]"],
    [{ input: "x", background: true, store: false }, 400, "background"],
    [{ input: "x", previous_response_id: "a", conversation: "b" }, 400, "conversation"],
    [{ input: "x", previous_response_id: "resp_none" }, 404, "previous_response_id"],
    [{ input: "x", conversation: "conv_none" }, 404, "conversation"],
    [{ input: "x", prompt: { id: "none" } }, 404, "prompt.id"],
    [{ input: "x", tool_choice: "required" }, 400, "tool_choice"],
    [{ input: "x", tool_choice: { type: "function", name: "a" } }, 400, "tool_choice"],
    [{ input: "x", tools: [weather, weather] }, 400, "tools[1].name"],
    [{ input: "x", model: "none" }, 404, "model"],
    [{ input: [] }, 400, "input"],
    [{}, 400, "input"],
    [{ input: [{ type: "reasoning", id: "a", summary: [] }] }, 400, "input[0].type"],
    [{ input: [{ type: "item_reference", id: "msg_none" }] }, 404, "input[0].id"],
    [{ input: [{ type: "function_call_output", call_id: "a", output: "b" }] }, 400, "input[0].call_id"],
    [
      { input: [{ type: "function_call", call_id: "a", name: "b", arguments: "[" }] },
      400,
      "input[0].arguments",
    ],
    [
      { input: [{ role: "user", content: [{ type: "input_image", image_url: "x" }] }] },
      400,
      "input[0].content[0].type",
    ],
    [{ input: "word ".repeat(2000) }, 400, "input"],
  ];
  for (const [body, status, param] of cases) {
    for (const stream of [false, true]) {
      await assert.rejects(
        client.responses.create({ model: "fake", stream, ...body } as never),
        (error: { status?: number; param?: string | null }) => {
          assert.deepEqual([error.status, error.param], [status, param], JSON.stringify(body));
          return true;
        },
      );
    }
  }
});

test("POST /v1/responses refuses what the shields of its guardrails hit, of the input and of the answer", async (t) => {
  const { client } = await serveFake(t, {
    reply: (messages) => (messages.at(-1)!.content === "Who?" ? "Ann, 4111 1111 1111 1111" : "Fine"),
  });
  const said: unknown[] = [];
  for (const input of ["My card is 4111 1111 1111 1111", "Who?", "Hi"]) {
    for (const guardrails of [["pii"], [{ type: "llamero/pii" }]]) {
      const ask = { model: "fake", input, guardrails } as never;
      const whole = await client.responses.create(ask);
      const events = await client.responses.create({ ...(ask as object), stream: true } as never);
      const types: string[] = [];
      for await (const event of events as unknown as AsyncIterable<{ type: string }>) types.push(event.type);
      const [item] = whole.output;
      said.push([whole.status, item?.type === "message" && item.content[0]?.type, types.at(-1)]);
      assert.equal(types.includes("response.output_text.delta"), input === "Hi");
    }
  }
  const refused = ["completed", "refusal", "response.completed"];
  assert.deepEqual(said.slice(0, 4), [refused, refused, refused, refused]);
  assert.deepEqual(said.slice(4), Array(2).fill(["completed", "output_text", "response.completed"]));
});

test("flex waits for others, priority says that it is served as default, and padded pieces have one length", async (t) => {
  const { client, model } = await serveFake(t, { reply: () => "a bcd efghijklmnopqrstu" });
  for (const service_tier of ["flex", "priority"] as const) {
    const tier = service_tier === "flex" ? "flex" : "default";
    const response = await client.responses.create({ model: "fake", input: "x", service_tier });
    assert.equal(response.service_tier, tier);
    const chat = { model: "fake", messages: [{ role: "user" as const, content: "x" }], service_tier };
    assert.equal((await client.chat.completions.create(chat)).service_tier, tier);
  }
  assert.deepEqual(
    model.calls.map(({ options }) => options.priority),
    ["low", "low", undefined, undefined],
  );
  const stream_options = { include_obfuscation: true };
  const events = await client.responses.create({ model: "fake", input: "x", stream: true, stream_options });
  const lengths: number[] = [];
  for await (const event of events)
    if (event.type === "response.output_text.delta")
      lengths.push(event.delta.length + (event as unknown as { obfuscation: string }).obfuscation.length);
  assert.deepEqual(lengths, [16, 16, 32]);
  const chunks = await client.chat.completions.create({
    model: "fake",
    messages: [{ role: "user", content: "x" }],
    stream: true,
    stream_options,
  });
  for await (const chunk of chunks) assert.ok("obfuscation" in chunk);
});

test("GET, DELETE and the lists give responses as they were kept", async (t) => {
  const { client, server } = await serveFake(t);
  const first = await client.responses.create({ model: "fake", input: "One" });
  const second = await client.responses.create({
    model: "fake",
    input: "Two",
    previous_response_id: first.id,
  });
  const unkept = await client.responses.create({ model: "fake", input: "Three", store: false });
  const { output_text: _, ...kept } = first;
  assert.deepEqual(
    { ...(await client.responses.retrieve(first.id)), output_text: undefined },
    { ...kept, output_text: undefined },
  );
  await assert.rejects(client.responses.retrieve(unkept.id), { status: 404 });
  const list = async (
    query: string,
  ): Promise<{ data: { id: string; input: unknown[] }[]; has_more: boolean }> => {
    const response = await fetch(`${server.url}/v1/responses${query}`);
    return (await response.json()) as { data: { id: string; input: unknown[] }[]; has_more: boolean };
  };
  const ids = async (query: string): Promise<string[]> => (await list(query)).data.map(({ id }) => id);
  assert.deepEqual(await ids(""), [second.id, first.id]);
  assert.deepEqual(await ids("?order=asc&limit=1"), [first.id]);
  assert.deepEqual(await ids(`?order=asc&after=${first.id}`), [second.id]);
  assert.deepEqual(await ids("?model=other"), []);
  assert.deepEqual(await ids("?model=llamero/fake&limit=5"), [second.id, first.id]);
  assert.equal((await list("?limit=1")).has_more, true);
  assert.equal((await list("")).data[0]!.input.length, 1);
  const three = await client.responses.create({
    model: "fake",
    input: ["a", "b", "c"].map((content) => ({ role: "user", content }) as const),
  });
  const texts: string[] = [];
  for await (const item of client.responses.inputItems.list(three.id, { limit: 2, order: "asc" })) {
    if (item.type === "message") texts.push((item.content[0] as { text: string }).text);
  }
  assert.deepEqual(texts, ["a", "b", "c"]);
  await client.responses.delete(first.id);
  await assert.rejects(client.responses.retrieve(first.id), { status: 404 });
  await assert.rejects(
    client.responses.create({ model: "fake", input: "x", previous_response_id: second.id }),
    { status: 404 },
  );
});

test("POST /v1/responses ends generation when its client goes, and keeps nothing", async (t) => {
  const { client, model } = await serveFake(t, { delayMs: 20, reply: () => "word ".repeat(500) });
  const abort = new AbortController();
  const body = { model: "fake", input: "Hi", stream: true } as const;
  const stream = await client.responses.create(body, { signal: abort.signal });
  for await (const event of stream) if (event.type === "response.output_text.delta") break;
  abort.abort();
  while (model.numRunning > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(model.numAborted, 1);
  assert.deepEqual(((await client.get("/responses")) as { data: unknown[] }).data, []);
});

test("POST /v1/responses says in the stream what failed after it began", async (t) => {
  const broken = Object.assign(new FakeTextModel(), {
    async *chat() {
      yield { type: "text-delta", text: "Well", tokens: [] };
      throw new Error("The engine broke");
    },
  }) as FakeTextModel;
  const { client, errors } = await serveFake(t, {}, { models: [{ name: "fake", model: broken }] });
  const events: ResponseEvent[] = [];
  for await (const event of await client.responses.create({ model: "fake", input: "Hi", stream: true })) {
    events.push(responseEventSchema.parse(event));
  }
  const last = events.at(-1)!;
  assert.ok(last.type === "response.failed");
  assert.deepEqual(foldResponse(events).output.length, 1);
  assert.equal(last.response.error?.code, "internal_error");
  assert.equal((await client.responses.retrieve(last.response.id)).status, "failed");
  await assert.rejects(client.responses.create({ model: "fake", input: "Hi" }), { status: 500 });
  assert.equal(errors.length, 2);
});

test("POST /v1/responses continues a conversation and adds to it", async (t) => {
  const { client, model } = await serveFake(t);
  const item = { type: "message", role: "user", content: "Before" } as const;
  const { id } = await client.conversations.create({ items: [item] });
  const first = await client.responses.create({ model: "fake", conversation: id, input: "One" });
  assert.deepEqual(first.conversation, { id });
  const stream = client.responses.stream({ model: "fake", conversation: { id }, input: "Two", store: false });
  await stream.finalResponse();
  assert.deepEqual(
    model.calls[1]!.messages.map(({ content }) => content),
    ["Before", "One", "Echo: One", "Two"],
  );
  const items = await client.conversations.items.list(id, { order: "asc" });
  const texts = items.data.map(
    (each) => each.type === "message" && (each.content[0] as { text: string }).text,
  );
  assert.deepEqual(texts, ["Before", "One", "Echo: One", "Two", "Echo: Two"]);
  // An item that the conversation has is not added again; one with the client's own id gets another.
  const input = [...first.output, { type: "message", id: "msg_mine", role: "user", content: "x" }] as never;
  await client.responses.create({ model: "fake", conversation: id, input });
  const all = (await client.conversations.items.list(id)).data;
  assert.equal(all.length, 7);
  assert.ok(all.every((each) => each.id !== "msg_mine"));
  const image = { type: "input_image", image_url: "data:", detail: "auto" } as const;
  await client.conversations.items.create(id, {
    items: [{ type: "message", role: "user", content: [image] }],
  });
  await assert.rejects(client.responses.create({ model: "fake", conversation: id, input: "x" }), {
    status: 400,
    param: "conversation",
  });
});

test("POST /v1/responses fills a stored prompt", async (t) => {
  const { client, model } = await serveFake(t);
  const made = (await client.post("/prompts", {
    body: { prompt: "Answer {{ who }} in {{lang}}", variables: ["who", "lang"] },
  })) as { prompt_id: string };
  const prompt = {
    id: made.prompt_id,
    version: "1",
    variables: { who: "Ann", lang: { type: "input_text", text: "Latin" } as const },
  };
  const response = await client.responses.create({ model: "fake", prompt, input: "Hi" });
  assert.deepEqual(response.prompt, prompt);
  assert.deepEqual(model.calls[0]!.messages[0], { role: "system", content: "Answer Ann in Latin" });
  for (const variables of [{ who: "Ann" }, { who: "Ann", lang: "Latin", more: "x" }]) {
    await assert.rejects(
      client.responses.create({ model: "fake", prompt: { ...prompt, variables }, input: "Hi" }),
      { status: 400 },
    );
  }
  for (const version of ["7", "x"]) {
    await assert.rejects(
      client.responses.create({ model: "fake", prompt: { ...prompt, version }, input: "Hi" }),
    );
  }
});
