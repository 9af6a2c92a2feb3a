import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { LlamaConfig } from "@llamero/core";
import { fitScalingLaw, type ScalingLaw, type SweepPoint } from "./fit-law.ts";
import { fitLine, fitParabola } from "./least-squares.ts";
import { scalingPage } from "./picture.ts";
import { planSweep, resize, type SweepRun } from "./plan-sweep.ts";
import { comparePrediction, predict } from "./predict.ts";
import { readPoints, runSweep } from "./run-sweep.ts";

const near = (actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);

/** Chinchilla's form (Hoffmann et al. 2022): L = E + A / N^a + B / D^b. Its best N grows as C^(b / (a + b)). */
const law = { E: 1.7, A: 400, B: 410, a: 0.34, b: 0.28 };
const lossOf = (parameters: number, tokens: number): number =>
  law.E + law.A / parameters ** law.a + law.B / tokens ** law.b;
const bestParameters = (flops: number): number =>
  ((law.a * law.A) / (law.b * law.B)) ** (1 / (law.a + law.b)) * (flops / 6) ** (law.b / (law.a + law.b));

function gaussian(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function sweep(noise: number, seed: number, budgets = [1e15, 3e15, 1e16, 3e16, 1e17]): SweepPoint[] {
  const draw = gaussian(seed);
  return budgets.flatMap((budget) =>
    [0.35, 0.6, 1, 1.6, 2.8].map((factor, i): SweepPoint => {
      const parameters = bestParameters(budget) * factor;
      const tokens = budget / 6 / parameters;
      const loss = lossOf(parameters, tokens) + noise * draw();
      return { id: `${budget}-${i}`, budget, parameters, tokens, flops: budget, loss };
    }),
  );
}

test("fitLine and fitParabola find what points lie on", () => {
  const xs = [30, 31, 33, 36];
  const line = fitLine(
    xs,
    xs.map((x) => 3 - 0.5 * x),
  );
  near(line.slope, -0.5, 1e-12);
  near(line.intercept, 3, 1e-10);
  const parabola = fitParabola(
    xs,
    xs.map((x) => 2.5 + 0.125 * (x - 32.5) ** 2),
  );
  near(parabola.at, 32.5, 1e-9);
  near(parabola.lowest, 2.5, 1e-9);
  near(parabola.curvature, 0.125, 1e-10);
  assert.throws(() => fitParabola([1, 1, 2], [1, 2, 3]), /three different places, not 2/);
});

test("fitScalingLaw recovers the exponents of a law without noise", () => {
  const fit = fitScalingLaw(sweep(0, 1), { resamples: 20 });
  near(fit.parameters.exponent, law.b / (law.a + law.b), 0.01);
  near(fit.tokens.exponent, law.a / (law.a + law.b), 0.01);
  near(fit.loss.exponent, -(law.a * law.b) / (law.a + law.b), 0.02);
  near(fit.loss.floor, law.E, 0.2);
  for (const { budget, parameters, isInside } of fit.optima) {
    assert.ok(isInside);
    near(parameters / bestParameters(budget), 1, 0.1);
  }
});

test("fitScalingLaw gives intervals that cover the truth about as often as they say", () => {
  const truth = law.b / (law.a + law.b);
  let covered = 0;
  const rounds = 40;
  for (let seed = 1; seed <= rounds; seed++) {
    const { low, high } = fitScalingLaw(sweep(0.004, seed), { resamples: 100, seed }).intervals
      .parameterExponent;
    if (low <= truth && truth <= high) covered++;
  }
  // 90 % are meant; 31 of 40 or fewer would come with less than 1 in 50.
  assert.ok(covered >= 32, `${covered} of ${rounds} intervals cover the exponent`);
});

test("predict tells the loss of a larger run, and of one that is not the best of its budget", () => {
  const fit = fitScalingLaw(sweep(0.002, 3), { resamples: 200 });
  for (const [flops, factor] of [
    [1e18, 1],
    [1e18, 0.5],
    [3e17, 2],
  ] as const) {
    const parameters = bestParameters(flops) * factor;
    const run = { parameters, tokens: flops / 6 / parameters, flops };
    const { loss, interval, best } = predict(fit, run);
    near(loss / lossOf(run.parameters, run.tokens), 1, 0.02);
    assert.ok(interval.low < loss && loss < interval.high);
    assert.ok(best.loss <= loss);
  }
  assert.throws(
    () => predict(fit, { parameters: 0, tokens: 1, flops: 1 }),
    /parameters of the planned run is 0/,
  );
});

test("comparePrediction tells the error and refuses a run that began before", () => {
  const fit = fitScalingLaw(sweep(0.002, 3), { resamples: 50 });
  const run = { parameters: bestParameters(1e18), tokens: 1e18 / 6 / bestParameters(1e18), flops: 1e18 };
  const prediction = predict(fit, run, new Date("2026-01-02T00:00:00Z"));
  const after = comparePrediction(prediction, {
    loss: prediction.loss * 1.01,
    startedAt: "2026-01-02T00:00:01Z",
  });
  near(after.error, 0.01, 1e-9);
  assert.throws(
    () => comparePrediction(prediction, { loss: 2, startedAt: "2026-01-01T00:00:00Z" }),
    /before the prediction was written/,
  );
});

test("fitScalingLaw refuses losses without a best size", () => {
  const points = sweep(0, 1).map((point) => ({ ...point, loss: 3 - (Math.log(point.tokens) - 20) ** 2 }));
  assert.throws(() => fitScalingLaw(points), /0 of the budgets have a best size/);
});

const base: LlamaConfig = {
  hiddenSize: 128,
  intermediateSize: 352,
  numHiddenLayers: 4,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 32,
  vocabSize: 1024,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
  ropeScaling: null,
  maxPositionEmbeddings: 256,
  tieWordEmbeddings: true,
};
const sizes = [
  { hiddenSize: 64, numHiddenLayers: 3 },
  { hiddenSize: 96, numHiddenLayers: 4 },
  { hiddenSize: 160, numHiddenLayers: 5 },
];

test("planSweep spends each budget on every size, within one step", () => {
  const runs = planSweep({ base, sizes, budgets: [1e13, 4e12], length: 128, stepTokens: 2048 });
  assert.equal(runs.length, 6);
  assert.equal(runs[0]!.budget, 4e12);
  for (const { budget, flopsPerToken, tokens, steps, config } of runs) {
    near(flopsPerToken * tokens, budget, flopsPerToken * 2048);
    assert.equal(tokens, steps * 2048);
    assert.equal(config.numAttentionHeads % config.numKeyValueHeads, 0);
  }
  assert.throws(
    () => planSweep({ base, sizes, budgets: [1e10, 1e13], length: 128, stepTokens: 2048 }),
    /64x3 would train for \d+ steps at budget 1\.00e\+10; leave it out/,
  );
  assert.throws(
    () => planSweep({ base, sizes, budgets: [1e13], length: 128, stepTokens: 2048 }),
    /two budgets/,
  );
  assert.throws(
    () => resize(base, { hiddenSize: 100, numHiddenLayers: 2 }),
    /Width 100 is not a multiple of the 32/,
  );
});

test("runSweep keeps finished runs and does not run them again", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-scaling-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const runs = planSweep({ base, sizes, budgets: [4e12, 1e13], length: 128, stepTokens: 2048 });
  const trained: string[] = [];
  const trainOne = async ({ id, parameters, tokens }: SweepRun): Promise<number> => {
    if (trained.length === 4) throw new Error("cut off");
    trained.push(id);
    return lossOf(parameters, tokens);
  };
  await assert.rejects(runSweep(runs, { folder, trainOne }), /cut off/);
  assert.equal(readPoints(join(folder, "points.json")).length, 4);
  trained.length = 0;
  const points = await runSweep(runs, { folder, trainOne });
  assert.equal(trained.length, 2);
  assert.deepEqual(
    points.map(({ id }) => id),
    runs.map(({ id }) => id),
  );
  const changed = planSweep({ base, sizes, budgets: [4e12, 1e13], length: 128, stepTokens: 1024 });
  await assert.rejects(runSweep(changed, { folder, trainOne }), /the sweep has changed/);
  const diverging = mkdtempSync(join(tmpdir(), "llamero-scaling-"));
  t.after(() => rmSync(diverging, { recursive: true, force: true }));
  await assert.rejects(
    runSweep(runs, { folder: diverging, trainOne: async () => Number.NaN }),
    /ended with loss NaN/,
  );
  writeFileSync(join(diverging, "points.json"), "{}");
  assert.throws(() => readPoints(join(diverging, "points.json")), /not a list of finished runs/);
  assert.ok(readFileSync(join(folder, "points.json"), "utf8").endsWith("\n"));
});

test("scalingPage draws every run and states the laws", () => {
  const points = sweep(0.002, 3);
  const fit: ScalingLaw = fitScalingLaw(points, { resamples: 50 });
  const page = scalingPage(points, fit);
  assert.equal(page.match(/<circle /g)!.length, points.length + 2 * fit.optima.length);
  assert.match(page, /N\*\(C\)/);
  assert.doesNotMatch(page, /NaN|undefined/);
});
