import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Served, serveFake } from "../fake-server.ts";
import { FakeTextModel, type FakeTextModelOptions } from "../fake-text-model.ts";
import { fakeUpstream } from "../providers/fake-upstream.ts";
import { RemoteModels } from "../providers/remote-models.ts";
import { RemoteProvider } from "../providers/remote-provider.ts";
import type { CheckRecord } from "./border-guard.ts";
import { LlamaGuardShield, toGuardTurns } from "./llama-guard-shield.ts";
import { openShields } from "./open-shields.ts";
import type { Shield, Verdict } from "./shield.ts";
import type { PolicySettings } from "./shield-settings.ts";

const verdictOf = (id: string, flagged: boolean): Verdict => ({
  shield: id,
  flagged,
  score: flagged ? 1 : 0,
  categories: flagged ? ["bad"] : [],
  reason: flagged ? "It says bad" : "Fine",
});

/** Flags texts with a word; keeps what it was asked. */
class WordShield implements Shield {
  readonly id = "word";
  readonly asked: string[] = [];

  async check({ text, border }: Parameters<Shield["check"]>[0]): Promise<Verdict> {
    this.asked.push(`${border}: ${text}`);
    return verdictOf(this.id, /\bbad\b/.test(text));
  }
}

async function serve(
  t: TestContext,
  borders: PolicySettings["borders"],
  model: FakeTextModelOptions = {},
  policy: PolicySettings = {},
): Promise<Served & { word: WordShield; checks: CheckRecord[] }> {
  const word = new WordShield();
  const checks: CheckRecord[] = [];
  const served = await serveFake(t, model, {
    shields: { own: [word], policy: { borders, refusal: "No.", ...policy } },
    onShield: (record) => checks.push(record),
  });
  return { ...served, word, checks };
}

const refuse = [{ shields: ["word"], on_hit: "refuse" as const }];
const say = (content: string) => ({ model: "fake", messages: [{ role: "user" as const, content }] });

async function streamed(served: Served, content: string) {
  const stream = await served.client.chat.completions.create({ ...say(content), stream: true });
  let [text, refusal] = ["", ""];
  let reason: string | null = null;
  for await (const chunk of stream) {
    const choice = chunk.choices[0]!;
    text += choice.delta.content ?? "";
    refusal += choice.delta.refusal ?? "";
    reason = choice.finish_reason ?? reason;
  }
  return { text, refusal, reason };
}

test("user input that a shield refuses is not answered, whole, streamed and as a response", async (t) => {
  const served = await serve(t, { user_input: refuse });
  const { client, model, word } = served;
  const whole = await client.chat.completions.create(say("a bad thing"));
  assert.deepEqual(
    [whole.choices[0]!.finish_reason, whole.choices[0]!.message.content, whole.choices[0]!.message.refusal],
    ["content_filter", null, "No."],
  );
  assert.deepEqual(await streamed(served, "a bad thing"), {
    text: "",
    refusal: "No.",
    reason: "content_filter",
  });
  const response = await client.responses.create({ model: "fake", input: "a bad thing" });
  assert.equal(response.status, "completed");
  assert.deepEqual((response.output[0] as { content: unknown }).content, [
    { type: "refusal", refusal: "No." },
  ]);
  const events: string[] = [];
  for await (const event of await client.responses.create({ model: "fake", input: "bad", stream: true }))
    events.push(event.type);
  assert.ok(events.includes("response.refusal.delta") && events.includes("response.refusal.done"));
  assert.equal(model.calls.length, 0);
  const completion = await client.completions.create({ model: "fake", prompt: "bad" });
  assert.equal(completion.choices[0]!.finish_reason, "content_filter" as string);
  await assert.rejects(client.completions.create({ model: "fake", prompt: [1, 2] }), /Shields judge texts/);
  // An earlier message counts as well, a judged one is not judged again, and refusals may be sent back.
  word.asked.length = 0;
  const messages = [
    { role: "user" as const, content: "fine" },
    { role: "assistant" as const, content: null, refusal: "No." },
    { role: "user" as const, content: "go on" },
  ];
  for (let i = 0; i < 2; i++) {
    const fine = await client.chat.completions.create({ model: "fake", messages });
    assert.equal(fine.choices[0]!.message.content, "Echo: go on");
  }
  assert.deepEqual(word.asked, ["user_input: fine", "user_input: go on"]);
  const early = [{ role: "user" as const, content: "bad" }, ...messages.slice(1)];
  const hidden = await client.chat.completions.create({ model: "fake", messages: early });
  assert.equal(hidden.choices[0]!.finish_reason, "content_filter");
});

test("an answer is held back until it is judged, and cut where a shield hits", async (t) => {
  const words = Array.from({ length: 20 }, (_, index) => `w${index}`);
  words[13] = "bad";
  const served = await serve(
    t,
    { model_output: refuse },
    { reply: () => words.join(" ") },
    { hold_tokens: 4 },
  );
  const { text, refusal, reason } = await streamed(served, "x");
  assert.equal(text, words.slice(0, 12).join(" "));
  assert.deepEqual([refusal, reason], ["No.", "content_filter"]);
  const whole = await served.client.chat.completions.create(say("x"));
  assert.equal(whole.choices[0]!.message.content, words.slice(0, 12).join(" "));
  // The model was told to stop, and its usage is there.
  assert.ok(whole.usage!.completion_tokens >= 14 && whole.usage!.completion_tokens <= 20);
  const response = await served.client.responses.create({ model: "fake", input: "x" });
  assert.deepEqual([response.status, response.incomplete_details?.reason], ["incomplete", "content_filter"]);
  assert.equal(served.word.asked.at(-1), `model_output: ${words.slice(0, 16).join(" ")}`);
});

test("hold_until answer releases nothing before the last verdict, sentence judges at each end", async (t) => {
  const reply = () => "One is. Two is. Three is bad.";
  const whole = await serve(t, { model_output: refuse }, { reply }, { hold_until: "answer" });
  assert.equal((await streamed(whole, "x")).text, "");
  assert.equal(whole.word.asked.length, 1);
  const sentences = await serve(t, { model_output: refuse }, { reply }, { hold_until: "sentence" });
  assert.equal((await streamed(sentences, "x")).text, "One is. Two is.");
  assert.equal(sentences.word.asked.length, 3);
});

test("redaction changes what the model reads and what it says, in streams too", async (t) => {
  const redact = [{ shields: ["pii"], on_hit: "redact" as const }];
  const served = await serve(
    t,
    { user_input: redact, model_output: redact },
    {
      reply: (messages) => `Got ${messages.at(-1)!.content}; ask ada@lovelace.org ${"and so on ".repeat(40)}`,
    },
  );
  const { text, reason } = await streamed(served, "I am bob@builder.net");
  assert.equal(served.model.calls[0]!.messages[0]!.content, "I am <EMAIL>");
  assert.match(text, /^Got I am <EMAIL>; ask <EMAIL> and so on/);
  assert.equal(text.length, `Got I am <EMAIL>; ask <EMAIL> ${"and so on ".repeat(40)}`.trimEnd().length);
  assert.equal(reason, "stop");
  const whole = await served.client.chat.completions.create(say("I am bob@builder.net"));
  assert.equal(whole.choices[0]!.message.content, text);
});

test("calls are judged with their arguments, results before the model reads them", async (t) => {
  const call = (code: string) => ({ id: "c1", name: "run", arguments: { code } });
  const tools = [{ type: "function" as const, function: { name: "run", parameters: { type: "object" } } }];
  let code = "import pickle\npickle.loads(x)";
  const served = await serve(
    t,
    { tool_call: [{ shields: ["code"], on_hit: "refuse" }], tool_result: refuse },
    { reply: () => [call(code)] },
  );
  const bad = await served.client.chat.completions.create({ ...say("x"), tools });
  assert.equal(bad.choices[0]!.finish_reason, "content_filter");
  assert.equal(bad.choices[0]!.message.tool_calls, undefined);
  code = "print(1)";
  const good = await served.client.chat.completions.create({ ...say("x"), tools });
  assert.equal(good.choices[0]!.finish_reason, "tool_calls");
  const messages = [
    { role: "user" as const, content: "x" },
    good.choices[0]!.message,
    { role: "tool" as const, tool_call_id: "c1", content: "bad words" },
  ];
  const result = await served.client.chat.completions.create({ model: "fake", messages, tools });
  assert.equal(result.choices[0]!.finish_reason, "content_filter");
});

test("a shield that only notes holds nothing back and is told of", async (t) => {
  const log = [{ shields: ["word"], on_hit: "log" as const }];
  const served = await serve(t, { user_input: log, model_output: log }, { reply: () => "bad answer" });
  assert.deepEqual(await streamed(served, "bad"), { text: "bad answer", refusal: "", reason: "stop" });
  assert.deepEqual(
    served.checks.map(({ border, action }) => [border, action]),
    [
      ["user_input", "log"],
      ["model_output", "log"],
    ],
  );
  const metrics = await (await fetch(`${served.server.url}/metrics`)).text();
  assert.match(metrics, /llamero_shield_checks_total\{shield="word",border="model_output",outcome="log"\} 1/);
  assert.match(metrics, /llamero_shield_seconds_count\{shield="word"\} 2/);
});

test("a shield that throws, hangs or gives no number fails the request, never opens", async (t) => {
  const broken: Shield[] = [
    { id: "throws", check: () => Promise.reject(new Error("secret detail")) },
    { id: "hangs", check: () => new Promise(() => {}) },
    { id: "nan", check: async () => ({ ...verdictOf("nan", false), score: Number.NaN }) },
  ];
  for (const shield of broken) {
    for (const border of ["user_input", "model_output"] as const) {
      const { client, errors } = await serveFake(
        t,
        {},
        {
          shields: {
            own: [shield],
            policy: {
              borders: { [border]: [{ shields: [shield.id], on_hit: "refuse" }] },
              timeout_seconds: 0.05,
            },
          },
        },
      );
      await assert.rejects(client.chat.completions.create(say("x")), (error: Error & { status: number }) => {
        assert.equal(error.status, 503);
        assert.match(error.message, new RegExp(`Shield ${shield.id} could not judge the ${border}`));
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
      assert.equal(errors.length, shield.id === "hangs" ? 0 : 1);
    }
  }
});

test("a client that goes takes the shield with it", async (t) => {
  let signal: AbortSignal | undefined;
  let begun = (): void => {};
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const slow: Shield = {
    id: "slow",
    check: (_, given) => {
      signal = given;
      begun();
      return new Promise((_, reject) => given.addEventListener("abort", () => reject(given.reason)));
    },
  };
  const { client } = await serveFake(
    t,
    {},
    {
      shields: {
        own: [slow],
        policy: { borders: { user_input: [{ shields: ["slow"], on_hit: "refuse" }] } },
      },
    },
  );
  const abort = new AbortController();
  const answer = client.chat.completions.create(say("x"), { signal: abort.signal });
  answer.catch(() => {});
  await hasBegun;
  abort.abort();
  while (!signal!.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
});

test("guardBorder decides about text that is moved elsewhere", async () => {
  const word = new WordShield();
  const { guardBorder } = openShields(
    { own: [word], policy: { borders: { tool_call: [{ shields: ["word"], on_hit: "ask" }] } } },
    { findModel: () => new FakeTextModel() },
  );
  const { signal } = new AbortController();
  const asked = await guardBorder("tool_call", "bad", [], signal);
  assert.deepEqual([asked.action, asked.hits[0]?.reason], ["ask", "It says bad"]);
  assert.equal((await guardBorder("retrieved_text", "bad", [], signal)).action, "pass");
  await assert.rejects(guardBorder("tool_call", "x", [], AbortSignal.abort(new Error("gone"))), /gone/);
});

const guardOver = (reply: string) => {
  const model = new FakeTextModel({ reply: () => reply, contextLimit: 10_000 });
  return { model, shield: new LlamaGuardShield({ id: "llama-guard", model }) };
};

test("LlamaGuardShield reads verdict, score and categories, and fails on anything else", async () => {
  const { signal } = new AbortController();
  const ask = (reply: string, excluded: string[] = []) => {
    const model = new FakeTextModel({ reply: () => reply, contextLimit: 10_000 });
    return new LlamaGuardShield({ id: "g", model, excluded }).check(
      { border: "user_input", text: "hi" },
      signal,
    );
  };
  const unsafe = await ask("unsafe\nS1,S10");
  assert.deepEqual([unsafe.flagged, unsafe.score, unsafe.categories], [true, 1, ["S1", "S10"]]);
  assert.match(unsafe.reason, /S1 Violent Crimes, S10 Hate/);
  assert.deepEqual([(await ask("safe")).flagged, (await ask("unsafe\nS6", ["S6"])).flagged], [false, false]);
  for (const reply of ["", "I think so", "unsafe", "Safe"])
    await assert.rejects(ask(reply), SyntaxError, reply);
  // Greedy, with log-probabilities, ahead of others; in the bytes of the model's own template.
  const { model, shield } = guardOver("safe");
  await shield.check(
    { border: "model_output", text: "Bye", conversation: [{ role: "user", content: "Hi" }] },
    signal,
  );
  const { options, messages } = model.calls[0]!;
  assert.deepEqual([options.sampling?.temperature, options.topLogprobs, options.priority], [0, 20, "high"]);
  assert.match(messages[0]!.content, /User: Hi\n\nAgent: Bye\n\n<END CONVERSATION>/);
});

test("toGuardTurns makes users and agents take turns", () => {
  const turns = toGuardTurns({
    border: "tool_call",
    text: "run\ncode:\nls",
    conversation: [
      { role: "system", content: "Be kind" },
      { role: "user", content: "a" },
      { role: "user", content: "b" },
      { role: "assistant", content: "c" },
      { role: "tool", content: "result" },
    ],
  });
  assert.deepEqual(turns, [
    { role: "user", content: "a\n\nb" },
    { role: "agent", content: "c" },
    { role: "user", content: "result" },
    { role: "agent", content: "run\ncode:\nls" },
  ]);
  assert.deepEqual(
    toGuardTurns({ border: "model_output", text: "x" }).map(({ role }) => role),
    ["user", "agent"],
  );
});

/** A server with a chat model and a guard that finds "bad" in what it is shown. */
function serveGuarded(t: TestContext, policy?: PolicySettings): Promise<Served> {
  const guard = new FakeTextModel({
    reply: (messages) => (/User: .*bad/.test(messages[0]!.content) ? "unsafe\nS2,S9" : "safe"),
    contextLimit: 10_000,
  });
  const chat = new FakeTextModel();
  return serveFake(
    t,
    {},
    {
      models: [
        { name: "fake", model: chat },
        { name: "Llama-Guard-3-8B", model: guard },
      ],
      shields: {
        settings: [{ id: "llama-guard", type: "llama-guard", model: "meta-llama/Llama-Guard-3-8B" }],
        ...(policy && { policy }),
      },
    },
  );
}

test("POST /v1/moderations judges texts and arrays, with both forms of a shield's id", async (t) => {
  const { client } = await serveGuarded(t);
  for (const model of ["llama-guard", "llamero/llama-guard", "meta-llama/Llama-Guard-3-8B"]) {
    const { results } = await client.moderations.create({ model, input: ["hi", "a bad bomb"] });
    assert.deepEqual(
      results.map(({ flagged }) => flagged),
      [false, true],
    );
    const [, bad] = results;
    assert.equal(bad!.categories.illicit, true);
    assert.equal(bad!.categories["illicit/violent"], true);
    assert.equal(bad!.categories.violence, false);
    assert.equal(bad!.category_scores.illicit, 1);
    assert.deepEqual(bad!.category_applied_input_types.illicit, ["text"]);
  }
  const plain = await client.moderations.create({ input: "Mail ada@lovelace.org" });
  assert.equal(plain.results[0]!.flagged, true);
  const usual = await client.moderations.create({ model: "omni-moderation-latest", input: "x" });
  assert.equal(usual.results[0]!.flagged, false);
  await assert.rejects(client.moderations.create({ model: "none", input: "x" }), /Shield 'none' not found/);
});

test("run-shield and /v1/shields speak Llama Stack", async (t) => {
  const { server } = await serveGuarded(t);
  interface Answer {
    violation?: { violation_level: string; metadata: { violation_type: string } } | null;
    data?: { identifier: string }[];
    provider_resource_id?: string;
  }
  const ask = async (path: string, body?: unknown, method = body === undefined ? "GET" : "POST") => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Answer };
  };
  const run = (shield_id: string, content: string, more: object = {}) =>
    ask("/v1/safety/run-shield", { shield_id, messages: [{ role: "user", content }], ...more });
  assert.deepEqual((await run("llama-guard", "hi", { params: {} })).body, { violation: null });
  const { violation } = (await run("meta-llama/Llama-Guard-3-8B", "bad")).body;
  assert.equal(violation!.violation_level, "error");
  assert.equal(violation!.metadata.violation_type, "S2");
  assert.equal((await run("llama-guard", "hi", { params: { a: 1 } })).status, 400);
  assert.equal((await run("none", "hi")).status, 404);
  const { data } = (await ask("/v1/shields")).body;
  assert.deepEqual(
    data!.map(({ identifier }) => identifier),
    ["llama-guard", "pii", "code", "hidden-text", "injection", "content"],
  );
  const registered = {
    shield_id: "mine",
    provider_shield_id: "Llama-Guard-3-8B",
    params: { excluded_categories: ["S2", "S9"] },
  };
  assert.equal((await ask("/v1/shields", registered)).status, 200);
  assert.deepEqual((await run("mine", "bad")).body, { violation: null });
  assert.equal((await ask("/v1/shields", { shield_id: "pii" })).status, 409);
  assert.equal((await ask("/v1/shields", { shield_id: "far", provider_shield_id: "elsewhere" })).status, 200);
  assert.equal((await run("far", "hi")).status, 400);
  assert.equal((await ask("/v1/shields/mine", undefined, "DELETE")).status, 204);
  assert.equal((await ask("/v1/shields/llama-guard", undefined, "DELETE")).status, 400);
  assert.equal(
    (await ask("/v1/shields/llama-guard")).body.provider_resource_id,
    "meta-llama/Llama-Guard-3-8B",
  );
});

test("a guard over a model stands at the borders of the policy, and does not judge itself", async (t) => {
  const rule = [{ shields: ["llama-guard"], on_hit: "refuse" as const }];
  const { client } = await serveGuarded(t, { borders: { user_input: rule, model_output: rule } });
  const fine = await client.chat.completions.create(say("hello"));
  assert.equal(fine.choices[0]!.message.content, "Echo: hello");
  const bad = await client.chat.completions.create(say("a bad one"));
  assert.equal(bad.choices[0]!.finish_reason, "content_filter");
});

test("models of other servers do not answer past a policy for what users say", async (t) => {
  const { url } = await fakeUpstream(t);
  const remote = new RemoteModels([
    new RemoteProvider({ id: "up", preset: "vllm", url: `${url}/v1`, models: ["far"] }),
  ]);
  const shields = { own: [new WordShield()], policy: { borders: { user_input: refuse } } };
  const { client } = await serveFake(t, {}, { remote, shields });
  const { choices } = await client.chat.completions.create({ ...say("bad"), model: "up/far" });
  assert.equal(choices[0]!.finish_reason, "content_filter");
  await assert.rejects(
    client.completions.create({ model: "up/far", prompt: "x" }),
    /ask for a chat completion/,
  );
});

test("openShields refuses policies that cannot be kept", () => {
  const open = (borders: PolicySettings["borders"], settings = []) =>
    openShields({ policy: { borders }, settings }, { findModel: () => new FakeTextModel() });
  assert.throws(
    () => open({ user_input: [{ shields: ["none"], on_hit: "log" }] }),
    /There is no shield none/,
  );
  assert.throws(() => open({ user_input: [{ shields: ["code"], on_hit: "redact" }] }), /cannot redact/);
  assert.throws(() => open({ user_input: [{ shields: ["pii"], on_hit: "ask" }] }), /calls only/);
});
