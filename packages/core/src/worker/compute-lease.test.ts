import assert from "node:assert/strict";
import { test } from "node:test";
import type { LeasePriority, MachineLease } from "@llamero/kernels";
import { Engine } from "../engine/engine.ts";
import { FakeBackend, fakeEngineOptions } from "../engine/fake-backend.ts";
import { leasedBackend, openComputeLease } from "./compute-lease.ts";
import { collect, request } from "./fake-requests.ts";

/** A lease that somebody else holds until told. */
class FakeLease implements MachineLease {
  readonly asked: LeasePriority[] = [];
  isFree = true;
  numHeld = 0;
  #grant: (() => void) | null = null;

  tryAcquire(priority: LeasePriority): boolean {
    if (!this.isFree) return false;
    this.asked.push(priority);
    this.numHeld++;
    return true;
  }

  async acquire(priority: LeasePriority): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#grant = resolve;
    });
    this.asked.push(priority);
    this.numHeld++;
  }

  grant(): void {
    this.#grant?.();
    this.#grant = null;
  }

  get isWaiting(): boolean {
    return this.#grant !== null;
  }

  release(): void {
    this.numHeld--;
  }

  close(): void {}
}

function leasedEngine(lease: FakeLease): Engine {
  const backend = new FakeBackend({ vocabSize: 64 });
  backend.onRun = () => assert.equal(lease.numHeld, 1);
  return new Engine(fakeEngineOptions(leasedBackend(backend, lease, () => assert.fail()) as FakeBackend));
}

const untilWaiting = async (lease: FakeLease): Promise<void> => {
  while (!lease.isWaiting) await new Promise(setImmediate);
};

test("leasedBackend holds the lease in each step, prefill and decode by their priority", async () => {
  const lease = new FakeLease();
  await using engine = leasedEngine(lease);
  await collect(engine.generate(request([1, 2, 3], {}, 4)));
  assert.deepEqual(lease.asked, ["prefill", "decode", "decode", "decode"]);
  assert.equal(lease.numHeld, 0);
});

test("leasedBackend waits its turn, and an abort does not wait for it", async () => {
  const lease = new FakeLease();
  await using engine = leasedEngine(lease);
  lease.isFree = false;
  const controller = new AbortController();
  const aborted = collect(engine.generate({ ...request([1, 2, 3]), signal: controller.signal }));
  await untilWaiting(lease);
  controller.abort(new Error("enough"));
  await assert.rejects(aborted, /enough/);
  // The wait that was under way serves the next step.
  const next = collect(engine.generate(request([4, 5, 6], {}, 1)));
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  lease.grant();
  assert.equal((await next).length, 2);
  assert.equal(lease.numHeld, 0);
});

test("openComputeLease says why there is no lease", () => {
  const { lease, degradations } = openComputeLease("/dev/null/compute.lease");
  assert.equal(lease, null);
  assert.equal(degradations.length, 1);
  assert.equal(degradations[0]!.what, "compute lease");
});
