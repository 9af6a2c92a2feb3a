import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleRow } from "@llamero/kernels";
import { createByteTokenizer } from "../chat/fake-tokenizer.ts";
import { createToolCallParser } from "../chat/tools/parse-tool-calls.ts";
import { Engine } from "../engine/engine.ts";
import { FakeBackend, fakeEngineOptions } from "../engine/fake-backend.ts";
import { createTextModel, type GenerateOptions, type GeneratePart, type TextModel } from "../generate.ts";
import { GrammarError } from "../grammar/grammar-error.ts";
import { Grammars } from "../grammar/grammars.ts";
import { createStreamingDecoder } from "../tokenizer/decoder.ts";
import { holdAnswer } from "./answer-grammar.ts";

const vocabSize = 263;
const eot = 261;
const bytes = createByteTokenizer();

/** A text model whose logits are noise: what it says is the grammar's doing. */
function createNoise(): TextModel {
  const tokenizer = { vocabSize, isSpecial: (id: number) => id >= 256, tokenBytes: bytes.tokenBytes };
  const engine = new Engine({
    ...fakeEngineOptions(new FakeBackend({ vocabSize, sample: sampleRow })),
    vocabSize,
    grammars: new Grammars(() => tokenizer, vocabSize),
  });
  return createTextModel({
    name: "noise",
    engine,
    tokenizer: {
      ...bytes,
      addBos: false,
      createDecoder: () => createStreamingDecoder((id) => bytes.tokenBytes(id)),
    },
    format: {
      stopIds: [eot],
      render: () => ({
        ids: [1, 2, 3],
        mask: new Uint8Array(3),
        ledger: { system: 0, messages: 2, tools: 0, template: 1 },
      }),
      createParser: createToolCallParser,
    },
    eosIds: [eot],
  });
}

async function ask(options: GenerateOptions, seed: number): Promise<GeneratePart[]> {
  await using model = createNoise();
  const parts: GeneratePart[] = [];
  const sampling = { temperature: 1.5, topP: 1, seed };
  for await (const part of model.chat([], { ...options, sampling })) parts.push(part);
  return parts;
}

const parameters = {
  type: "object",
  properties: { city: { enum: ["Lima", "Oslo"] }, days: { type: "integer", minimum: 1, maximum: 9 } },
  required: ["city", "days"],
} as const;
const weather = { name: "weather", description: "", parameters };

test("chat holds noise to a schema, a pattern and a choice", async () => {
  for (let seed = 0; seed < 8; seed++) {
    const finishOf = async (options: GenerateOptions): Promise<Extract<GeneratePart, { type: "finish" }>> => {
      const finish = (await ask(options, seed)).at(-1)!;
      assert.ok(finish.type === "finish" && finish.reason === "stop");
      return finish;
    };
    const { text } = await finishOf({ responseFormat: { type: "json-schema", schema: parameters } });
    const { city, days } = JSON.parse(text);
    assert.ok(["Lima", "Oslo"].includes(city) && days >= 1 && days <= 9);
    assert.match(
      (await finishOf({ responseFormat: { type: "regex", pattern: "[ab]{3}\\d" } })).text,
      /^[ab]{3}\d$/,
    );
    const choice = await finishOf({ responseFormat: { type: "choice", choices: ["yes", "no"] } });
    assert.ok(["yes", "no"].includes(choice.text));
  }
});

test("chat makes noise call a function, whose arguments stream as prefixes of valid JSON", async () => {
  for (let seed = 0; seed < 4; seed++) {
    const options = { tools: [weather], toolChoice: { name: "weather" }, parallelToolCalls: false };
    const parts = await ask(options, seed);
    const finish = parts.at(-1)!;
    assert.ok(finish.type === "finish");
    assert.equal(finish.reason, "tool-calls");
    assert.equal(finish.text, "");
    const deltas = parts.flatMap((part) => (part.type === "tool-call-delta" ? [part.arguments] : []));
    assert.ok(deltas.length > 5);
    assert.deepEqual(JSON.parse(deltas.join("")), finish.toolCalls[0]!.arguments);
  }
});

test("chat allows a stop token only where the answer is whole", async () => {
  const schema = { type: "array", items: { type: "boolean" }, minItems: 20 } as const;
  const finish = (await ask({ responseFormat: { type: "json-schema", schema }, maxTokens: 40 }, 1)).at(-1)!;
  assert.ok(finish.type === "finish");
  assert.equal(finish.reason, "length");
});

test("holdAnswer leaves free what nothing is asked of, and calls whose form is not known", () => {
  assert.equal(holdAnswer({}, "json").grammar, null);
  assert.equal(holdAnswer({ tools: [weather] }, undefined).grammar, null);
  const { grammar } = holdAnswer({ tools: [weather] }, "json");
  assert.ok(grammar?.type === "tool-calls");
  assert.deepEqual(grammar.answer, { type: "free" });
});

test("holdAnswer takes any object for a function that is not strict and cannot be enforced", () => {
  const odd = {
    ...weather,
    parameters: { type: "object", properties: { a: { type: "string", format: "zip" } } },
  };
  const { grammar, degraded } = holdAnswer({ tools: [odd], toolChoice: "required" }, "json");
  assert.ok(grammar?.type === "tool-calls");
  assert.equal(grammar.tools[0]!.parameters, "any");
  assert.match(degraded[0]!.why, /"format" at #\/properties\/a is zip/);
  assert.throws(() => holdAnswer({ tools: [{ ...odd, isStrict: true }] }, "json"), GrammarError);
});

test("holdAnswer refuses a call of a function that was not offered", () => {
  assert.throws(() => holdAnswer({ tools: [weather], toolChoice: { name: "time" } }, "json"), /no tool time/);
  assert.throws(() => holdAnswer({ toolChoice: "required" }, "json"), /there are no tools/);
});
