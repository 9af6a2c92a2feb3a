import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { TokenEvent } from "../engine/request.ts";
import { fatalTokens } from "./fake-engine.ts";
import {
  assertPoisonFailsAlone,
  assertSameAnswers,
  collect,
  expected,
  fakeProcessEngine,
  prompt,
  request,
  tokensOf,
} from "./fake-requests.ts";

test("Supervisor loses, repeats and mixes up nothing when workers are killed again and again", async () => {
  await using engine = fakeProcessEngine({ stepMs: 4, maxBatch: 8 });
  const requests = Array.from({ length: 12 }, (_, i) =>
    request(
      prompt(i + 1, 3 + i),
      { frequencyPenalty: 0.5, presencePenalty: 0.1, repetitionPenalty: 1.1 },
      20 + 5 * i,
    ),
  );
  const wanted = await expected(requests);
  let numTokens = 0;
  const answers = requests.map(async (each) => {
    const events: TokenEvent[] = [];
    for await (const event of engine.generate(each)) {
      events.push(event);
      const { pid } = engine.supervisor.status();
      if (++numTokens % 90 === 0 && pid !== null) process.kill(pid, "SIGKILL");
    }
    return events;
  });
  const got = await Promise.all(answers);
  assertSameAnswers(got, wanted);
  const { numRestarts, lastDeath } = engine.supervisor.status();
  assert.ok(numRestarts >= 2, `${numRestarts} restarts`);
  assert.match(lastDeath!, /SIGKILL/);
});

test("A worker process that stands still is killed and the request it stands still for fails alone", async () => {
  await using engine = fakeProcessEngine({ stepMs: 2 }, { policy: { stuckMs: 400 } });
  const good = request(prompt(3));
  const [wanted] = await expected([good]);
  const bad = collect(engine.generate(request([4, fatalTokens.block, 5])));
  const answer = collect(engine.generate(good));
  await assert.rejects(bad, { code: "request-kills-worker" });
  assert.deepEqual(tokensOf(await answer), tokensOf(wanted!));
  assert.match(engine.supervisor.status().lastDeath!, /has not answered for 400 ms/);
});

test("Supervisor revives a stopped worker process", async () => {
  await using engine = fakeProcessEngine({ stepMs: 5 }, { policy: { stuckMs: 400 } });
  await engine.supervisor.ready();
  const one = request(prompt(7), {}, 60);
  const [wanted] = await expected([one]);
  const got: TokenEvent[] = [];
  for await (const event of engine.generate(one)) {
    got.push(event);
    if (got.length === 10) process.kill(engine.supervisor.status().pid!, "SIGSTOP");
  }
  assert.deepEqual(tokensOf(got), tokensOf(wanted!));
  assert.equal(engine.supervisor.status().numRestarts, 1);
});

test("Supervisor finds the request that kills workers and fails it alone", async () => {
  await using engine = fakeProcessEngine({ stepMs: 2 });
  await assertPoisonFailsAlone(engine);
});

test("A worker process ends when its parent is killed, or ends without disposing of it", async () => {
  for (const isKilled of [true, false]) {
    const source = `
      import { fakeRemoteEngine, fakeProcesses } from ${JSON.stringify(new URL("./fake-requests.ts", import.meta.url).href)};
      const engine = fakeRemoteEngine(fakeProcesses);
      await engine.supervisor.ready();
      console.log(engine.supervisor.status().pid);
      if (!${isKilled}) process.exit(0);`;
    const flags = [
      "--conditions=@llamero/source",
      "--import",
      import.meta.resolve("tsx"),
      "--input-type=module",
    ];
    const parent = spawn(process.execPath, [...flags, "-e", source], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const said = await new Promise((resolve) => parent.stdout.once("data", resolve));
    const pid = Number(String(said));
    assert.ok(pid > 0);
    if (isKilled) parent.kill("SIGKILL");
    const isAlive = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    for (let i = 0; i < 3000 && isAlive(); i++) await sleep(20);
    assert.equal(isAlive(), false);
  }
});
