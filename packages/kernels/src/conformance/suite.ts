import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Backend, Mode, WeightFormat } from "../kernels.ts";
import { inferShapes } from "../program.ts";
import { createReferenceBackend } from "../reference/backend.ts";
import { behaviorTests } from "./behavior.ts";
import { type CaseData, type ConformanceCase, modes } from "./case.ts";
import { conformanceCases } from "./cases.ts";
import { assertClose, assertSameBits, concatenate } from "./compare.ts";
import { loraBehaviorTests } from "./lora-behavior.ts";
import { runCase, splitStep } from "./run-case.ts";
import { testSampling } from "./sampling.ts";
import { type ToleranceName, tolerances } from "./tolerances.ts";

export type MakeBackend = () => Promise<Backend>;

/** Cases that a backend does not pass, and why; what is left out matches all. */
export interface Skip {
  op?: ConformanceCase["op"];
  format?: WeightFormat;
  mode?: Mode;
  why: string;
}

type ByFormat = (format: WeightFormat | null) => number;

export interface ConformanceOptions {
  /** Tolerances of this backend, by kind of case and mode; the default is that of `tolerances`. */
  tolerance?: { readonly [N in ToleranceName]?: { readonly [M in Mode]?: ByFormat } };
  skip?: readonly Skip[];
  /** Other thread counts and instruction sets that must give the same bits in mode deterministic. */
  threadVariants?: readonly { name: string; makeBackend: MakeBackend }[];
}

/** Rows of the step that is run again row by row, of steps whose rows do not depend on each other. */
const MAX_SPLIT_ROWS = 33;

/** Results of the reference, kept for the next backend under test: the slowest part of the suite. */
const referenceResults = new Map<string, Float32Array[]>();

async function referenceOf({ name }: ConformanceCase, data: CaseData): Promise<Float32Array[]> {
  const known = referenceResults.get(name);
  if (known !== undefined) return known;
  const { program, steps, stepsArePrefixes } = data;
  const cols = inferShapes(program)[program.outputs["y"]!]![1];
  const run = stepsArePrefixes ? steps.slice(-1) : steps;
  const results = await runCase(createReferenceBackend(), { ...data, steps: run }, "exact");
  const all = stepsArePrefixes
    ? steps.map(({ tokens }) => results[0]!.subarray(0, tokens.length * cols))
    : results;
  referenceResults.set(name, all);
  return all;
}

/** Fails unless the case's results do not depend on what else is in the step. */
async function checkRowByRow(
  backend: Backend,
  data: CaseData,
  results: readonly Float32Array[],
): Promise<void> {
  const { program, steps, stepsArePrefixes } = data;
  const outputIsFixed = typeof inferShapes(program)[program.outputs["y"]!]![0] === "number";
  if (outputIsFixed) return;
  if (stepsArePrefixes) {
    for (const [i, result] of results.entries()) {
      const longest = results.at(-1)!;
      assertSameBits(
        result,
        longest.subarray(0, result.length),
        `${steps[i]!.tokens.length} rows against all`,
      );
    }
  }
  const chosen = stepsArePrefixes ? steps.filter(({ tokens }) => tokens.length === MAX_SPLIT_ROWS) : steps;
  const single = await runCase(
    backend,
    { ...data, steps: chosen.flatMap((step) => splitStep(program, step)) },
    "deterministic",
  );
  const together = stepsArePrefixes ? results.filter((_, i) => chosen.includes(steps[i]!)) : results;
  assertSameBits(concatenate(together), concatenate(single), "rows one by one against all together");
}

/** Whether rows can be run one by one: repeated and reordered output rows cannot be told apart then. */
const canSplit = ({ op }: ConformanceCase): boolean => op !== "selectRows";

const keyOf = (...parts: readonly (string | null)[]): string =>
  parts.filter((part) => part !== null).join(" ");

interface Suite {
  backend: Backend;
  variants: readonly { name: string; backend: Backend }[];
  options: ConformanceOptions;
  /** Worst error by kind of case, mode and format. */
  worst: Map<string, { error: number; tolerance: number }>;
}

async function testCase(each: ConformanceCase, data: CaseData, mode: Mode, suite: Suite): Promise<void> {
  const { backend, variants, options, worst } = suite;
  const expected = await referenceOf(each, data);
  const results = await runCase(backend, data, mode);
  const cols = inferShapes(data.program)[data.program.outputs["y"]!]![1];
  const tolerance =
    options.tolerance?.[each.tolerance]?.[mode]?.(each.format) ??
    tolerances[each.tolerance](mode, each.format);
  const key = keyOf(each.tolerance, each.format, mode);
  for (const [i, result] of results.entries()) {
    const what = `step ${i} of ${data.steps[i]!.tokens.length} rows`;
    const error = assertClose(result, expected[i]!, { cols, tolerance, what });
    worst.set(key, { tolerance, error: Math.max(error, worst.get(key)?.error ?? 0) });
  }
  if (mode !== "deterministic") return;
  if (canSplit(each)) await checkRowByRow(backend, data, results);
  for (const variant of variants) {
    const other = await runCase(variant.backend, data, mode);
    assertSameBits(concatenate(other), concatenate(results), `${variant.name} against ${backend.name}`);
  }
}

function skipOf(skips: readonly Skip[], each: ConformanceCase, mode: Mode): Skip | undefined {
  return skips.find(
    ({ op, format, mode: skipped }) =>
      (op ?? each.op) === each.op && (format ?? each.format) === each.format && (skipped ?? mode) === mode,
  );
}

async function testCases(t: TestContext, suite: Suite): Promise<void> {
  const skipped = new Set<string>();
  for (const each of conformanceCases) {
    let data: CaseData | null = null;
    for (const mode of modes) {
      const skip = skipOf(suite.options.skip ?? [], each, mode);
      if (skip !== undefined) skipped.add(`skipped ${keyOf(each.op, each.format, mode)}: ${skip.why}`);
      await t.test(`${each.name}, ${mode}`, { skip: skip?.why ?? false }, () => {
        data ??= each.build();
        return testCase(each, data, mode, suite);
      });
    }
  }
  for (const line of skipped) t.diagnostic(line);
  for (const [key, { error, tolerance }] of suite.worst) {
    t.diagnostic(`worst error of ${key}: ${error.toExponential(1)} of ${tolerance.toExponential(0)}`);
  }
}

/** Registers the tests that every backend must pass: results, bits, sampling, abort, counts and errors. */
export function conformance(name: string, makeBackend: MakeBackend, options: ConformanceOptions = {}): void {
  test(`${name} conforms to the reference backend`, async (t) => {
    const backend = await makeBackend();
    const before = backend.live();
    const variants = [];
    for (const variant of options.threadVariants ?? []) {
      variants.push({ name: variant.name, backend: await variant.makeBackend() });
    }
    try {
      await testCases(t, { backend, variants, options, worst: new Map() });
      await testSampling(t, backend);
      for (const { name: title, run } of [...behaviorTests, ...loraBehaviorTests])
        await t.test(title, () => run(backend));
      await t.test("live counts are what they were before the tests", () => {
        assert.deepEqual(backend.live(), before);
      });
    } finally {
      for (const each of [backend, ...variants.map((variant) => variant.backend)]) {
        await each[Symbol.asyncDispose]();
      }
    }
  });
}
