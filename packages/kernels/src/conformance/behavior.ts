import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Backend, CompileOptions, Executable, KvDtype, Mode, Op, Program, Step } from "../kernels.ts";
import { createReferenceBackend } from "../reference/backend.ts";
import { modes, plainStep } from "./case.ts";
import { assertClose } from "./compare.ts";
import { randomNumbers, randomWeight } from "./random-data.ts";

/** A test of something other than results. */
export interface BehaviorTest {
  name: string;
  run(backend: Backend): Promise<void>;
}

const COLS = 64;

/** `length` products one after the other with one square weight. */
function chain(length: number, cols: number): Program {
  const linears = Array.from({ length }, (_, x): Op => ({ op: "linear", x, weight: 0 }));
  return {
    weights: [{ name: "w", rows: cols, cols }],
    frequencies: [],
    ops: [{ op: "input", name: "x", shape: ["rows", cols] }, ...linears],
    outputs: { y: length },
  };
}

async function withChain(
  backend: Backend,
  length: number,
  cols: number,
  options: { rows: number; mode: Mode },
  use: (executable: Executable) => Promise<void>,
): Promise<void> {
  const size = Math.sqrt(3 / cols);
  const handle = backend.createWeight(randomWeight("w", "q8_0", cols, cols, { seed: 5, size }));
  try {
    await using executable = backend.compile(chain(length, cols), {
      weights: [handle],
      kv: null,
      maxRows: options.rows,
      maxOutputs: 1,
      mode: options.mode,
    });
    await use(executable);
  } finally {
    backend.freeWeight(handle);
  }
}

/** Time of the processor in all threads, in milliseconds: what else the machine does takes none of it. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The run takes a second by the time of one product, so it ends early only where the abort ends it. */
async function abortMidRun(backend: Backend): Promise<void> {
  const [cols, rows, wantedMs] = [1024, 256, 1000];
  const step = plainStep(rows, { inputs: { x: randomNumbers(1, rows * cols) } });
  const short = plainStep(1, { inputs: { x: randomNumbers(2, cols) } });
  let productMs = 0;
  await withChain(backend, 1, cols, { rows, mode: "exact" }, async (executable) => {
    await executable.run(short);
    const start = processorMs();
    await executable.run(step);
    productMs = processorMs() - start;
  });
  const length = Math.max(2, Math.min(1000, Math.ceil(wantedMs / productMs)));
  await withChain(backend, length, cols, { rows, mode: "exact" }, async (executable) => {
    await executable.run(short);
    const before = executable.read("y", 0, 1);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 10);
    const start = processorMs();
    await assert.rejects(executable.run(step, abort.signal), { name: "AbortError" });
    const spentMs = processorMs() - start;
    const limitMs = (length * productMs) / 2;
    assert.ok(spentMs < limitMs, `the run took ${spentMs.toFixed(0)} ms, with an abort at 10 ms`);
    await assert.rejects(executable.run(step, AbortSignal.abort()), { name: "AbortError" });
    await executable.run(short);
    assert.deepEqual(executable.read("y", 0, 1), before);
  });
}

/** Timers fire during a run, so a server answers meanwhile. A busy machine may let a run end before a timer's turn. */
async function leaveEventLoop(backend: Backend): Promise<void> {
  const [cols, rows, numTries] = [512, 128, 20];
  const step = plainStep(rows, { inputs: { x: randomNumbers(1, rows * cols) } });
  await withChain(backend, 12, cols, { rows, mode: "exact" }, async (executable) => {
    for (let tries = 0; tries < numTries; tries++) {
      let numTicks = 0;
      const timer = setInterval(() => numTicks++, 5);
      const start = performance.now();
      await executable.run(step);
      const elapsedMs = performance.now() - start;
      clearInterval(timer);
      if (elapsedMs < 100 || numTicks > 0) return;
    }
    assert.fail(`no timer fired in ${numTries} runs of more than 100 ms`);
  });
}

const attentionProgram: Program = {
  weights: [],
  frequencies: [],
  ops: [
    { op: "input", name: "x", shape: ["rows", COLS] },
    { op: "writeKv", k: 0, v: 0, layer: 1 },
    { op: "attention", q: 0, after: 1, layer: 1, heads: 4, kvHeads: 4, headDim: 16, scale: 0.25 },
  ],
  outputs: { y: 2 },
};

function attentionStep(seed: number, rowCount: number, position: number, blocks: readonly number[]): Step {
  return {
    tokens: new Int32Array(rowCount),
    sequences: [{ rowStart: 0, rowCount, position, blocks: Int32Array.from(blocks) }],
    outputRows: new Int32Array(0),
    inputs: { x: randomNumbers(seed, rowCount * COLS) },
  };
}

/** A sequence goes on in a copied block as in the original, which later writes to the copy do not touch. */
async function copyBlock(backend: Backend, dtype: KvDtype): Promise<void> {
  const kv = backend.createKv({ layers: 2, kvHeads: 4, headDim: 16, blocks: 5, dtype });
  try {
    const options: CompileOptions = { weights: [], kv, maxRows: 40, maxOutputs: 1, mode: "exact" };
    await using executable = backend.compile(attentionProgram, options);
    const decode = async (seed: number, blocks: readonly number[]): Promise<Float32Array> => {
      await executable.run(attentionStep(seed, 1, 40, blocks));
      return executable.read("y", 0, 1);
    };
    await executable.run(attentionStep(1, 40, 0, [3, 1]));
    backend.copyKvBlock(kv, 1, 4);
    backend.writeKvBlock(kv, 0, backend.readKvBlock(kv, 1));
    const original = await decode(2, [3, 1]);
    assert.deepEqual(await decode(2, [3, 4]), original);
    assert.deepEqual(await decode(2, [3, 0]), original);
    await executable.run(attentionStep(7, 8, 32, [3, 4]));
    assert.deepEqual(await decode(2, [3, 1]), original);
    assert.notDeepEqual(await decode(2, [3, 4]), original);
    assert.throws(() => backend.copyKvBlock(kv, 0, 5), RangeError);
    assert.throws(() => backend.readKvBlock(kv, 5), RangeError);
    assert.throws(() => backend.writeKvBlock(kv, 0, new Uint8Array(3)), RangeError);
  } finally {
    backend.freeKv(kv);
  }
}

/** Rows beside one that is not finite keep their results, and later runs too. */
async function surviveSpecialValues(backend: Backend): Promise<void> {
  const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-40, 3e38];
  const rows = special.length * 2;
  const reference = createReferenceBackend();
  for (const mode of modes) {
    await withChain(backend, 1, COLS, { rows, mode }, async (executable) => {
      await withChain(reference, 1, COLS, { rows, mode }, async (truth) => {
        const clean = randomNumbers(3, rows * COLS);
        const x = clean.slice();
        for (const [i, value] of special.entries()) x[2 * i * COLS + 3] = value;
        await executable.run(plainStep(rows, { inputs: { x } }));
        await truth.run(plainStep(rows, { inputs: { x: clean } }));
        const options = { cols: COLS, tolerance: mode === "fast" ? 2e-2 : 1e-5 };
        for (let row = 1; row < rows; row += 2) {
          const what = `row ${row}, beside a row with ${special[(row - 1) / 2]}`;
          assertClose(executable.read("y", row, 1), truth.read("y", row, 1), { ...options, what });
        }
        await executable.run(plainStep(rows, { inputs: { x: clean } }));
        assertClose(executable.read("y", 0, rows), truth.read("y", 0, rows), {
          ...options,
          what: "later run",
        });
      });
    });
  }
  await surviveSpecialElementwise(backend, special);
}

/** Every other op goes through without a crash; -0 and 0 give the same attention. */
async function surviveSpecialElementwise(backend: Backend, special: readonly number[]): Promise<void> {
  const program: Program = {
    ...attentionProgram,
    weights: [{ name: "w", rows: 1, cols: COLS }],
    frequencies: [Array.from({ length: 8 }, (_, i) => 10 ** -i)],
    ops: [
      ...attentionProgram.ops,
      { op: "rope", x: 2, heads: 4, headDim: 16, layout: "halves", frequencies: 0 },
      { op: "rmsNorm", x: 3, weight: 0, eps: 1e-5 },
      { op: "siluMul", gate: 4, up: 0 },
      { op: "add", a: 5, b: 0 },
    ],
    outputs: { y: 6 },
  };
  for (const dtype of ["f16", "int8"] as const) {
    const kv = backend.createKv({ layers: 2, kvHeads: 4, headDim: 16, blocks: 1, dtype });
    const handle = backend.createWeight(randomWeight("w", "f32", 1, COLS, { seed: 1 }));
    const options: CompileOptions = { weights: [handle], kv, maxRows: 8, maxOutputs: 1, mode: "exact" };
    const executable = backend.compile(program, options);
    for (const value of special) {
      const step = attentionStep(1, 8, 0, [0]);
      step.inputs!["x"]!.fill(value, 17, 90);
      await executable.run(step);
    }
    await executable.run(attentionStep(1, 8, 0, [0]));
    assert.ok(executable.read("y", 0, 8).every(Number.isFinite), "a later run is finite");
    await executable[Symbol.asyncDispose]();
    backend.freeKv(kv);
    backend.freeWeight(handle);
  }
}

async function countLive(backend: Backend): Promise<void> {
  const before = backend.live();
  const kvSpec = { layers: 2, kvHeads: 4, headDim: 16, blocks: 3, dtype: "int8" } as const;
  const handle = backend.createWeight(randomWeight("w", "q4_0", 20, COLS, { seed: 1 }));
  const kv = backend.createKv(kvSpec);
  const options: CompileOptions = { weights: [], kv, maxRows: 4, maxOutputs: 1, mode: "fast" };
  const executable = backend.compile(attentionProgram, options);
  const { weights, kvPools, executables, bytes } = backend.live();
  assert.deepEqual(
    [weights - before.weights, kvPools - before.kvPools, executables - before.executables],
    [1, 1, 1],
  );
  const atLeast = backend.packedBytes("q4_0", 20, COLS) + backend.kvBytes(kvSpec);
  assert.ok(bytes - before.bytes >= atLeast, `live bytes grew by ${bytes - before.bytes}, not ${atLeast}`);
  await executable[Symbol.asyncDispose]();
  await executable[Symbol.asyncDispose]();
  await assert.rejects(executable.run(attentionStep(1, 1, 0, [0])));
  assert.throws(() => executable.read("y", 0, 1));
  backend.freeKv(kv);
  backend.freeWeight(handle);
  assert.throws(() => backend.freeKv(kv), RangeError);
  assert.throws(() => backend.freeWeight(handle), RangeError);
  assert.deepEqual(backend.live(), before);
}

/** What does not fit is refused by name, and the executable works afterwards. */
async function refuseMisfits(backend: Backend): Promise<void> {
  const spec = randomWeight("blk.7", "q8_0", 16, COLS, { seed: 1 });
  assert.throws(() => backend.createWeight({ ...spec, rows: 17 }), { name: "RangeError", message: /blk\.7/ });
  assert.throws(() => backend.createWeight({ ...spec, cols: 48 }), { name: "RangeError", message: /blk\.7/ });
  const handle = backend.createWeight(spec);
  const shared = { kv: null, maxRows: 2, maxOutputs: 1, mode: "exact" } as const;
  assert.throws(() => backend.compile(chain(1, COLS), { ...shared, weights: [handle] }), RangeError);
  assert.throws(() => backend.compile(chain(1, COLS), { ...shared, weights: [] }), RangeError);
  backend.freeWeight(handle);
  assert.throws(() => backend.compile(attentionProgram, { ...shared, weights: [] }), TypeError);
  await withChain(backend, 1, COLS, { rows: 2, mode: "exact" }, async (executable) => {
    const step = plainStep(2, { inputs: { x: randomNumbers(1, 2 * COLS) } });
    await assert.rejects(
      executable.run(plainStep(3, { inputs: { x: randomNumbers(1, 3 * COLS) } })),
      RangeError,
    );
    await assert.rejects(executable.run(plainStep(2, {})), RangeError);
    await executable.run(step);
    assert.throws(() => executable.read("z", 0, 1), RangeError);
    assert.throws(() => executable.read("y", 1, 2), RangeError);
  });
}

/** Two executables of one backend may be asked to run at the same time. */
async function runTogether(backend: Backend): Promise<void> {
  const options = { rows: 3, mode: "exact" } as const;
  await withChain(backend, 2, COLS, options, async (a) => {
    await withChain(backend, 2, COLS, options, async (b) => {
      const [x, z] = [randomNumbers(1, 3 * COLS), randomNumbers(2, 3 * COLS)];
      await a.run(plainStep(3, { inputs: { x } }));
      const alone = a.read("y", 0, 3);
      await Promise.all([
        a.run(plainStep(3, { inputs: { x } })),
        b.run(plainStep(3, { inputs: { x: z } })),
        delay(1),
      ]);
      assert.deepEqual(a.read("y", 0, 3), alone);
      assert.notDeepEqual(b.read("y", 0, 3), alone);
    });
  });
}

/** Tests of abort, buffers, counts, special values and errors. */
export const behaviorTests: readonly BehaviorTest[] = [
  { name: "run rejects soon after an abort, and later runs work", run: abortMidRun },
  { name: "run lets timers fire", run: leaveEventLoop },
  { name: "run of two executables at a time keeps their results apart", run: runTogether },
  {
    name: "copyKvBlock, and readKvBlock with writeKvBlock, copy all layers in f16",
    run: (backend) => copyBlock(backend, "f16"),
  },
  {
    name: "copyKvBlock, and readKvBlock with writeKvBlock, copy all layers in int8",
    run: (backend) => copyBlock(backend, "int8"),
  },
  { name: "run survives -0, NaN and infinities and keeps them in their row", run: surviveSpecialValues },
  { name: "live counts what is open; use after disposal fails", run: countLive },
  { name: "createWeight, compile, run and read refuse what does not fit", run: refuseMisfits },
];
