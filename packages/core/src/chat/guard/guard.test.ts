import assert from "node:assert/strict";
import { test } from "node:test";
import { Engine } from "../../engine/engine.ts";
import { FakeBackend, fakeEngineOptions } from "../../engine/fake-backend.ts";
import { createTextModel, type TextModel } from "../../generate.ts";
import { createStreamingDecoder } from "../../tokenizer/decoder.ts";
import { encodeParts } from "../encode-parts.ts";
import { readGolden, readLlama3Tokenizer } from "../fake-dialogs.ts";
import { createByteTokenizer } from "../fake-tokenizer.ts";
import { parseGuardAnswer, verdictScore } from "./guard-answer.ts";
import { type GuardForm, type GuardTurn, guardMessage, guardPrompt } from "./guard-prompt.ts";

/** A guard on a real engine: its tokens are bytes, and it says `safe` to everything. */
function safeGuard(): TextModel {
  const bytes = createByteTokenizer();
  const said = [...new TextEncoder().encode("\n\nsafe"), bytes.specialId("<|eot_id|>")!];
  const vocabSize = 263;
  const answer = (history: readonly number[]): Float32Array => {
    const logits = new Float32Array(vocabSize);
    const end = history.lastIndexOf(bytes.specialId("<|end_header_id|>")!);
    logits[said[history.length - 1 - end] ?? 0] = 9;
    return logits;
  };
  const options = fakeEngineOptions(new FakeBackend({ vocabSize, model: answer }), { contextLimit: 2048 });
  return createTextModel({
    name: "guard",
    engine: new Engine({ ...options, vocabSize }),
    tokenizer: {
      ...bytes,
      addBos: true,
      createDecoder: () => createStreamingDecoder((id) => (id >= 256 ? null : bytes.tokenBytes(id))),
    },
    format: {
      stopIds: [bytes.specialId("<|eot_id|>")!],
      render: () => assert.fail("a guard's prompt is raw"),
      createParser: () => assert.fail("a guard calls nothing"),
    },
    eosIds: [],
  });
}

test("the policy in front of the conversation is computed once, for each side of the conversation", async () => {
  await using model = safeGuard();
  const ask = async (turns: GuardTurn[]): Promise<{ text: string; numCached: number; numPolicy: number }> => {
    const parts = guardPrompt(turns);
    const options = { maxTokens: 20, sampling: { temperature: 0 } };
    let [text, numCached] = ["", 0];
    for await (const part of model.complete(parts, options)) {
      if (part.type === "finish") [text, numCached] = [part.text, part.usage.cachedTokens];
    }
    const before = parts.map((part) => (typeof part === "string" ? part : "s")).join("");
    return { text, numCached, numPolicy: before.indexOf("User: ") };
  };
  const first = await ask([{ role: "user", content: "How do I bake a cake?" }]);
  assert.deepEqual([first.text.trim(), first.numCached], ["safe", 0]);
  const second = await ask([{ role: "user", content: "Something else entirely" }]);
  // In whole blocks of 32 tokens.
  assert.ok(second.numCached >= second.numPolicy - 32, `${second.numCached} of ${second.numPolicy}`);
  const agent: GuardTurn[] = [
    { role: "user", content: "a" },
    { role: "agent", content: "b" },
  ];
  await ask(agent);
  const third = await ask([agent[0]!, { role: "agent", content: "c" }]);
  assert.ok(third.numCached >= third.numPolicy - 32);
});

interface GoldenCase {
  name: string;
  messages: readonly { role: string; content: string | readonly { text: string }[] }[];
  excluded?: readonly string[];
  text?: string;
  user_message?: string;
  ids?: readonly number[];
  error?: string;
}
interface Golden {
  hf_8b: readonly GoldenCase[];
  hf_1b: readonly GoldenCase[];
  hf_1b_excluded: GoldenCase;
  llama_stack: readonly GoldenCase[];
  llama_stack_response_parsing: readonly { response: string; excluded: string[]; result: string }[];
}

const toTurns = (messages: GoldenCase["messages"]): GuardTurn[] =>
  messages.map(({ role, content }) => ({
    role: role === "user" ? "user" : "agent",
    content: typeof content === "string" ? content : content.map(({ text }) => text).join(""),
  }));

test("guardPrompt writes the bytes and ids of the reference templates", (t) => {
  const golden = readGolden<Golden>("llama_guard.json");
  const tokenizer = readLlama3Tokenizer();
  if (golden === null) return t.skip("needs ../shared: golden/llama_guard.json");
  if (tokenizer === null) return t.skip("needs LLAMERO_MODELS: llama3.tokenizer.model");
  const cases: [GuardForm, GoldenCase][] = [
    ...golden.hf_8b.map((each) => ["8b", each] as [GuardForm, GoldenCase]),
    ...[...golden.hf_1b, golden.hf_1b_excluded].map((each) => ["1b", each] as [GuardForm, GoldenCase]),
    ...golden.llama_stack.map((each) => ["stack", each] as [GuardForm, GoldenCase]),
  ];
  for (const [form, each] of cases) {
    const turns = toTurns(each.messages);
    const name = `${form} ${each.name}`;
    const excluded = each.name.startsWith("13 categories") ? ["S14"] : each.excluded;
    const options = { form, excluded, leadingSpace: form === "8b" };
    if (each.error !== undefined) {
      assert.throws(() => guardPrompt(turns, options), /take turns/, name);
      continue;
    }
    const parts = guardPrompt(turns, options);
    const text = parts.map((part) => (typeof part === "string" ? part : part.special)).join("");
    if (form === "stack") assert.equal(guardMessage(turns, options), each.user_message, name);
    else assert.equal(text, each.text, name);
    // The reference template turns names of special tokens in a message into the tokens: ours never does.
    if (form !== "stack" && each.name === "injection") {
      const ids = encodeParts(tokenizer, parts);
      assert.equal(ids.filter((id) => id === tokenizer.specialId("<|eot_id|>")).length, 1, name);
    } else assert.deepEqual(encodeParts(tokenizer, parts), each.ids, name);
  }
});

test("parseGuardAnswer reads answers as the reference does", (t) => {
  const golden = readGolden<Golden>("llama_guard.json");
  if (golden === null) return t.skip("needs ../shared: golden/llama_guard.json");
  for (const { response, excluded, result } of golden.llama_stack_response_parsing) {
    if (result === "error") {
      assert.throws(() => parseGuardAnswer(response, excluded), SyntaxError, response);
      continue;
    }
    const answer = parseGuardAnswer(response, excluded);
    const shown = answer.verdict === "safe" ? "safe" : `unsafe:${answer.categories.join(",")}`;
    assert.equal(shown, result, response);
  }
});

test("verdictScore weighs safe against unsafe, whole words or their beginnings", () => {
  const log = Math.log;
  assert.equal(verdictScore([{ text: "safe", logprob: log(0.25) }]), 0);
  const score = verdictScore([
    { text: "safe", logprob: log(0.1) },
    { text: "unsafe", logprob: log(0.2) },
    { text: " un", logprob: log(0.1) },
    { text: "\n\n", logprob: log(0.5) },
  ]);
  assert.ok(Math.abs(score! - 0.75) < 1e-9);
  assert.equal(verdictScore([{ text: "Sorry", logprob: -0.1 }]), null);
});

test("guardMessage takes categories of one's own, and refuses a policy without any", () => {
  const turns: GuardTurn[] = [{ role: "user", content: "x" }];
  const categories = [
    { code: "O1", name: "Spoilers", description: "How a film ends." },
    { code: "O2", name: "Shouting" },
  ];
  assert.match(guardMessage(turns, { categories }), /\nO1: Spoilers\.\nHow a film ends\.\nO2: Shouting\.\n</);
  assert.doesNotMatch(guardMessage(turns, { categories, excluded: ["O1"] }), /Spoilers/);
  assert.throws(() => guardMessage(turns, { categories: [] }), /no categories/);
  assert.throws(() => guardMessage([]), /empty/);
});

test("encodeParts names the special token that a tokenizer does not have", () => {
  assert.throws(
    () => encodeParts(createByteTokenizer(), [{ special: "<|nothing|>" }]),
    /no token <\|nothing\|>/,
  );
});
