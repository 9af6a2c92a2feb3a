import assert from "node:assert/strict";
import { test } from "node:test";
import { fatalTokens } from "./fake-engine.ts";
import { assertSameAnswers, collect, expected, fakeRemoteEngine, prompt, request } from "./fake-requests.ts";
import { threadWorkers } from "./node-thread.ts";

test("A worker thread speaks the same protocol and is restarted when it dies", async () => {
  await using engine = fakeRemoteEngine(threadWorkers(new URL("./fake-thread-entry.ts", import.meta.url)));
  await assert.rejects(collect(engine.generate(request([4, fatalTokens.kill, 5]))), {
    code: "request-kills-worker",
  });
  const requests = [1, 2, 3].map((n) => request(prompt(n)));
  const got = await Promise.all(requests.map((each) => collect(engine.generate(each))));
  assertSameAnswers(got, await expected(requests));
  assert.equal((await engine.score(prompt(5, 8))).length, 7);
});
