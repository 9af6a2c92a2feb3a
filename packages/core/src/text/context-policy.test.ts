import assert from "node:assert/strict";
import { test } from "node:test";
import { createLlamaFormat } from "../chat/chat-format.ts";
import { createByteTokenizer } from "../chat/fake-tokenizer.ts";
import type { Message } from "../chat/message.ts";
import { Engine } from "../engine/engine.ts";
import { ContextOverflowError } from "../engine/errors.ts";
import { FakeBackend, fakeEngineOptions } from "../engine/fake-backend.ts";
import { createTextModel, type GenerateOptions, type GeneratePart, type TextModel } from "../generate.ts";
import { createStreamingDecoder } from "../tokenizer/decoder.ts";

type Finish = Extract<GeneratePart, { type: "finish" }>;

const eot = 261;
const vocabSize = 263;
const contextLimit = 768;

/** Says "ok" to everything; the prompts of all requests go to `prompts`. */
function model(prompts: string[]): TextModel {
  const bytes = createByteTokenizer();
  const word = [..."ok"].map((char) => char.charCodeAt(0));
  const fake = (history: readonly number[]): Float32Array => {
    const logits = new Float32Array(vocabSize);
    const said = word.findIndex((_, i) => history.at(-1) === word[i]);
    logits[history.at(-1) === word[1] ? eot : word[said + 1]!] = 9;
    return logits;
  };
  const engine = new Engine({
    ...fakeEngineOptions(new FakeBackend({ vocabSize, model: fake }), { contextLimit }),
    vocabSize,
  });
  const format = createLlamaFormat("llama-3.0", bytes);
  return createTextModel({
    name: "fake",
    engine,
    tokenizer: {
      ...bytes,
      addBos: true,
      createDecoder: () => createStreamingDecoder((id) => (id >= 256 ? null : bytes.tokenBytes(id))),
    },
    format: {
      ...format,
      render(messages, options) {
        const rendered = format.render(messages, options);
        prompts.push(bytes.decode(rendered.ids));
        return rendered;
      },
    },
    eosIds: [eot],
  });
}

function conversation(numTurns: number): Message[] {
  const turns = Array.from({ length: numTurns }, (_, i): Message[] => [
    { role: "user", content: `Question ${i} ${"?".repeat(60)}` },
    { role: "assistant", content: `Answer ${i} ${"!".repeat(60)}` },
  ]);
  return [{ role: "system", content: "Be kind." }, ...turns.flat(), { role: "user", content: "And now?" }];
}

async function chat(
  text: TextModel,
  messages: readonly Message[],
  options: GenerateOptions,
): Promise<Finish> {
  for await (const part of text.chat(messages, options)) if (part.type === "finish") return part;
  throw new Error("No finish part");
}

test("TextModel.chat refuses what does not fit unless a policy is asked for", async () => {
  await using text = model([]);
  await assert.rejects(chat(text, conversation(10), { maxTokens: 20 }), ContextOverflowError);
  await assert.rejects(
    chat(text, conversation(10), { maxTokens: 20, contextPolicy: "refuse" }),
    ContextOverflowError,
  );
});

test("TextModel.chat drops the middle exactly as far as the answer needs, and says so", async () => {
  const prompts: string[] = [];
  await using text = model(prompts);
  const messages = conversation(10);
  const finish = await chat(text, messages, { maxTokens: 20, contextPolicy: "drop-middle" });
  const sent = prompts.at(-1)!;
  for (const kept of ["Be kind.", "Question 0", "Answer 9", "And now?"]) assert.ok(sent.includes(kept));
  assert.ok(!sent.includes("Question 1"));
  const { usage, dropped, ledger } = finish;
  assert.ok(usage.promptTokens + 20 <= contextLimit);
  assert.ok(dropped!.policy === "drop-middle" && dropped!.messages % 2 === 0 && dropped!.summaryTokens === 0);
  assert.equal(ledger!.dropped, dropped!.tokens);
  assert.equal(ledger!.system + ledger!.messages + ledger!.tools + ledger!.template, usage.promptTokens);
  // One turn less left out would not have fitted.
  assert.ok(usage.promptTokens + dropped!.tokens / (dropped!.messages / 2) + 20 > contextLimit);
  const short = await chat(text, conversation(1), { maxTokens: 20, contextPolicy: "drop-middle" });
  assert.equal(short.dropped, undefined);
  assert.equal(short.ledger!.dropped, undefined);
});

test("TextModel.chat compacts with a summary of the model's own, once, and can be aborted in it", async () => {
  const prompts: string[] = [];
  await using text = model(prompts);
  const messages = conversation(10);
  const options: GenerateOptions = { maxTokens: 20, contextPolicy: "compact" };
  const controller = new AbortController();
  const aborted = chat(text, messages, { ...options, signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { name: "AbortError" });
  const finish = await chat(text, messages, options);
  assert.ok(prompts.at(-1)!.includes("Notes on the conversation so far:\nok"));
  assert.ok(finish.dropped!.policy === "compact" && finish.dropped!.summaryTokens > 0);
  assert.ok(finish.usage.promptTokens + 20 <= contextLimit);
  const asked = (): number => prompts.filter((prompt) => prompt.includes("Notes:")).length;
  const before = asked();
  assert.ok(before > 0);
  await chat(
    text,
    [...messages, { role: "assistant", content: "ok" }, { role: "user", content: "Go on" }],
    options,
  );
  assert.equal(asked(), before);
});
