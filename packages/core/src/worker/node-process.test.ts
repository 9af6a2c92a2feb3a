import assert from "node:assert/strict";
import { test } from "node:test";
import type { TokenEvent } from "../engine/request.ts";
import {
  assertSameAnswers,
  collect,
  expected,
  fakeProcessEngine,
  prompt,
  request,
  tokensOf,
  untilPid,
} from "./fake-requests.ts";

test("A killed worker process costs no request anything", async () => {
  await using engine = fakeProcessEngine({ stepMs: 4, maxBatch: 8 });
  const requests = Array.from({ length: 6 }, (_, i) =>
    request(prompt(i + 1, 3 + i), { frequencyPenalty: 0.5, presencePenalty: 0.1 }, 30 + 5 * i),
  );
  const wanted = await expected(requests);
  await engine.supervisor.ready();
  const pid = engine.supervisor.status().pid!;
  const answers = requests.map(async (each) => {
    const events: TokenEvent[] = [];
    for await (const event of engine.generate(each)) {
      events.push(event);
      if (each === requests[0] && events.length === 10) process.kill(pid, "SIGKILL");
    }
    return events;
  });
  assertSameAnswers(await Promise.all(answers), wanted);
  const { numRestarts, lastDeath } = engine.supervisor.status();
  assert.equal(numRestarts, 1);
  assert.match(lastDeath!, /SIGKILL/);
});

test("RemoteEngine answers as an engine in this process does: tokens, scores, errors, stats", async () => {
  await using engine = fakeProcessEngine();
  assert.equal(engine.info().backend, "none");
  const one = request(prompt(1));
  const [wanted] = await expected([one]);
  const got = await collect(engine.generate(one));
  assert.deepEqual(tokensOf(got), tokensOf(wanted!));
  const [a, b] = [got.at(-1)!, wanted!.at(-1)!];
  assert.ok(a.type === "finish" && b.type === "finish");
  assert.deepEqual([a.reason, a.usage], [b.reason, b.usage]);
  assert.equal((await engine.score(prompt(2, 30), { topLogprobs: 2 })).length, 29);
  assert.equal(engine.info().backend, "reference");
  assert.ok(engine.stats().numSteps >= 40);
  await assert.rejects(collect(engine.generate(request([99]))), {
    name: "RangeError",
    message: "Prompt token 0 is 99, outside the vocabulary of 64 tokens",
  });
  await assert.rejects(collect(engine.generate(request(prompt(1, 300)))), {
    name: "ContextOverflowError",
    promptTokens: 300,
  });
});

test("RemoteEngine dispose ends the worker and fails what runs", async () => {
  const engine = fakeProcessEngine({ stepMs: 5 });
  const running = collect(engine.generate(request(prompt(1), {}, 200)));
  const pid = await untilPid(engine);
  const failed = assert.rejects(running, /engine was closed/);
  await engine[Symbol.asyncDispose]();
  await failed;
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  await assert.rejects(collect(engine.generate(request(prompt(1)))), /engine is closed/);
});
