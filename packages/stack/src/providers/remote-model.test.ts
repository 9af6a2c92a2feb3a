import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { HttpError } from "../http/http-error.ts";
import { until } from "../jobs/fake-jobs.ts";
import { behaviors, type FakeUpstream, fakeUpstream } from "./fake-upstream.ts";
import { RemoteModel, type RetryOptions } from "./remote-model.ts";
import { RemoteProvider, type RemoteProviderOptions } from "./remote-provider.ts";

const secret = "sk-very-secret-key";
const messages = [{ role: "user", content: "hi" }];

async function provide(
  t: TestContext,
  id = "p",
  options: Partial<RemoteProviderOptions> = {},
): Promise<{ fake: FakeUpstream; provider: RemoteProvider }> {
  const fake = await fakeUpstream(t);
  const url = `${fake.url}/v1`;
  return { fake, provider: new RemoteProvider({ id, preset: "vllm", url, apiKey: secret, ...options }) };
}

function ask(
  providers: RemoteProvider[],
  {
    stream = false,
    retry = {},
    signal = new AbortController().signal,
    data = {},
  }: {
    stream?: boolean;
    retry?: RetryOptions;
    signal?: AbortSignal;
    data?: Record<string, string>;
  } = {},
): Promise<string> {
  const targets = providers.map((provider) => ({ provider, model: "m" }));
  const remote = new RemoteModel("mine", targets, { baseDelayMs: 5, ...retry });
  return remote
    .forward({ operation: "chat/completions", body: { model: "mine", messages, stream }, data }, signal)
    .then(async (reply) => {
      if (reply.type === "whole") return `${reply.provider} ${Buffer.from(reply.json, "latin1")}`;
      let text = "";
      await reply.drain((part) => {
        text += part;
        return undefined;
      });
      return `${reply.provider} ${Buffer.from(text, "latin1")}`;
    });
}

/** An error with its status, without secrets. */
function fails(status: number, message: RegExp, code?: string) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof HttpError, String(error));
    assert.equal(error.status, status);
    assert.match(error.message, message);
    if (code !== undefined) assert.equal(error.body.error.code, code);
    assert.ok(!JSON.stringify(error.body).includes("secret-key"), error.message);
    return true;
  };
}

test("RemoteModel streams with its own name, byte for byte otherwise", async (t) => {
  const { fake, provider } = await provide(t);
  const text = await ask([provider], { stream: true });
  assert.equal(text.match(/"model":"mine"/g)?.length, 3);
  assert.match(text, /Say \\"model\\":\\"/);
  assert.match(text, /é🦙/);
  assert.ok(text.endsWith("data: [DONE]\n\n"));
  assert.equal(fake.seen[0]!.headers.accept, "text/event-stream");
});

test("RemoteModel tries again what may pass, and waits as long as it is asked to", async (t) => {
  const { fake, provider } = await provide(t);
  fake.next = [behaviors.fail(503), behaviors.hangUp];
  assert.match(await ask([provider]), /^p /);
  assert.equal(fake.seen.length, 3);
  fake.seen.length = 0;
  fake.next = [behaviors.fail(429, {}, { "retry-after": "0.2" })];
  const start = performance.now();
  await ask([provider], { stream: true });
  assert.ok(performance.now() - start >= 195);
  fake.next = [behaviors.fail(429, {}, { "retry-after": "100" })];
  fake.seen.length = 0;
  await assert.rejects(ask([provider]), (error: unknown) => {
    assert.equal((error as HttpError).headers["Retry-After"], "100");
    return fails(429, /^Provider p has had too many requests/)(error);
  });
  assert.equal(fake.seen.length, 1);
});

test("RemoteModel gives up after its tries, and does not repeat what is at fault", async (t) => {
  const { fake, provider } = await provide(t);
  fake.usual = behaviors.fail(502, `nginx ${secret}`);
  await assert.rejects(
    ask([provider]),
    fails(502, /^Provider p failed \(502\): nginx \[hidden\]/, "provider_failed"),
  );
  assert.equal(fake.seen.length, 3);
  fake.seen.length = 0;
  fake.usual = behaviors.fail(400, {
    error: { message: `bad ${secret}`, param: "top_p", code: "bad_value" },
  });
  await assert.rejects(
    ask([provider]),
    fails(400, /^Provider p refuses the request \(400\): bad \[hidden\]/, "bad_value"),
  );
  assert.equal(fake.seen.length, 1);
  fake.usual = behaviors.fail(500, { detail: "broken" });
  await assert.rejects(ask([provider]), fails(502, /failed \(500\): broken/));
  fake.usual = behaviors.fail(401, { message: `wrong key ${secret}` });
  await assert.rejects(ask([provider]), fails(502, /refuses the key of this server/, "provider_key"));
  fake.usual = behaviors.fail(302, "", { location: "http://elsewhere/" });
  await assert.rejects(ask([provider], { retry: { maxTries: 1 } }), fails(502, /it redirects/));
});

test("RemoteModel sends the key of a request in place of its own", async (t) => {
  const { fake, provider } = await provide(t);
  await ask([provider], { data: { p_api_key: "client-secret-key" } });
  assert.equal(fake.seen[0]!.headers.authorization, "Bearer client-secret-key");
  fake.usual = behaviors.fail(401, { message: "wrong key client-secret-key" });
  await assert.rejects(
    ask([provider], { data: { vllm_api_key: "client-secret-key" } }),
    fails(401, /refuses the key that came with the request: wrong key \[hidden\]/),
  );
});

test("RemoteModel goes on to the next provider", async (t) => {
  const a = await provide(t, "a");
  const b = await provide(t, "b");
  a.fake.next = [behaviors.fail(503), behaviors.dieAfter(0)];
  assert.match(await ask([a.provider, b.provider]), /^b /);
  assert.match(await ask([a.provider, b.provider], { stream: true }), /^b /);
  assert.match(await ask([a.provider, b.provider]), /^a /);
  const gone = new RemoteProvider({ id: "gone", preset: "vllm", url: "http://127.0.0.1:9/v1" });
  assert.match(await ask([gone, b.provider]), /^b /);
  await assert.rejects(ask([gone]), fails(502, /^Provider gone cannot be reached: .*ECONNREFUSED/));
});

test("RemoteModel leaves a provider alone that failed five times in a row, and tries it later", async (t) => {
  const { fake, provider } = await provide(t);
  fake.usual = behaviors.fail(500);
  for (let i = 0; i < 5; i++) await assert.rejects(ask([provider]), fails(502, /failed/));
  await assert.rejects(ask([provider]), fails(503, /left alone for a while/, "provider_unavailable"));
  assert.equal(fake.seen.length, 5);
  assert.equal(provider.health.status, "Error");
});

test("RemoteModel ends a stream that is cut with an error that names the provider", async (t) => {
  const { fake, provider } = await provide(t);
  fake.next = [behaviors.dieAfter(2)];
  await assert.rejects(ask([provider], { stream: true }), fails(502, /^Provider p cannot be reached/));
  assert.equal(fake.seen.length, 1);
  const impatient = await provide(t, "q", { idleTimeoutMs: 500 });
  impatient.fake.next = [behaviors.stall];
  await assert.rejects(ask([impatient.provider], { stream: true }), fails(504, /silent for 0.5 s/));
  assert.equal(impatient.fake.seen.length, 1);
});

test("RemoteModel gives up on a provider that does not answer", async (t) => {
  const { fake, provider } = await provide(t, "p", { timeoutMs: 500 });
  fake.usual = behaviors.silence;
  await assert.rejects(
    ask([provider], { retry: { maxTries: 2 } }),
    fails(504, /No answer from http:.* within 0.5 s/, "provider_timeout"),
  );
  assert.equal(fake.seen.length, 2);
});

test("RemoteModel hands an abort on to the provider", async (t) => {
  const { fake, provider } = await provide(t);
  for (const [behavior, stream] of [
    [behaviors.silence, false],
    [behaviors.stall, true],
  ] as const) {
    const abort = new AbortController();
    fake.usual = (response, seen) => {
      behavior(response, seen);
      setTimeout(() => abort.abort(new Error("enough")), 20);
    };
    await assert.rejects(ask([provider], { stream, signal: abort.signal }), /enough/);
    await until(() => fake.seen.at(-1)!.isAborted);
  }
});
