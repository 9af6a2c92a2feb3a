import assert from "node:assert/strict";
import { test } from "node:test";
import { completeSampling } from "../sample/params.ts";
import { Engine } from "./engine.ts";
import { FakeBackend, fakeEngineOptions } from "./fake-backend.ts";
import type { GenerateRequest, TokenEvent } from "./request.ts";

const request: GenerateRequest = {
  promptIds: [5, 9, 2, 40, 7],
  maxTokens: 30,
  sampling: completeSampling({ temperature: 1, seed: 77, frequencyPenalty: 0.7, presencePenalty: 0.2 }),
  stopIds: [],
  topLogprobs: 2,
};

async function events(engine: Engine, generatedIds: readonly number[]): Promise<TokenEvent[]> {
  const all: TokenEvent[] = [];
  for await (const event of engine.generate({ ...request, generatedIds })) all.push(event);
  return all;
}

test("Engine.generate goes on after generatedIds as the first run would have: tokens, penalties, limit, usage", async () => {
  await using engine = new Engine(fakeEngineOptions(new FakeBackend({ vocabSize: 64 })));
  const whole = await events(engine, []);
  const ids = whole.flatMap((event) => (event.type === "token" ? [event.token] : []));
  assert.equal(ids.length, 30);
  for (const numSent of [1, 13, 29]) {
    const rest = await events(engine, ids.slice(0, numSent));
    assert.deepEqual(rest.slice(0, -1), whole.slice(numSent, -1));
    const [a, b] = [whole.at(-1)!, rest.at(-1)!];
    assert.ok(a.type === "finish" && b.type === "finish");
    assert.equal(b.reason, "length");
    const { cachedTokens: _, cacheMiss: __, ...usage } = b.usage;
    const { cachedTokens: ___, cacheMiss: ____, ...expected } = a.usage;
    assert.deepEqual(usage, expected);
  }
});

test("Engine.generate refuses generatedIds that leave nothing to generate", async () => {
  await using engine = new Engine(fakeEngineOptions(new FakeBackend({ vocabSize: 64 })));
  await assert.rejects(events(engine, Array(30).fill(1)), /generatedIds has 30 tokens, but maxTokens is 30/);
});
