import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { summarizeLoad } from "./load-summary.ts";
import { arrivalTimes, firstModel, type RequestSample, runLoad } from "./open-loop.ts";

const plan = { requestsPerSecond: 200, numRequests: 6, promptTokens: 4, maxTokens: 3, seed: 1 };

test("arrivalTimes has the wanted mean rate and repeats with its seed", () => {
  const times = arrivalTimes({ ...plan, requestsPerSecond: 4, numRequests: 2001 });
  assert.equal(times[0], 0);
  const rate = 2000 / (times.at(-1)! / 1000);
  assert.ok(rate > 3.7 && rate < 4.3, String(rate));
  assert.deepEqual(arrivalTimes(plan), arrivalTimes(plan));
});

/** A server that answers every second request with an error. */
async function withServer(work: (url: string) => Promise<void>): Promise<void> {
  let count = 0;
  const server = createServer((incoming, response) => {
    if (incoming.url === "/v1/models") return response.end('{"data": [{"id": "tiny"}]}');
    incoming.resume();
    count++;
    if (count % 2 === 0) {
      response.writeHead(503).end("{}");
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    const send = (chunk: unknown): boolean => response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    send({ choices: [{ delta: { role: "assistant", content: "" } }] });
    for (const content of ["a", "b", "c"]) send({ choices: [{ delta: { content } }] });
    send({ choices: [{ delta: {}, finish_reason: "length" }] });
    send({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 3 } });
    response.end("data: [DONE]\n\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("runLoad times streams, counts errors, and summarizeLoad adds them up", async () => {
  await withServer(async (url) => {
    const { signal } = new AbortController();
    const model = await firstModel({ url, apiKey: null }, signal);
    const samples: RequestSample[] = [];
    const onSample = (sample: RequestSample): number => samples.push(sample);
    await runLoad({ url, model, apiKey: null }, plan, { signal, onSample });
    const limits = { timeToFirstTokenMs: 60_000, interTokenMs: 60_000 };
    const result = summarizeLoad(samples, 2, limits);
    assert.equal(result.numRequests, 6);
    assert.deepEqual(result.errors, { "HTTP 503": 3 });
    assert.equal(result.outputTokensPerSecond, 4.5);
    assert.equal(result.goodput, 1.5);
    assert.equal(result.timeToFirstTokenMs.count, 3);
    assert.equal(result.interTokenMs.count, 6);
    assert.equal(summarizeLoad(samples, 2, { ...limits, timeToFirstTokenMs: 0 }).goodput, 0);
  });
});

test("runLoad rejects when it is stopped", async () => {
  await withServer(async (url) => {
    const stop = new AbortController();
    const slow = { ...plan, requestsPerSecond: 0.01 };
    const load = runLoad({ url, model: "tiny", apiKey: null }, slow, {
      signal: stop.signal,
      onSample: () => stop.abort(),
    });
    await assert.rejects(load, { name: "AbortError" });
  });
});
