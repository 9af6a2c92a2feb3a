import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest, pointsOf, smooth, thin } from "./curve.ts";
import { formatFigure, formatName, formatTime } from "./format.ts";
import { RunData } from "./run-data.ts";
import { createScale, rangeOf, roundTicks } from "./scale.ts";

test("smooth keeps constants and follows the rest late", () => {
  assert.deepEqual(
    smooth([2, 2, 2], 0.9).map((value) => value.toFixed(6)),
    ["2.000000", "2.000000", "2.000000"],
  );
  assert.deepEqual(smooth([1, 3], 0), [1, 3]);
  const [first, second] = smooth([0, 1], 0.5);
  assert.deepEqual([first, second], [0, 2 / 3]);
});

test("thin keeps the peaks of a long curve and its ends", () => {
  const x = Array.from({ length: 10_000 }, (_, i) => i);
  const y = x.map((i) => (i === 4321 ? 100 : i === 77 ? -100 : Math.sin(i)));
  const thinned = thin({ x, y }, 100);
  assert.ok(thinned.x.length <= 401);
  assert.ok(thinned.y.includes(100) && thinned.y.includes(-100));
  assert.deepEqual([thinned.x[0], thinned.x.at(-1)], [0, 9999]);
  assert.deepEqual(pointsOf([1, null, 3], [1, 2, null]), { x: [1], y: [1] });
});

test("nearest finds the closer neighbour", () => {
  assert.deepEqual(
    [nearest([0, 10, 20], 14), nearest([0, 10, 20], 16), nearest([0, 10], -5), nearest([], 1)],
    [1, 2, 0, -1],
  );
});

test("scales have round ticks and go both ways", () => {
  assert.deepEqual(roundTicks([0, 10], 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(roundTicks([0.1, 0.31], 4), [0.1, 0.2, 0.3]);
  const log = createScale([1, 1000], [0, 300], { log: true, ticks: 5 });
  assert.ok(Math.abs(log.place(10) - 100) < 1e-9);
  assert.ok(Math.abs(log.value(200) - 100) < 1e-6);
  assert.ok(log.ticks.includes(10) && log.ticks.includes(100));
  assert.deepEqual(rangeOf([0, 10], false), [0, 10.5]);
  assert.equal(rangeOf([0, -1], true), null);
});

test("figures, times and names are short", () => {
  assert.deepEqual([0, 3e-4, 0.12345, 12.5, 1234, 12_300, 7.2e6].map(formatFigure), [
    "0",
    "3e-4",
    "0.1235",
    "12.5",
    "1,234",
    "12.3k",
    "7.2M",
  ]);
  assert.deepEqual([43, 307, 7500, 90_000].map(formatTime), ["43s", "5m 07s", "2h 05m", "1d 01h"]);
  assert.equal(formatName("tokensPerSecond"), "Tokens per second");
  assert.equal(formatName("passage_em"), "Passage EM");
});

test("RunData joins parts, aligns late curves and begins anew when told", () => {
  const data = new RunData();
  const part = {
    type: "part" as const,
    run: "a",
    isReset: false,
    at: 10,
    steps: { step: [1, 2], tokens: [10, 20], seconds: [1, 2], curves: { loss: [4, 3] } },
    evals: [{ step: 2, values: { validationLoss: 3.5 } }],
    samples: [{ step: 2, prompt: "p", text: "t" }],
    notes: [],
  };
  data.add(part);
  data.add({ ...part, at: 20, steps: { ...part.steps, step: [3, 4], curves: { accuracy: [0.1, 0.2] } } });
  assert.deepEqual(data.curves.get("accuracy"), [null, null, 0.1, 0.2]);
  assert.deepEqual(data.curves.get("loss"), [4, 3, null, null]);
  assert.equal(data.placeOf(2, "tokens"), 20);
  data.add({ ...part, isReset: true, at: 5 });
  assert.deepEqual([data.at, data.step], [5, [1, 2]]);
});
