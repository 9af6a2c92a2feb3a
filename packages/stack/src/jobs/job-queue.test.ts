import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../api/json.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";
import { fakeServices, mortalStore, until } from "./fake-jobs.ts";
import { JobCrash, JobError, type JobKind } from "./job.ts";
import { JobQueue } from "./job-queue.ts";
import { getJob } from "./job-store.ts";

const owner = "local";

/** Counts to its input, one at a time, each when the gate lets it. */
function counting(gate: () => Promise<void>, seen: number[] = []): JobKind {
  return {
    name: "count",
    maxRunning: 2,
    async run({ input, state, signal, save }) {
      let at = (state as number | null) ?? 0;
      for (; at < (input as number); ) {
        await gate();
        signal.throwIfAborted();
        seen.push(at);
        at++;
        await save(at);
      }
      return at;
    },
  };
}

async function stateOf(
  store: Store,
  id: string,
): Promise<{ status: string; state: Json; code: string | null }> {
  const { status, state, error } = (await getJob(store, id, owner))!.record;
  return { status, state, code: error?.code ?? null };
}

const nothing = async (): Promise<void> => {};
const forever = (): Promise<never> => new Promise(() => {});

test("JobQueue runs jobs to their end, and one of an id that is there is not begun again", async () => {
  await using store = await openStore(":memory:");
  const services = fakeServices(store);
  const seen: number[] = [];
  const queue = new JobQueue(services, [counting(nothing, seen)]);
  const key = { id: "a", owner, kind: "count", input: 3 };
  await queue.enqueue(key);
  await queue.settled(key);
  assert.deepEqual(await stateOf(store, "a"), { status: "completed", state: 3, code: null });
  assert.equal((await queue.enqueue(key)).record.status, "completed");
  assert.deepEqual(seen, [0, 1, 2]);
  assert.deepEqual(services.errors, []);
  await assert.rejects(queue.enqueue({ ...key, id: "b", kind: "other" }), /no kind of job other/);
});

test("JobQueue goes on from the saved state after its process was killed", async () => {
  await using store = await openStore(":memory:");
  const seen: number[] = [];
  const killed = mortalStore(store);
  const first = new JobQueue(fakeServices(killed.store), [
    counting(() => (seen.length < 2 ? nothing() : forever()), seen),
  ]);
  await first.enqueue({ id: "a", owner, kind: "count", input: 4 });
  await first.enqueue({ id: "b", owner, kind: "unknown-later", input: 0 }).catch(() => {});
  await until(async () => (await stateOf(store, "a")).state === 2);
  killed.kill();
  assert.equal((await stateOf(store, "a")).status, "in_progress");
  const services = fakeServices(store);
  const second = new JobQueue(services, [counting(nothing, seen)]);
  await second.ready;
  await until(async () => (await stateOf(store, "a")).status === "completed");
  assert.deepEqual(seen, [0, 1, 2, 3]);
  assert.deepEqual(services.errors, []);
});

test("JobQueue says of a job that ends its process three times without getting on that it failed", async () => {
  await using store = await openStore(":memory:");
  let numStarts = 0;
  const kind: JobKind = {
    name: "poison",
    maxRunning: 1,
    run: async () => {
      numStarts++;
      return await forever();
    },
  };
  for (let times = 1; times <= 3; times++) {
    const { store: own, kill } = mortalStore(store);
    const queue = new JobQueue(fakeServices(own), [kind]);
    if (times === 1) await queue.enqueue({ id: "a", owner, kind: "poison", input: null });
    await until(() => numStarts === times);
    kill();
  }
  await new JobQueue(fakeServices(store), [kind]).ready;
  assert.deepEqual(await stateOf(store, "a"), { status: "failed", state: null, code: "server_stopped" });
  assert.equal(numStarts, 3);
});

test("JobQueue leaves what an orderly stop interrupts to the next process, without counting a start", async () => {
  await using store = await openStore(":memory:");
  let isOpen = false;
  const kind = counting(async () => await until(() => isOpen));
  for (let times = 0; times < 4; times++) {
    const services = fakeServices(store);
    const queue = new JobQueue(services, [
      {
        ...kind,
        run: ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      },
    ]);
    if (times === 0) await queue.enqueue({ id: "a", owner, kind: "count", input: 1 });
    await until(async () => (await stateOf(store, "a")).status === "in_progress");
    services.close();
    await queue.stop();
    assert.equal((await stateOf(store, "a")).status, "scheduled");
  }
  isOpen = true;
  const queue = new JobQueue(fakeServices(store), [kind]);
  await queue.ready;
  await until(async () => (await stateOf(store, "a")).status === "completed");
});

test("JobQueue runs no more jobs of a kind than it may, and cancels those that wait and those that run", async () => {
  await using store = await openStore(":memory:");
  let isOpen = false;
  const queue = new JobQueue(fakeServices(store), [counting(async () => await until(() => isOpen))]);
  for (const id of ["a", "b", "c"]) await queue.enqueue({ id, owner, kind: "count", input: 1 });
  await until(async () => (await stateOf(store, "b")).status === "in_progress");
  assert.equal((await stateOf(store, "c")).status, "scheduled");
  await queue.cancel({ id: "c", owner });
  assert.equal((await stateOf(store, "c")).status, "cancelled");
  const asked = (await queue.cancel({ id: "a", owner }))!.record.cancelAskedAt;
  assert.equal((await queue.cancel({ id: "a", owner }))!.record.cancelAskedAt, asked);
  isOpen = true;
  await queue.settled({ id: "a", owner });
  await queue.settled({ id: "b", owner });
  assert.equal((await stateOf(store, "a")).status, "cancelled");
  assert.equal((await stateOf(store, "b")).status, "completed");
  assert.equal((await queue.cancel({ id: "b", owner }))!.record.status, "completed");
  assert.equal(await queue.cancel({ id: "a", owner: "someone" }), null);
});

test("JobQueue begins again after a crash of the job's own process, and keeps the words of what cannot be done", async () => {
  await using store = await openStore(":memory:");
  let numStarts = 0;
  const services = fakeServices(store);
  const queue = new JobQueue(services, [
    {
      name: "crashes",
      maxRunning: 1,
      run: async () => {
        numStarts++;
        throw new JobCrash("process_ended", "The process ended with SIGKILL");
      },
    },
    {
      name: "refuses",
      maxRunning: 1,
      run: async () => {
        throw new JobError("no_data", "There is no data");
      },
    },
    {
      name: "breaks",
      maxRunning: 1,
      run: async () => {
        throw new TypeError("a secret of ours");
      },
    },
  ]);
  for (const kind of ["crashes", "refuses", "breaks"]) {
    await queue.enqueue({ id: kind, owner, kind, input: null });
  }
  await until(async () => (await stateOf(store, "crashes")).status === "failed");
  assert.equal(numStarts, 3);
  await until(async () => (await stateOf(store, "breaks")).status === "failed");
  assert.equal((await getJob(store, "refuses", owner))!.record.error?.message, "There is no data");
  assert.doesNotMatch((await getJob(store, "breaks", owner))!.record.error!.message, /secret/);
  assert.equal(services.errors.length, 1);
});

test("JobQueue takes over from another server of the same store only when that one is silent", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "Date"] });
  await using store = await openStore(":memory:");
  const seen: number[] = [];
  const killed = mortalStore(store);
  const options = { isShared: true, leaseMs: 300 };
  const first = new JobQueue(fakeServices(killed.store), [counting(forever, seen)], options);
  await first.enqueue({ id: "a", owner, kind: "count", input: 1 });
  await until(async () => (await stateOf(store, "a")).status === "in_progress");
  const second = new JobQueue(fakeServices(store), [counting(nothing, seen)], options);
  await second.ready;
  for (let beat = 0; beat < 6; beat++) {
    t.mock.timers.tick(100);
    await until(async () => (await getJob(store, "a", owner))!.record.aliveAt === Date.now());
    assert.equal((await stateOf(store, "a")).status, "in_progress");
  }
  killed.kill();
  t.mock.timers.tick(300);
  await until(async () => (await stateOf(store, "a")).status === "completed");
  assert.deepEqual(seen, [0]);
  await second.stop();
});
