import assert from "node:assert/strict";
import { test } from "node:test";
import type { RenderedPair } from "../chat-data/render-pairs.ts";
import { FakeSession } from "../loop/fake-session.ts";
import { type DpoOptions, dpoMethod, preferenceSeeds } from "./dpo-method.ts";
import { packPairs, pairLogProbs } from "./pair-batch.ts";
import { preferenceLoss } from "./preference-loss.ts";
import { referenceLogProbs } from "./reference.ts";

/** The prompt has two tokens; the last token of a response is one of form. */
function example(ids: readonly number[]): RenderedPair["chosen"] {
  return { ids: Int32Array.from(ids), weights: Float32Array.from(ids, (_, i) => (i < 2 ? 0 : 1)) };
}

const end = 0;
const limits = { maxRows: 16, maxOutputs: 16, formatIds: new Set([end]) };
const pairs: readonly RenderedPair[] = [
  { source: "f:1", chosen: example([1, 2, 3, 3, end]), rejected: example([1, 2, 1, end]) },
  { source: "f:2", chosen: example([2, 2, 3, end]), rejected: example([2, 2, 1, 1, 1, end]) },
  { source: "f:3", chosen: example([3, 1, 3, 2, 3, end]), rejected: example([3, 1, 2, end]) },
];
const settings = { beta: 0.1, nllWeight: 0.2 };

test("packPairs keeps pairs together and refuses one that does not fit", () => {
  const packed = packPairs(pairs, limits);
  assert.deepEqual(
    packed.map(({ members }) => [...members]),
    [[0, 1], [2]],
  );
  assert.deepEqual([...packed[1]!.counts], [1, 1, 1, 0, 1, 0]);
  assert.throws(() => packPairs(pairs, { ...limits, maxRows: 7 }), /^RangeError: f:2: The pair takes 8 rows/);
});

test("preferenceSeeds are the finite differences of the loss by each row loss", () => {
  for (const packed of packPairs(pairs, limits)) {
    const losses = Float32Array.from(packed.batch.outputRows, (_, i) => 1 + Math.sin(3 * i));
    const reference = pairs.map((_, i) => ({ chosen: -4 + i, rejected: -5 - i }));
    const { seeds } = preferenceSeeds(packed, losses, reference, settings);
    const lossAt = (row: number, change: number): number => {
      const moved = Float32Array.from(losses, (loss, i) => (i === row ? loss + change : loss));
      return preferenceSeeds(packed, moved, reference, settings).sums.loss;
    };
    for (let row = 0; row < losses.length; row++) {
      const difference = (lossAt(row, 1 / 64) - lossAt(row, -1 / 64)) * 32;
      assert.ok(Math.abs(difference - seeds[row]!) < 1e-5, `row ${row}: ${difference} and ${seeds[row]}`);
    }
  }
});

test("preferenceSeeds leave tokens of form to the likelihood term of the chosen response", () => {
  const [packed] = packPairs(pairs, limits);
  const losses = new Float32Array(packed!.batch.outputRows.length).fill(1);
  const reference = pairLogProbs(packed!, losses);
  const { seeds, sums } = preferenceSeeds(packed!, losses, reference, settings);
  const lastRows = packed!.batch.targetIds.indexOf(end);
  assert.ok(Math.abs(seeds[lastRows]! - 0.2 / 3) < 1e-7);
  const noNll = preferenceSeeds(packed!, losses, reference, { beta: 0.1, nllWeight: 0 });
  for (const [row, id] of packed!.batch.targetIds.entries())
    assert.equal(noNll.seeds[row] === 0, id === end, `row ${row}`);
  assert.equal(sums.margin, 0);
  assert.equal(sums.correct, 1, "a tie counts half");
  assert.ok(Math.abs(noNll.sums.loss - 2 * Math.LN2) < 1e-12);
});

test("preferenceLoss stays finite where the margin is large", () => {
  for (const chosen of [1e5, -1e5]) {
    const { loss, chosenSlope } = preferenceLoss({ chosen, rejected: 0 }, { chosen: 0, rejected: 0 }, 0.1);
    assert.ok(Number.isFinite(loss) && Number.isFinite(chosenSlope));
  }
});

test("dpoMethod raises the accuracy on pairs that it does not train on", async () => {
  const session = new FakeSession();
  const reference = await referenceLogProbs(session, pairs, limits);
  const options: DpoOptions = {
    ...settings,
    pairs: pairs.slice(0, 2),
    reference: reference.slice(0, 2),
    validation: pairs.slice(2),
    validationReference: reference.slice(2),
    batchPairs: 2,
    epochs: 20,
    seed: 3,
    limits,
  };
  const dpo = dpoMethod(options);
  assert.equal(dpo.steps, 20);
  assert.equal((await dpo.evaluate!(session))["preferenceAccuracy"], 0.5);
  for (let step = 0; step < dpo.steps; step++) {
    const { gradientScale, more, records } = await dpo.accumulate(session, step);
    assert.match(records, /f:1/);
    assert.ok(Number.isFinite(more!["margin"]!));
    session.update(0.01, gradientScale);
  }
  const after = await dpo.evaluate!(session);
  assert.equal(after["preferenceAccuracy"], 1);
  assert.ok(after["margin"]! > 0);
  assert.throws(() => dpoMethod({ ...options, reference: [] }), /2 pairs and 0 references/);
});
