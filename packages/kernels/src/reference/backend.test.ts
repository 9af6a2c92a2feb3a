import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sharedPath } from "../../../core/src/testdata.ts";
import type {
  Backend,
  Executable,
  KvDtype,
  KvSpec,
  Op,
  Program,
  Step,
  StepSequence,
  WeightHandle,
  WeightSpec,
} from "../kernels.ts";
import { createReferenceBackend } from "./backend.ts";

interface Sketch {
  ops: readonly Op[];
  weights?: readonly WeightSpec[];
  kv?: KvSpec;
  frequencies?: Program["frequencies"];
}

/** An f32 weight of the given rows. */
function weight(rows: readonly (readonly number[])[]): WeightSpec {
  const bytes = new Uint8Array(Float32Array.from(rows.flat()).buffer);
  return {
    name: "w",
    format: "f32",
    rows: rows.length,
    cols: rows[0]!.length,
    data: { kind: "bytes", bytes },
  };
}

/** Compiles ops whose last value is the output `y`. */
function compile(backend: Backend, { ops, weights = [], kv, frequencies = [] }: Sketch): Executable {
  const program: Program = {
    weights: weights.map(({ name, rows, cols }) => ({ name, rows, cols })),
    frequencies,
    ops,
    outputs: { y: ops.length - 1 },
  };
  return backend.compile(program, {
    weights: weights.map((spec) => backend.createWeight(spec)),
    kv: kv === undefined ? null : backend.createKv(kv),
    maxRows: 256,
    maxOutputs: 256,
    mode: "exact",
  });
}

const input = (name: string, cols: number): Op => ({ op: "input", name, shape: ["rows", cols] });

/** One sequence from position 0 over the first blocks of the pool, unless told otherwise. */
function stepOf(
  numStepRows: number,
  inputs: Record<string, readonly number[]>,
  rest: Partial<Step> = {},
): Step {
  const sequence = { rowStart: 0, rowCount: numStepRows, position: 0, blocks: Int32Array.of(0) };
  return {
    tokens: new Int32Array(numStepRows),
    sequences: numStepRows === 0 ? [] : [sequence],
    outputRows: new Int32Array(0),
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, values]) => [name, Float32Array.from(values)]),
    ),
    ...rest,
  };
}

async function valuesOf(sketch: Sketch, step: Step, count: number = step.tokens.length): Promise<number[]> {
  await using backend = createReferenceBackend();
  await using executable = compile(backend, sketch);
  await executable.run(step);
  return [...executable.read("y", 0, count)];
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number = 1e-6): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    assert.ok(
      Math.abs(actual[i]! - expected[i]!) <= tolerance,
      `value ${i}: ${actual[i]}, expected ${expected[i]}`,
    );
  }
}

test("embed looks up the rows of the tokens", async () => {
  const sketch: Sketch = {
    ops: [{ op: "embed", table: 0 }],
    weights: [
      weight([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    ],
  };
  const y = await valuesOf(sketch, stepOf(3, {}, { tokens: Int32Array.of(2, 0, 2) }));
  assert.deepEqual(y, [5, 6, 1, 2, 5, 6]);
});

test("rmsNorm divides by the root mean square and scales", async () => {
  const ops: Op[] = [input("x", 2), { op: "rmsNorm", x: 0, weight: 0, eps: 0 }];
  // sqrt((9 + 16) / 2) = 3.5355339
  const y = await valuesOf({ ops, weights: [weight([[1, 2]])] }, stepOf(2, { x: [3, 4, 0.3, -0.4] }));
  assertClose(y, [0.8485281, 2.2627417, 0.8485281, -2.2627417]);
  const withEps: Op[] = [input("x", 2), { op: "rmsNorm", x: 0, weight: 0, eps: 3.5 }];
  // sqrt(12.5 + 3.5) = 4
  assertClose(
    await valuesOf({ ops: withEps, weights: [weight([[1, 2]])] }, stepOf(1, { x: [3, 4] })),
    [0.75, 2],
  );
});

const linear: readonly Op[] = [input("x", 3), { op: "linear", x: 0, weight: 0 }];

test("linear multiplies by the transposed weight", async () => {
  const sketch = {
    ops: linear,
    weights: [
      weight([
        [1, 0, 2],
        [-1, 1, 0.5],
      ]),
    ],
  };
  assert.deepEqual(await valuesOf(sketch, stepOf(2, { x: [1, 2, 3, 0, -1, 1] })), [7, 2.5, 2, -0.5]);
});

test("linear sums in f64: small terms survive beside large ones that cancel", async () => {
  const sketch = { ops: linear, weights: [weight([[1e8, 1, -1e8]])] };
  assert.deepEqual(await valuesOf(sketch, stepOf(1, { x: [1, 0.5, 1] })), [0.5]);
});

test("linear dequantises its weight", async () => {
  // One q8_0 block: d = 0.5 (half float 0x3800), codes -16 to 15, whose sum is -16.
  const bytes = Uint8Array.from([0, 0x38, ...Array.from({ length: 32 }, (_, i) => i - 16)]);
  const spec: WeightSpec = { name: "w", format: "q8_0", rows: 1, cols: 32, data: { kind: "bytes", bytes } };
  const ops: Op[] = [input("x", 32), { op: "linear", x: 0, weight: 0 }];
  assert.deepEqual(await valuesOf({ ops, weights: [spec] }, stepOf(1, { x: Array(32).fill(1) })), [-8]);
});

test("linear scales the rows of FP8 weights", async () => {
  // e4m3fn: 0x38 is 1, 0xc0 is -2.
  const data = { kind: "bytes", bytes: Uint8Array.of(0x38, 0xc0, 0x38, 0x38) } as const;
  const rowScale = Float32Array.of(3, 0.25);
  const spec: WeightSpec = { name: "w", format: "f8_e4m3", rows: 2, cols: 2, data, rowScale };
  const ops: Op[] = [input("x", 2), { op: "linear", x: 0, weight: 0 }];
  assert.deepEqual(await valuesOf({ ops, weights: [spec] }, stepOf(1, { x: [1, 1] })), [-3, 0.5]);
});

test("linear works on a fixed number of rows", async () => {
  const ops: Op[] = [
    { op: "input", name: "x", shape: [2, 3] },
    { op: "linear", x: 0, weight: 0 },
  ];
  const sketch = { ops, weights: [weight([[1, 0, 2]])] };
  assert.deepEqual(await valuesOf(sketch, stepOf(1, { x: [1, 2, 3, 4, 5, 6] }), 2), [7, 16]);
});

test("siluMul, add and selectRows are what they say", async () => {
  const two = [input("a", 3), input("b", 3)];
  const step = stepOf(1, { a: [0, 1, -1], b: [5, 2, 1] });
  assertClose(
    await valuesOf({ ops: [...two, { op: "siluMul", gate: 0, up: 1 }] }, step),
    [0, 1.4621172, -0.2689414],
  );
  assert.deepEqual(await valuesOf({ ops: [...two, { op: "add", a: 0, b: 1 }] }, step), [5, 3, 0]);
  const select: Op[] = [input("x", 2), { op: "selectRows", x: 0 }];
  const chosen = stepOf(3, { x: [1, 2, 3, 4, 5, 6] }, { outputRows: Int32Array.of(2, 0) });
  assert.deepEqual(await valuesOf({ ops: select }, chosen, 2), [5, 6, 1, 2]);
});

test("rope turns the pair of frequency f by position * f", async () => {
  const rope = { op: "rope", x: 0, heads: 1, headDim: 4, frequencies: 0 } as const;
  const frequencies = [[Math.PI / 2, Math.PI]];
  // Position 1: the first pair turns by a quarter, the second by a half.
  const step = stepOf(2, { x: [9, 9, 9, 9, 1, 2, 3, 4] });
  const adjacent = await valuesOf(
    { ops: [input("x", 4), { ...rope, layout: "adjacent" }], frequencies },
    step,
  );
  assertClose(adjacent, [9, 9, 9, 9, -2, 1, -3, -4]);
  const halves = await valuesOf({ ops: [input("x", 4), { ...rope, layout: "halves" }], frequencies }, step);
  assertClose(halves, [9, 9, 9, 9, -3, -2, 1, -4]);
});

interface RopeGolden {
  cases: Record<string, { head_dim: number; inv_freq: number[]; rotate_test: Rotation[] }>;
}
interface Rotation {
  pos: number;
  meta_interleaved_first8: number[];
  hf_half_first4: number[];
  hf_half_mid4: number[];
}

test("rope equals the golden rotations in both layouts", async (t) => {
  const path = sharedPath("golden/rope.json");
  if (path === null) return t.skip("needs ../shared: golden/rope.json");
  const { cases } = JSON.parse(readFileSync(path, "utf8")) as RopeGolden;
  for (const { head_dim: headDim, inv_freq, rotate_test } of Object.values(cases)) {
    const x = Array.from({ length: headDim }, (_, i) => Math.sin(0.1 * (i + 1)));
    for (const { pos, meta_interleaved_first8, hf_half_first4, hf_half_mid4 } of rotate_test) {
      const sequences = [{ rowStart: 0, rowCount: 1, position: pos, blocks: new Int32Array(0) }];
      const rotate = (layout: "adjacent" | "halves"): Promise<number[]> => {
        const rope = { op: "rope", x: 0, heads: 1, headDim, layout, frequencies: 0 } as const;
        const sketch = { ops: [input("x", headDim), rope], frequencies: [inv_freq] };
        return valuesOf(sketch, stepOf(1, { x }, { sequences }));
      };
      assertClose((await rotate("adjacent")).slice(0, 8), meta_interleaved_first8);
      const halves = await rotate("halves");
      assertClose(halves.slice(0, 4), hf_half_first4);
      assertClose(halves.slice(headDim / 2, headDim / 2 + 4), hf_half_mid4);
    }
  }
});

const [HEADS, HEAD_DIM] = [2, 2] as const;

function attentionSketch(dtype: KvDtype): Sketch {
  const heads = { heads: HEADS, kvHeads: 1, headDim: HEAD_DIM };
  return {
    ops: [
      input("q", HEADS * HEAD_DIM),
      input("k", HEAD_DIM),
      input("v", HEAD_DIM),
      { op: "writeKv", k: 1, v: 2, layer: 0 },
      { op: "attention", q: 0, after: 3, layer: 0, ...heads, scale: 0.5 },
    ],
    kv: { layers: 1, kvHeads: 1, headDim: HEAD_DIM, blocks: 4, dtype },
  };
}

/** The first head does not care; the second gives token 1 three times the weight of token 0 at scale 1/2. */
const indifferentAndKeen = [0, 0, 0, 2 * Math.log(3)];

test("attention averages the values by softmax of scaled scores, causally, with shared KV heads", async () => {
  const step = stepOf(2, {
    q: [...indifferentAndKeen, ...indifferentAndKeen],
    k: [1, 0, 0, 1],
    v: [1, 2, 3, 4],
  });
  assertClose(await valuesOf(attentionSketch("f16"), step), [1, 2, 1, 2, 2, 3, 2.5, 3.5]);
});

/** What attention reads back of one value vector. */
const stored = async (dtype: KvDtype, v: readonly [number, number]): Promise<number[]> =>
  (await valuesOf(attentionSketch(dtype), stepOf(1, { q: [0, 0, 0, 0], k: [1, 1], v }))).slice(0, 2);

test("writeKv rounds to half floats or to int8 with a scale per token and head", async () => {
  assert.deepEqual(await stored("f16", [1.0001, 0.1]), [1, 0.0999755859375]);
  assert.deepEqual(await stored("f16", [70000, -70000]), [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]);
  // Scale 1: codes to the nearest, ties to even.
  assert.deepEqual(await stored("int8", [127, 1.4]), [127, 1]);
  assert.deepEqual(await stored("int8", [-127, 2.5]), [-127, 2]);
  assert.deepEqual(await stored("int8", [0, 0]), [0, 0]);
});

test("attention follows the block table, and copyKvBlock copies a block", async () => {
  await using backend = createReferenceBackend();
  const { ops, kv } = attentionSketch("f16");
  const pool = backend.createKv(kv!);
  const program = { weights: [], frequencies: [], ops, outputs: { y: 4 } };
  await using executable = backend.compile(program, {
    weights: [],
    kv: pool,
    maxRows: 40,
    maxOutputs: 1,
    mode: "exact",
  });
  const run = async (
    count: number,
    rest: Omit<StepSequence, "rowStart" | "rowCount">,
    v: number,
  ): Promise<number> => {
    const inputs = { q: Array(count * 4).fill(0), k: Array(count * 2).fill(0), v: Array(count * 2).fill(v) };
    const sequences = [{ rowStart: 0, rowCount: count, ...rest }];
    await executable.run(stepOf(count, inputs, { sequences }));
    return executable.read("y", count - 1, 1)[0]!;
  };
  // 33 tokens of value 1 fill block 2 and start block 0; another sequence fills block 1 with value 8.
  assert.equal(await run(33, { position: 0, blocks: Int32Array.of(2, 0) }, 1), 1);
  assert.equal(await run(32, { position: 0, blocks: Int32Array.of(1) }, 8), 8);
  assert.equal(await run(1, { position: 33, blocks: Int32Array.of(2, 0) }, 35), 2);
  backend.copyKvBlock(pool, 1, 2);
  assertClose([await run(1, { position: 34, blocks: Int32Array.of(2, 0) }, 0)], [(32 * 8 + 1 + 35 + 0) / 35]);
  assert.throws(() => backend.copyKvBlock(pool, 0, 4), /KV block 4 is not in the pool of 4/);
});

test("run passes NaN and infinity on and spoils no other row", async () => {
  const sketch = { ops: linear, weights: [weight([[1, 1, 1]])] };
  const y = await valuesOf(
    sketch,
    stepOf(3, { x: [Number.NaN, 0, 0, 1, 2, 3, Number.POSITIVE_INFINITY, 0, 0] }),
  );
  assert.deepEqual(y, [Number.NaN, 6, Number.POSITIVE_INFINITY]);
});

test("createWeight reads its part of a file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "reference-"));
  try {
    const path = join(folder, "weights.bin");
    writeFileSync(path, new Uint8Array(Float32Array.of(9, 9, 1, 2, 3, 9).buffer));
    const data = { kind: "file", path, offset: 8, sizeBytes: 12 } as const;
    const spec: WeightSpec = { name: "w", format: "f32", rows: 1, cols: 3, data };
    assert.deepEqual(await valuesOf({ ops: linear, weights: [spec] }, stepOf(1, { x: [1, 10, 100] })), [321]);
    await using backend = createReferenceBackend();
    assert.throws(
      () => backend.createWeight({ ...spec, data: { ...data, offset: 16 } }),
      /weights\.bin ends inside tensor w/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("createWeight names the tensor whose sizes do not fit", async () => {
  await using backend = createReferenceBackend();
  const data = { kind: "bytes", bytes: new Uint8Array(34) } as const;
  const spec: WeightSpec = { name: "blk.3", format: "q8_0", rows: 1, cols: 32, data };
  assert.throws(
    () => backend.createWeight({ ...spec, rows: 2 }),
    /Tensor blk\.3 \[2, 32\] in q8_0 takes 68 bytes/,
  );
  assert.throws(() => backend.createWeight({ ...spec, cols: 33 }), /Tensor blk\.3 has rows of 33/);
  assert.throws(
    () => backend.createWeight({ ...spec, rowScale: new Float32Array(2) }),
    /Tensor blk\.3 has 1 rows, but 2 row scales/,
  );
  assert.equal(backend.live().weights, 0);
});

test("compile refuses handles, weights and pools that do not fit the program", async () => {
  await using backend = createReferenceBackend();
  const handle = backend.createWeight(weight([[1, 2, 3]]));
  const program = {
    weights: [{ name: "w", rows: 1, cols: 3 }],
    frequencies: [],
    ops: linear,
    outputs: { y: 1 },
  };
  const options = { weights: [handle], kv: null, maxRows: 4, maxOutputs: 1, mode: "exact" } as const;
  assert.throws(
    () => backend.compile(program, { ...options, weights: [999 as WeightHandle] }),
    /There is no weight 999/,
  );
  assert.throws(
    () => backend.compile(program, { ...options, weights: [] }),
    /Program wants weight w \[1, 3\] in slot 0/,
  );
  const wide = { ...program, weights: [{ name: "w", rows: 2, cols: 3 }] };
  assert.throws(
    () => backend.compile(wide, options),
    /Program wants weight w \[2, 3\] in slot 0, got w \[1, 3\]/,
  );
  const { ops, kv } = attentionSketch("f16");
  const attention = { weights: [], frequencies: [], ops, outputs: { y: 4 } };
  assert.throws(
    () => backend.compile(attention, { ...options, weights: [] }),
    /Op 3 \(writeKv\) needs a KV pool/,
  );
  const narrow = backend.createKv({ ...kv!, headDim: 1 });
  assert.throws(
    () => backend.compile(attention, { ...options, weights: [], kv: narrow }),
    /do not fit a KV pool of 1 heads of 1/,
  );
  backend.freeWeight(handle);
  assert.throws(() => backend.freeWeight(handle), /There is no weight/);
  assert.throws(() => backend.compile(program, options), /There is no weight/);
  assert.equal(backend.live().executables, 0);
});

test("run and read refuse steps, inputs and outputs that do not fit", async () => {
  await using backend = createReferenceBackend();
  await using executable = compile(backend, { ops: linear, weights: [weight([[1, 2, 3]])] });
  assert.throws(() => executable.read("y", 0, 1), /Output y has no value; run the program first/);
  await assert.rejects(executable.run(stepOf(2, { x: [1, 2, 3] })), /Input x must have 2 x 3 values, got 3/);
  await assert.rejects(executable.run(stepOf(1, {})), /Input x must have 1 x 3 values, got none/);
  await assert.rejects(executable.run(stepOf(257, { x: Array(771).fill(0) })), /257 rows/);
  await executable.run(stepOf(1, { x: [1, 2, 3] }));
  assert.throws(() => executable.read("y", 0, 2), RangeError);
  assert.throws(() => executable.read("z", 0, 1), /Program has no output z; it has y/);
});

test("live counts what is open, is zero after dispose, and nothing can be used after", async () => {
  const backend = createReferenceBackend();
  const handle = backend.createWeight(weight([[1, 2, 3]]));
  const kv = backend.createKv({ layers: 2, kvHeads: 1, headDim: 4, blocks: 3, dtype: "int8" });
  // Keys and values of 2 layers x 3 blocks x 32 tokens: 4 codes and a scale of 4 bytes.
  assert.deepEqual(backend.live(), {
    weights: 1,
    kvPools: 1,
    adapters: 0,
    executables: 0,
    bytes: 12 + 2 * 192 * 8,
  });
  backend.freeKv(kv);
  backend.freeWeight(handle);
  assert.deepEqual(backend.live(), { weights: 0, kvPools: 0, adapters: 0, executables: 0, bytes: 0 });

  const executable = compile(backend, { ops: linear, weights: [weight([[1, 2, 3]])] });
  await executable.run(stepOf(1, { x: [1, 1, 1] }));
  assert.equal(backend.live().executables, 1);
  await executable[Symbol.asyncDispose]();
  await executable[Symbol.asyncDispose]();
  assert.equal(backend.live().executables, 0);
  await assert.rejects(executable.run(stepOf(1, { x: [1, 1, 1] })), /Executable is disposed/);
  assert.throws(() => executable.read("y", 0, 1), /Executable is disposed/);

  const open = compile(backend, { ops: linear, weights: [weight([[1, 2, 3]])] });
  await backend[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
  assert.deepEqual(backend.live(), { weights: 0, kvPools: 0, adapters: 0, executables: 0, bytes: 0 });
  await assert.rejects(open.run(stepOf(1, { x: [1, 1, 1] })), /is disposed/);
  assert.throws(() => backend.createWeight(weight([[1]])), /Backend is disposed/);
  assert.throws(() => backend.freeWeight(handle), /Backend is disposed/);
});

test("run gives timers their turn, stops soon after abort with the signal's reason, and works again", async () => {
  await using backend = createReferenceBackend();
  const size = 512;
  const ops: Op[] = [
    input("x", size),
    ...Array.from({ length: 40 }, (_, x): Op => ({ op: "linear", x, weight: 0 })),
  ];
  const rows = Array.from({ length: size }, (_, n) =>
    Array.from({ length: size }, (_, k) => (n === k ? 1 : 0)),
  );
  await using executable = compile(backend, { ops, weights: [weight(rows)] });
  // 40 x 64 x 512 x 512 products: most of a second.
  const step = stepOf(64, { x: Array(64 * size).fill(1) });
  const reason = new DOMException("Stopped", "AbortError");
  const abort = new AbortController();
  let ticks = 0;
  let abortedAt: NodeJS.CpuUsage | null = null;
  const timer = setInterval(() => {
    if (++ticks < 3) return;
    clearInterval(timer);
    abortedAt = process.cpuUsage();
    abort.abort(reason);
  }, 1);
  await assert.rejects(executable.run(step, abort.signal), reason);
  // Time of the processor: what else the machine does takes none of it.
  assert.ok(
    abortedAt !== null && process.cpuUsage(abortedAt).user < 200e3,
    "the run went on after the abort",
  );
  await assert.rejects(executable.run(step, AbortSignal.abort()), { name: "AbortError" });
  await executable.run(stepOf(1, { x: Array(size).fill(2) }));
  assert.deepEqual(executable.read("y", 0, 1), new Float32Array(size).fill(2));
});
