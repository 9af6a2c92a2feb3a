import assert from "node:assert/strict";
import type { AdapterHandle, AdapterSpec, Backend, Executable, Program, Step } from "../kernels.ts";
import type { BehaviorTest } from "./behavior.ts";
import { modes } from "./case.ts";
import { randomAdapter } from "./lora-cases.ts";
import { randomNumbers } from "./random-data.ts";

const [ROWS, COLS] = [24, 64];

const program: Program = {
  weights: [],
  frequencies: [],
  ops: [
    { op: "input", name: "x", shape: ["rows", COLS] },
    { op: "input", name: "base", shape: ["rows", ROWS] },
    { op: "loraAdd", base: 1, x: 0, target: "w" },
  ],
  outputs: { y: 2 },
};

const adapterOf = (seed: number, rows = ROWS, target = "w"): AdapterSpec =>
  randomAdapter(`adapter ${seed}`, target, { rank: 6, rows, cols: COLS, seed });

/** One row for each adapter, or none. */
function stepOf(adapters: readonly (AdapterHandle | undefined)[], base: Float32Array): Step {
  return {
    tokens: new Int32Array(adapters.length),
    sequences: adapters.map((adapter, row) => ({
      rowStart: row,
      rowCount: 1,
      position: 0,
      blocks: new Int32Array(0),
      ...(adapter !== undefined && { adapter }),
    })),
    outputRows: new Int32Array(0),
    inputs: { x: randomNumbers(5, adapters.length * COLS), base },
  };
}

function compile(backend: Backend, mode: (typeof modes)[number] = "exact"): Executable {
  return backend.compile(program, { weights: [], kv: null, maxRows: 8, maxOutputs: 1, mode });
}

/** Rows without an adapter keep every bit, even of -0 and NaN; a handle freed and made anew gives the new result. */
async function passThrough(backend: Backend): Promise<void> {
  const handle = backend.createAdapter(adapterOf(1));
  for (const mode of modes) {
    await using executable = compile(backend, mode);
    const base = randomNumbers(6, 3 * ROWS);
    base.set([-0, Number.NaN, 1e-40, Number.NEGATIVE_INFINITY, 3e38], 2 * ROWS);
    await executable.run(stepOf([undefined, handle, undefined], base));
    const bitsOf = (values: Float32Array): Uint8Array => new Uint8Array(values.slice().buffer);
    for (const row of [0, 2])
      assert.deepEqual(
        bitsOf(executable.read("y", row, 1)),
        bitsOf(base.subarray(row * ROWS, (row + 1) * ROWS)),
      );
    assert.notDeepEqual(executable.read("y", 1, 1), base.slice(ROWS, 2 * ROWS));
  }
  backend.freeAdapter(handle);
}

async function countAdapters(backend: Backend): Promise<void> {
  const before = backend.live();
  const [first, second] = [backend.createAdapter(adapterOf(1)), backend.createAdapter(adapterOf(2))];
  const { adapters, bytes } = backend.live();
  assert.equal(adapters - before.adapters, 2);
  assert.ok(bytes - before.bytes >= 2 * 6 * (ROWS + COLS) * 4, `live bytes grew by ${bytes - before.bytes}`);
  backend.freeAdapter(first);
  backend.freeAdapter(second);
  assert.throws(() => backend.freeAdapter(first), RangeError);
  assert.deepEqual(backend.live(), before);
}

/** An adapter freed while a step with it runs is used to the end of the step. */
async function freeWhileRunning(backend: Backend): Promise<void> {
  await using executable = compile(backend);
  const handle = backend.createAdapter(adapterOf(3));
  const base = randomNumbers(6, 2 * ROWS);
  await executable.run(stepOf([handle, undefined], base));
  const expected = executable.read("y", 0, 2);
  const run = executable.run(stepOf([handle, undefined], base));
  backend.freeAdapter(handle);
  await run;
  assert.deepEqual(executable.read("y", 0, 2), expected);
  await assert.rejects(executable.run(stepOf([handle], base.slice(0, ROWS))), RangeError);
}

async function refuseMisfits(backend: Backend): Promise<void> {
  const before = backend.live();
  const spec = adapterOf(4);
  const [target] = spec.targets;
  const short = { ...target!, a: target!.a.subarray(1) };
  assert.throws(() => backend.createAdapter({ name: "short", targets: [short] }), /short.*target w.*A has/);
  assert.throws(() => backend.createAdapter({ name: "twice", targets: [target!, target!] }), /twice/);
  await using executable = compile(backend);
  for (const [wrong, message] of [
    [adapterOf(5, ROWS + 8), /adapter 5 changes w as \[32, 64\]; the program has \[24, 64\]/],
    [adapterOf(6, ROWS, "v"), /adapter 6 changes v, which the program has no loraAdd for/],
  ] as const) {
    const handle = backend.createAdapter(wrong);
    await assert.rejects(executable.run(stepOf([handle], randomNumbers(1, ROWS))), message);
    backend.freeAdapter(handle);
  }
  await executable.run(stepOf([undefined], randomNumbers(1, ROWS)));
  await executable[Symbol.asyncDispose]();
  assert.deepEqual(backend.live(), before);
}

/** Tests of adapters other than results. */
export const loraBehaviorTests: readonly BehaviorTest[] = [
  { name: "loraAdd leaves rows without an adapter bit for bit", run: passThrough },
  { name: "live counts adapters, and is as before once they are freed", run: countAdapters },
  { name: "freeAdapter during a run lets the run end with it", run: freeWhileRunning },
  { name: "createAdapter and run refuse adapters that do not fit, by name", run: refuseMisfits },
];
