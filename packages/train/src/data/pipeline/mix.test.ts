import assert from "node:assert/strict";
import { test } from "node:test";
import type { MixConfig } from "./config.ts";
import { copiesOf, planMix } from "./mix.ts";

const config = (extra: Partial<MixConfig>): MixConfig => ({
  by: "source",
  targets: { a: 1, b: 1 },
  maxEpochs: 1,
  totalBytes: null,
  seed: 0,
  ...extra,
});
const count = (textBytes: number) => ({ documents: 10, textBytes });

test("planMix takes the most that keeps the shares exact", () => {
  const groups = planMix(config({}), { a: count(1000), b: count(250), c: count(77) });
  assert.deepEqual(
    groups.map(({ name, epochs }) => [name, epochs]),
    [
      ["a", 0.25],
      ["b", 1],
      ["c", 0],
    ],
  );
});

test("planMix fills up from other groups where one has too little for the total", () => {
  const [a, b] = planMix(config({ totalBytes: 2000, maxEpochs: 2 }), { a: count(1000), b: count(100) });
  assert.equal(b!.epochs, 2);
  assert.equal(b!.isCapped, true);
  assert.equal(a!.epochs, 1.8);
  assert.equal(a!.isCapped, false);
});

test("copiesOf spreads fractions evenly and adds up", () => {
  for (const epochs of [0, 0.1, 0.5, 1, 1.3, 3]) {
    const copies = Array.from({ length: 1000 }, (_, index) => copiesOf(index, epochs, 0.37));
    assert.equal(Math.abs(copies.reduce((sum, n) => sum + n, 0) - epochs * 1000) <= 1, true);
    assert.equal(
      copies.every((n) => n === Math.floor(epochs) || n === Math.ceil(epochs)),
      true,
    );
  }
});
