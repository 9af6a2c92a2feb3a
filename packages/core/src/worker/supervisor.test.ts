import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { InsufficientMemoryError } from "../engine/errors.ts";
import type { TokenEvent } from "../engine/request.ts";
import { type FakeLoad, fatalTokens } from "./fake-engine.ts";
import {
  assertPoisonFailsAlone,
  assertSameAnswers,
  collect,
  expected,
  fakeRemoteEngine,
  playedWorkers,
  prompt,
  request,
  tokensOf,
} from "./fake-requests.ts";
import type { RemoteEngine, RemoteEngineOptions } from "./remote-engine.ts";

const played = playedWorkers();

const remoteEngine = (load: FakeLoad = {}, options: Partial<RemoteEngineOptions> = {}): RemoteEngine =>
  fakeRemoteEngine(played.start, load, options);

test("Supervisor loses, repeats and mixes up nothing when workers die again and again", async () => {
  await using engine = remoteEngine({ stepMs: 1, maxBatch: 8 });
  const requests = Array.from({ length: 12 }, (_, i) =>
    request(prompt(i + 1, 3 + i), { frequencyPenalty: 0.5, presencePenalty: 0.1 }, 20 + 5 * i),
  );
  const wanted = await expected(requests);
  let numTokens = 0;
  const answers = requests.map(async (each) => {
    const events: TokenEvent[] = [];
    for await (const event of engine.generate(each)) {
      events.push(event);
      if (++numTokens % 90 === 0) played.kill();
    }
    return events;
  });
  const got = await Promise.all(answers);
  assertSameAnswers(got, wanted);
  const { numRestarts } = engine.supervisor.status();
  assert.ok(numRestarts >= 2, `${numRestarts} restarts`);
});

test("Supervisor finds the request that kills workers and fails it alone", async () => {
  await using engine = remoteEngine({ stepMs: 2 });
  await assertPoisonFailsAlone(engine);
});

test("Supervisor ends a worker whose step does not end", async () => {
  await using engine = remoteEngine({ stepMs: 1 }, { policy: { stuckMs: 100, stepMs: 200 } });
  const good = request(prompt(3));
  const [wanted] = await expected([good]);
  const bad = collect(engine.generate(request([4, fatalTokens.hang, 5])));
  const answer = collect(engine.generate(good));
  await assert.rejects(bad, { code: "request-kills-worker" });
  assert.deepEqual(tokensOf(await answer), tokensOf(wanted!));
  assert.match(engine.supervisor.status().lastDeath!, /has completed no step for 200 ms/);
});

test("Supervisor gives up after deaths in a row with an error that says so, and tries again later", async () => {
  const policy = { maxDeaths: 3, retryMs: 60 * 60_000 };
  await using engine = remoteEngine({ dies: true }, { policy });
  const error = { code: "worker-lost", message: /worker of fake died 3 times in a row/ };
  await assert.rejects(engine.supervisor.ready(), error);
  assert.equal(engine.supervisor.status().state, "failed");
  const early = collect(engine.generate(request(prompt(1))));
  assert.equal(engine.supervisor.status().state, "failed");
  await assert.rejects(early, error);
  await using other = remoteEngine({ dies: true }, { policy: { ...policy, retryMs: 0 } });
  await assert.rejects(other.supervisor.ready(), error);
  const again = other.supervisor.ready();
  assert.equal(other.supervisor.status().state, "loading");
  await assert.rejects(again, error);
});

test("Supervisor passes on why a model cannot be loaded and restarts nothing", async () => {
  await using engine = remoteEngine({ error: "Tensor x is missing" });
  await assert.rejects(engine.supervisor.ready(), { name: "RangeError", message: "Tensor x is missing" });
  assert.deepEqual(engine.supervisor.status(), {
    state: "unloaded",
    pid: null,
    numRestarts: 0,
    lastDeath: null,
    unloadsAt: null,
  });
});

test("Supervisor unloads an idle model and loads it again for the next request", async () => {
  await using patient = remoteEngine({}, { policy: { keepAliveMs: 60 * 60_000 } });
  await collect(patient.generate(request(prompt(1))));
  await using engine = remoteEngine({ stepMs: 1 }, { policy: { keepAliveMs: 10 } });
  // Its answer takes longer than that.
  for await (const _ of engine.generate(request(prompt(1))))
    assert.equal(engine.supervisor.status().state, "ready");
  while (engine.supervisor.status().state !== "unloaded") await sleep(5);
  assert.equal(patient.supervisor.status().state, "ready");
  assert.ok(patient.supervisor.status().unloadsAt! > Date.now());
  assert.equal(engine.stats().numRunning, 0);
  assert.equal((await collect(engine.generate(request(prompt(1))))).length, 41);
  assert.equal(engine.supervisor.status().numRestarts, 0);
});

test("Supervisor asks for admission before a worker starts", async () => {
  const refusal = new InsufficientMemoryError("No room", { neededBytes: 2, availableBytes: 1 });
  await using engine = remoteEngine({}, { admit: () => Promise.reject(refusal) });
  await assert.rejects(collect(engine.generate(request(prompt(1)))), refusal);
  assert.equal(engine.supervisor.status().state, "unloaded");
});

test("RemoteEngine abort rejects at once and frees the worker; leaving the loop and stop do too", async () => {
  await using engine = remoteEngine({ stepMs: 5 });
  await engine.supervisor.ready();
  const controller = new AbortController();
  const events: TokenEvent[] = [];
  const reason = new Error("enough");
  await assert.rejects(async () => {
    for await (const event of engine.generate({
      ...request(prompt(1), {}, 200),
      signal: controller.signal,
    })) {
      events.push(event);
      if (events.length === 3) controller.abort(reason);
    }
  }, reason);
  assert.equal(events.length, 3);
  for await (const _ of engine.generate(request(prompt(2), {}, 200))) break;
  const stopped = engine.generate(request(prompt(3), {}, 200));
  await stopped.next();
  await stopped.next();
  const { value: finish } = await stopped.next("stop");
  assert.ok(finish?.type === "finish");
  assert.equal(finish.reason, "stop");
  assert.equal(finish.usage.completionTokens, 2);
  await collect(engine.generate(request(prompt(4), {}, 2)));
  const { numRunning, kvBlocksUsed } = engine.stats();
  assert.deepEqual({ numRunning, kvBlocksUsed }, { numRunning: 0, kvBlocksUsed: 0 });
  await assert.rejects(engine.score([1, 2], { signal: AbortSignal.abort(reason) }), reason);
});

test("RemoteEngine stop is answered even when the worker is dead", async () => {
  await using engine = remoteEngine({ stepMs: 5 }, { policy: { restartMs: 10_000, maxRestartMs: 10_000 } });
  const events = engine.generate(request(prompt(3), {}, 200));
  await events.next();
  played.kill();
  assert.equal(engine.supervisor.status().state, "restarting");
  const { value: finish } = await events.next("stop");
  assert.ok(finish?.type === "finish" && finish.reason === "stop");
});
