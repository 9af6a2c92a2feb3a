import assert from "node:assert/strict";
import { test } from "node:test";
import { createByteTokenizer } from "./chat/fake-tokenizer.ts";
import { createToolCallParser } from "./chat/tools/parse-tool-calls.ts";
import { Engine } from "./engine/engine.ts";
import { ContextOverflowError } from "./engine/errors.ts";
import { FakeBackend, fakeEngineOptions } from "./engine/fake-backend.ts";
import {
  createTextModel,
  type GenerateOptions,
  type GeneratePart,
  type TextModel,
  type TextModelParts,
  type TextTokenizer,
} from "./generate.ts";
import { createStreamingDecoder, createTextDecoder } from "./tokenizer/decoder.ts";

const eot = 261;
const pythonTag = 262;
const vocabSize = 263;
const prompt = [1, 2, 3];
const utf8 = new TextEncoder();

const bytes = createByteTokenizer();
const tokenizer: TextTokenizer = {
  ...bytes,
  addBos: true,
  createDecoder: ({ skipSpecial } = {}) =>
    createStreamingDecoder((id) => (skipSpecial && id >= 256 ? null : bytes.tokenBytes(id))),
};

const format: TextModelParts["format"] = {
  stopIds: [eot],
  render: () => ({
    ids: prompt,
    mask: new Uint8Array(3),
    ledger: { system: 0, messages: 2, tools: 0, template: 1 },
  }),
  createParser: (options) => createToolCallParser({ ...options, createId: () => "call_1" }),
};

/** A model that says `script` after a prompt of three tokens, then ends the turn. */
function scripted(script: readonly number[]): TextModel {
  const model = (history: readonly number[]): Float32Array => {
    const logits = new Float32Array(vocabSize);
    logits[script[history.length - prompt.length] ?? eot] = 9;
    return logits;
  };
  const engine = new Engine({ ...fakeEngineOptions(new FakeBackend({ vocabSize, model })), vocabSize });
  return createTextModel({ name: "scripted", engine, tokenizer, format, eosIds: [eot] });
}

type Finish = Extract<GeneratePart, { type: "finish" }>;

async function run(
  script: string | readonly number[],
  options: GenerateOptions = {},
): Promise<{ parts: GeneratePart[]; finish: Finish; deltas: string }> {
  await using model = scripted(typeof script === "string" ? [...utf8.encode(script)] : script);
  const parts: GeneratePart[] = [];
  for await (const part of model.chat([], { sampling: { temperature: 0 }, ...options })) parts.push(part);
  const finish = parts.at(-1)!;
  assert.ok(finish.type === "finish");
  const deltas = parts.map((part) => (part.type === "text-delta" ? part.text : "")).join("");
  return { parts, finish, deltas };
}

test("chat streams whole characters and finishes with the text, usage and ledger", async () => {
  const { parts, finish, deltas } = await run("Grüße 🦙!");
  assert.equal(deltas, "Grüße 🦙!");
  assert.equal(finish.text, deltas);
  assert.ok(parts.every((part) => part.type !== "text-delta" || !part.text.includes("\ufffd")));
  assert.equal(finish.reason, "stop");
  assert.equal(finish.ids.length, 13);
  assert.deepEqual(finish.usage, {
    promptTokens: 3,
    cachedTokens: 0,
    cacheMiss: { reason: "never-seen", position: 0 },
    completionTokens: 13,
    contextUsed: 16,
    contextLimit: 256,
  });
  assert.deepEqual(finish.ledger, { system: 0, messages: 2, tools: 0, template: 1 });
  assert.equal(finish.backend, "reference");
  assert.ok(parts.every((part) => part.type !== "text-delta" || part.tokens.length === 0));
});

test("chat ends before a stop string that spans tokens and says how many tokens were drawn", async () => {
  const { finish, deltas } = await run("One\nUser: two", { stop: ["\nUser:"] });
  assert.equal(deltas, "One");
  assert.equal(finish.text, "One");
  assert.equal(finish.reason, "stop");
  assert.equal(finish.usage.completionTokens, "One\nUser:".length);
  const almost = await run("One\nUse", { stop: ["\nUser:"] });
  assert.equal(almost.finish.text, "One\nUse");
});

test("chat stops at maxTokens and gives out what was held back", async () => {
  const { finish, deltas } = await run("abé", { maxTokens: 3, stop: ["bx"] });
  assert.equal(deltas, "ab\ufffd");
  assert.equal(finish.text, deltas);
  assert.equal(finish.reason, "length");
});

test("chat uses what is left of the context when maxTokens is absent", async () => {
  const { finish } = await run("x".repeat(300));
  assert.equal(finish.reason, "length");
  assert.equal(finish.usage.contextUsed, 256);
});

test("chat reports tool calls apart from text", async () => {
  const tools = [{ name: "add", description: "Adds", parameters: { type: "object" } }];
  const call = '{"name": "add", "parameters": {"a": 1}}';
  const { parts, finish, deltas } = await run([pythonTag, ...utf8.encode(call)], { tools, topLogprobs: 0 });
  assert.equal(deltas, "");
  assert.equal(finish.reason, "tool-calls");
  assert.deepEqual(finish.toolCalls, [{ id: "call_1", name: "add", arguments: { a: 1 } }]);
  assert.deepEqual(
    parts.map(({ type }) => type),
    ["tool-call", "text-delta", "finish"],
  );
  const plain = await run("No call { here", { tools });
  assert.equal(plain.finish.text, "No call { here");
  assert.equal(plain.finish.reason, "stop");
});

test("chat leaves special tokens out of the text when no tools are offered", async () => {
  assert.equal((await run([104, pythonTag, 105])).finish.text, "hi");
});

test("chat reports bytes and alternatives of each token that the text holds", async () => {
  const { parts } = await run("aé|b", { topLogprobs: 2, stop: ["|"] });
  const details = parts.flatMap((part) => (part.type === "text-delta" ? part.tokens : []));
  assert.deepEqual(
    details.map((detail) => [...detail.bytes]),
    [[97], [0xc3], [0xa9]],
  );
  assert.ok(details.every(({ top, token }) => top.length === 2 && top[0]!.token === token));
});

test("complete continues text after the begin token, and ids as they are", async () => {
  await using model = scripted([...utf8.encode("de")]);
  const texts: string[] = [];
  for (const start of ["ab", [256, 97, 98]]) {
    for await (const part of model.complete(start, { sampling: { temperature: 0 } }))
      if (part.type === "finish") texts.push(part.text);
  }
  assert.deepEqual(texts, ["de", "de"]);
});

test("chat refuses a prompt that fills the context and an abort rejects with its reason", async () => {
  await using model = scripted([...utf8.encode("x".repeat(200))]);
  const long = model.complete(Array.from({ length: 256 }, () => 1));
  await assert.rejects(async () => {
    for await (const _ of long);
  }, ContextOverflowError);
  const controller = new AbortController();
  await assert.rejects(
    async () => {
      for await (const _ of model.chat([], { signal: controller.signal })) controller.abort();
    },
    { name: "AbortError" },
  );
});

test("chat never loses text: deltas join to finish.text, which is the decoded answer up to a stop string", async () => {
  let state = 7;
  const random = (below: number): number => {
    state = Math.imul(state, 48271) % 2147483647;
    return Math.abs(state) % below;
  };
  const alphabet = ["a", "b", "\n", "é", "🦙", '{"', "[", "<"].map((text) => [...utf8.encode(text)]);
  const tools = [{ name: "add", description: "Adds", parameters: {} }];
  for (let round = 0; round < 150; round++) {
    const script = Array.from({ length: random(12) }, () =>
      random(8) === 0 ? [128 + random(128)] : alphabet[random(alphabet.length)]!,
    ).flat();
    const stop = [["ab"], ["\n", "ba"], []][random(3)]!;
    const options = random(2) === 0 ? { stop } : { stop, tools, topLogprobs: 1 };
    const { finish, deltas, parts } = await run(script, options);
    const decoded = createTextDecoder().decode(Uint8Array.from(script));
    const ends = stop.map((each) => decoded.indexOf(each)).filter((at) => at >= 0);
    assert.equal(deltas, finish.text);
    assert.equal(finish.text, decoded.slice(0, ends.length > 0 ? Math.min(...ends) : decoded.length));
    if (ends.length > 0 || options.tools === undefined) continue;
    const details = parts.flatMap((part) => (part.type === "text-delta" ? part.tokens : []));
    assert.deepEqual(
      details.map(({ token }) => token),
      script,
    );
  }
});
