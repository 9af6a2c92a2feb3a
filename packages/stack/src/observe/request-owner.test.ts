import assert from "node:assert/strict";
import { executionAsyncResource } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { setImmediate as tick } from "node:timers/promises";
import { requestSignal } from "../http/request-signal.ts";
import { currentOwner, runAs } from "./request-owner.ts";

test("runAs tells the owner until its promise settles, whatever else begins and ends meanwhile", async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const long = runAs("long", async () => {
    await held;
    await tick();
    return currentOwner();
  });
  assert.equal(
    await runAs("short", async () => {
      await tick();
      return currentOwner();
    }),
    "short",
  );
  await assert.rejects(runAs("failing", () => Promise.reject(new Error("no"))));
  assert.throws(() =>
    runAs("throwing", () => {
      throw new Error("no");
    }),
  );
  assert.equal(
    runAs("direct", () => currentOwner()),
    "direct",
  );
  release();
  assert.equal(await long, "long");
  assert.equal(currentOwner(), undefined);
});

test("runAs leaves no hooks behind", async () => {
  await runAs("one", () => tick());
  const seen = await new Promise<PropertyKey[]>((resolve) => {
    setImmediate(() => resolve(Object.getOwnPropertySymbols(executionAsyncResource())));
  });
  assert.ok(!seen.some((symbol) => String(symbol) === "Symbol(kResourceStore)"));
});

test("requestSignal gives one that was let go of to the next request, never one that fired", () => {
  const ended = new AbortController();
  const open = (): {
    outgoing: EventEmitter & { destroyed: boolean };
    signal: AbortSignal;
    forget(): void;
  } => {
    const outgoing = Object.assign(new EventEmitter(), { destroyed: false });
    return { outgoing, ...requestSignal(outgoing as never, ended.signal, { reused: true }) };
  };
  const first = open();
  first.forget();
  first.outgoing.emit("close");
  const second = open();
  assert.equal(second.signal, first.signal);
  assert.equal(second.signal.aborted, false);
  second.outgoing.emit("close");
  assert.equal(second.signal.aborted, true);
  second.forget();
  const third = open();
  assert.notEqual(third.signal, second.signal);
  ended.abort();
  assert.equal(third.signal.aborted, true);
  third.forget();
});
