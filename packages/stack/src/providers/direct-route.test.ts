import assert from "node:assert/strict";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { type Served, serveFake } from "../fake-server.ts";
import { until } from "../jobs/fake-jobs.ts";
import { behaviors, type FakeUpstream, fakeUpstream } from "./fake-upstream.ts";
import { RemoteModels } from "./remote-models.ts";
import { RemoteProvider } from "./remote-provider.ts";

const directPath = "/v1/chat/completions";
/** The same address, which hono alone reads. */
const honoPath = "/v1/chat/%63ompletions";
const chat = { model: "gamma", messages: [{ role: "user", content: "hi" }] };

async function serve(t: TestContext): Promise<Served & { fake: FakeUpstream }> {
  const fake = await fakeUpstream(t);
  const provider = new RemoteProvider({
    id: "far",
    preset: "vllm",
    url: `${fake.url}/v1`,
    models: ["gamma"],
  });
  const keys = [
    { name: "all", key: "all" },
    { name: "reader", key: "reader", scopes: ["read"] as const },
    { name: "other", key: "other", models: ["fake"] },
  ];
  const served = await serveFake(t, {}, { remote: new RemoteModels([provider]), keys });
  return { ...served, fake };
}

/** An answer without what no two have in common. */
async function answerOf(url: string, init: RequestInit): Promise<object> {
  const response = await fetch(url, { method: "POST", ...init });
  const headers = Object.fromEntries(response.headers);
  for (const name of ["date", "x-request-id", "content-length", "transfer-encoding"]) delete headers[name];
  const text = (await response.text()).replace(/"request_id":"[^"]*"/, "");
  return { status: response.status, headers, text };
}

test("a request that goes past hono is answered as one that does not", async (t) => {
  const { server, fake, errors } = await serve(t);
  const requests: [what: string, body: unknown, key: string, headers?: Record<string, string>][] = [
    ["whole", chat, "all"],
    ["stream", { ...chat, stream: true }, "all"],
    ["a model of this machine", { ...chat, model: "fake", temperature: 3 }, "all"],
    ["unknown model", { ...chat, model: "none" }, "all"],
    ["unknown field", { ...chat, colour: 1 }, "all"],
    ["field of ours", { ...chat, context_policy: "compact" }, "all"],
    ["no JSON", "{", "all"],
    ["wrong key", chat, "nobody"],
    ["scope", chat, "reader"],
    ["model of a key", chat, "other"],
    ["foreign page", chat, "all", { Origin: "https://elsewhere.example" }],
    ["encoding", chat, "all", { "Content-Encoding": "gzip" }],
    ["provider data", chat, "all", { "X-LlamaStack-Provider-Data": "{" }],
  ];
  for (const [what, body, key, headers = {}] of requests) {
    const init = {
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
    };
    const direct = await answerOf(server.url + directPath, init);
    assert.deepEqual(direct, await answerOf(server.url + honoPath, init), what);
  }
  for (const behavior of [behaviors.fail(400, "bad"), behaviors.fail(500), behaviors.dieAfter(1)]) {
    const answers: object[] = [];
    for (const path of [directPath, honoPath]) {
      fake.next = [behavior, behavior, behavior];
      const body = JSON.stringify({ ...chat, stream: true });
      answers.push(await answerOf(server.url + path, { body, headers: { Authorization: "Bearer all" } }));
    }
    assert.deepEqual(answers[0], answers[1]);
  }
  assert.deepEqual(errors, []);
});

test("a request that goes past hono is traced and counted with what its provider says of usage", async (t) => {
  const { server, post } = await serve(t);
  await post(chat, { Authorization: "Bearer all" });
  await post({ ...chat, stream: true }, { Authorization: "Bearer all" }).then((answer) => answer.text());
  interface Listed {
    data: {
      model: string;
      route: string;
      status_code: number;
      input_tokens: number;
      output_tokens: number;
    }[];
  }
  let traces: Listed["data"] = [];
  await until(async () => {
    const headers = { Authorization: "Bearer all" };
    traces = ((await (await fetch(`${server.url}/v1alpha/traces`, { headers })).json()) as Listed).data;
    return traces.length === 2;
  });
  const whole = traces.find(({ input_tokens }) => input_tokens > 0)!;
  assert.deepEqual(
    [whole.model, whole.route, whole.status_code, whole.input_tokens, whole.output_tokens],
    ["far/gamma", directPath, 200, 1, 1],
  );
  const metrics = await (
    await fetch(`${server.url}/metrics`, { headers: { Authorization: "Bearer all" } })
  ).text();
  assert.match(
    metrics,
    /llamero_requests_total\{method="POST",route="\/v1\/chat\/completions",status="200"\} 2/,
  );
});

test("a client that leaves or does not read holds its provider up, and nobody else", async (t) => {
  const { server, fake, post } = await serve(t);
  const { port } = new URL(server.url);
  const body = JSON.stringify({ ...chat, stream: true });
  const ask = `POST ${directPath} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer all\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const event = `data: ${JSON.stringify({ model: "gamma", text: "x".repeat(60_000) })}\n\n`;
  let numWritten = 0;
  fake.next = [
    (response) => {
      response.setHeader("content-type", "text/event-stream");
      const more = (): void => {
        while (numWritten < 1000 && !response.destroyed) {
          numWritten++;
          if (!response.write(event)) return void response.once("drain", more);
        }
      };
      more();
    },
  ];
  const client = connect(Number(port), "127.0.0.1");
  client.write(ask);
  await new Promise<void>((resolve) => client.once("data", () => resolve()));
  client.pause();
  for (let before = -1; numWritten !== before; ) {
    before = numWritten;
    assert.equal((await post(chat, { Authorization: "Bearer all" })).status, 200);
  }
  // 60 MB would have come.
  assert.ok(numWritten < 900, String(numWritten));
  client.destroy();
  await until(() => fake.seen[0]!.isAborted);
});
