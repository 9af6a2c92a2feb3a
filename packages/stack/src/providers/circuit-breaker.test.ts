import assert from "node:assert/strict";
import { test } from "node:test";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { RetryBudget } from "./retry-budget.ts";

test("CircuitBreaker opens after failures in a row, lets one probe through, and closes on success", () => {
  let now = 0;
  const breaker = new CircuitBreaker({ maxFailures: 2, openMs: 100, maxOpenMs: 150, now: () => now });
  breaker.fail();
  breaker.succeed();
  breaker.fail();
  assert.ok(breaker.enter());
  breaker.fail();
  assert.equal(breaker.waitMs, 100);
  assert.ok(!breaker.enter());
  now = 100;
  assert.ok(breaker.enter());
  assert.ok(!breaker.enter());
  breaker.fail();
  assert.equal(breaker.waitMs, 150);
  now = 250;
  assert.ok(breaker.enter());
  breaker.leave();
  assert.ok(breaker.enter());
  breaker.succeed();
  assert.ok(!breaker.isOpen && breaker.enter() && breaker.enter());
});

test("RetryBudget saves ten retries and earns one for ten requests", () => {
  const budget = new RetryBudget();
  for (let i = 0; i < RetryBudget.max; i++) assert.ok(budget.spend());
  assert.ok(!budget.spend());
  for (let i = 0; i < 11; i++) budget.earn();
  assert.ok(budget.spend());
  assert.ok(!budget.spend());
});
