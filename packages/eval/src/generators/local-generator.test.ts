import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type LoadedModel, loadModel } from "@llamero/core";
import { modelPath } from "../../../core/src/testdata.ts";
import type { GenerationRequest, Prompt } from "../generator.ts";
import { LocalGenerator } from "./local-generator.ts";

const path = modelPath("SmolLM2-135M-Instruct.Q4_1.gguf");
const skip = path === null ? "needs LLAMERO_MODELS: SmolLM2-135M-Instruct.Q4_1.gguf" : false;

function request(prompt: Prompt, more: Partial<GenerationRequest> = {}): GenerationRequest {
  return { prompt, maxTokens: 8, temperature: 0, topP: 1, seed: 0, stop: [], ...more };
}

describe("LocalGenerator", { skip }, () => {
  let model: LoadedModel;
  let generator: LocalGenerator;
  before(async () => {
    model = await loadModel(path!, { mode: "fast", threads: 1, context: 128, maxBatch: 8 });
    generator = await LocalGenerator.create(model);
  });
  after(() => model?.[Symbol.asyncDispose]());

  test("says what a score depends on", () => {
    const { modelHash, templateHash, mode, backend, settings } = generator.identity;
    assert.match(modelHash!, /^[0-9a-f]{64}$/);
    assert.match(templateHash!, /^[0-9a-f]{64}$/);
    assert.equal(mode, "fast");
    assert.notEqual(backend, "");
    assert.deepEqual(settings, { kv: "f16", bos: "no", context: "128" });
    assert.equal(generator.concurrency, 8);
  });

  test("continues a text greedily and chats, up to a stop", async () => {
    const text = await generator.generate(request({ kind: "text", text: "1, 2, 3, 4," }));
    assert.equal(text.text, " 5, 6, 7");
    assert.equal(text.completionTokens, 8);
    const stopped = await generator.generate(
      request({ kind: "text", text: "1, 2, 3, 4," }, { stop: [" 6"] }),
    );
    assert.equal(stopped.text, " 5,");
    const chat = await generator.generate(
      request({ kind: "chat", messages: [{ role: "user", content: "Say hello." }] }),
    );
    assert.ok(chat.text.length > 0);
    assert.ok(chat.promptTokens > 10);
  });

  test("computes a context once for continuations side by side, with the figures of one alone", async () => {
    const context = `${"The capital of Germany is Berlin. ".repeat(10)}The capital of France is`;
    const choices = [" Paris", " Rome", " Madrid", " a banana"];
    const { numTokensComputed: before } = model.engine.stats();
    const side = await Promise.all(
      choices.map((continuation) => generator.loglikelihood({ context, continuation })),
    );
    // The context is computed once, but for its last tokens that fill no block of the cache.
    const numContext = model.tokenizer.encode(context).length;
    const numComputed = model.engine.stats().numTokensComputed - before;
    assert.ok(numComputed < numContext + 4 * 40, `${numComputed} of ${numContext}`);
    const alone = await generator.loglikelihood({ context, continuation: choices[1]! });
    // One row and several may be computed by different instructions.
    assert.ok(Math.abs(alone.logprob - side[1]!.logprob) < 0.2, `${alone.logprob} ${side[1]!.logprob}`);
    const best = side.reduce((a, b) => (a.logprob > b.logprob ? a : b));
    assert.equal(best, side[0]);
    assert.equal(side[3]!.isGreedy, false);
    assert.equal(side[0]!.numTokens, 1);
  });

  test("scores a text from its beginning, also in windows longer than the context", async () => {
    const short = await generator.loglikelihood({ context: "", continuation: "Hello there" });
    const ids = [model.tokenizer.bosId!, ...model.tokenizer.encode("Hello there")];
    const positions = await model.score(ids);
    assert.equal(
      short.logprob,
      positions.reduce((sum, each) => sum + each.logprob, 0),
    );
    const long = "One two three four. ".repeat(30);
    const windows = await generator.loglikelihood({ context: "", continuation: long, overflow: "windows" });
    assert.equal(windows.numTokens, model.tokenizer.encode(long).length);
    assert.ok(windows.numTokens > 128 && windows.logprob < 0);
  });

  test("refuses what does not fit, or leaves out the beginning and says so", async () => {
    const context = "word ".repeat(160);
    await assert.rejects(
      generator.loglikelihood({ context, continuation: "end" }),
      /have \d+ tokens, but the model takes 128/,
    );
    const cut = await generator.loglikelihood({ context, continuation: "end", overflow: "truncate" });
    assert.ok(cut.logprob < 0);
    assert.match(generator.degraded.at(-1)!.used, /last 128 tokens/);
    await assert.rejects(generator.generate(request({ kind: "text", text: context })), {
      name: "ContextOverflowError",
    });
  });

  test("shortens an answer that the context has no room for, and says so", async () => {
    const generation = await generator.generate(
      request({ kind: "text", text: "word ".repeat(124) }, { maxTokens: 100 }),
    );
    assert.ok(generation.promptTokens + generation.completionTokens <= 128);
    assert.ok(generator.degraded.some(({ what }) => what === "length of answers"));
  });
});
