import assert from "node:assert/strict";
import { test } from "node:test";
import { fatalTokens } from "./fake-engine.ts";
import { assertSameAnswers, collect, expected, fakeRemoteEngine, prompt, request } from "./fake-requests.ts";
import { threadWorkers } from "./node-thread.ts";

test("A worker thread speaks the same protocol, and its death costs the others nothing", async () => {
  await using engine = fakeRemoteEngine(threadWorkers(new URL("./fake-thread-entry.ts", import.meta.url)));
  const requests = [1, 2, 3].map((n) => request(prompt(n)));
  const wanted = await expected(requests);
  const bad = assert.rejects(collect(engine.generate(request([4, fatalTokens.kill, 5]))), {
    code: "request-kills-worker",
  });
  assertSameAnswers(await Promise.all(requests.map((each) => collect(engine.generate(each)))), wanted);
  await bad;
  assert.equal((await engine.score(prompt(5, 8))).length, 7);
});
