import assert from "node:assert/strict";
import { test } from "node:test";
import type { KvHandle, Program, Step, WeightHandle } from "../kernels.ts";
import { rowBytes } from "../weight-formats/table.ts";
import { hasVariant, type KernelVariant } from "./assets.ts";
import { createWasmBackend } from "./backend.ts";
import { createWeight, logitsOf, numbers, openTinyProgram, stepOf, V } from "./tiny-program.ts";

const variants = (["base", "relaxed", "relaxed-dot"] as const).filter(hasVariant);

for (const mode of ["deterministic", "fast"] as const) {
  test(`createWasmBackend gives the same bits for any batch and thread count in mode ${mode}`, async () => {
    const results: Float32Array[] = [];
    const variantsOfMode: readonly KernelVariant[] = mode === "deterministic" ? variants : ["base"];
    for (const variant of variantsOfMode) {
      for (const threads of [0, 1, 3]) {
        await using backend = await createWasmBackend({ threads, variant });
        assert.deepEqual(backend.degradations, []);
        await using executable = openTinyProgram(backend, mode, "f16");
        results.push(await logitsOf(executable, [45]));
        results.push(await logitsOf(executable, [1, 20, 3, 1, 20]));
      }
    }
    for (const result of results) assert.deepEqual(result, results[0]);
    assert.ok(results[0]!.every(Number.isFinite));
  });
}

test("Backend.live counts what is open and is zero after it is freed", async () => {
  await using backend = await createWasmBackend({ threads: 1 });
  const handle = createWeight(backend, "w", "q8_0", 20, 64);
  const kv = backend.createKv({ layers: 2, kvHeads: 1, headDim: 16, blocks: 3, dtype: "int8" });
  const executable = backend.compile(
    {
      weights: [{ name: "w", rows: 20, cols: 64 }],
      frequencies: [],
      ops: [{ op: "embed", table: 0 }],
      outputs: { x: 0 },
    },
    { weights: [handle], kv, maxRows: 2, maxOutputs: 1, mode: "fast" },
  );
  const { weights, kvPools, executables } = backend.live();
  assert.deepEqual({ weights, kvPools, executables }, { weights: 1, kvPools: 1, executables: 1 });
  assert.ok(backend.live().bytes >= backend.packedBytes("q8_0", 20, 64));
  await executable[Symbol.asyncDispose]();
  backend.freeWeight(handle);
  backend.freeKv(kv);
  assert.deepEqual(backend.live(), { weights: 0, kvPools: 0, adapters: 0, executables: 0, bytes: 0 });
});

test("Backend.createWeight refuses a weight beyond the WebAssembly memory, with the numbers", async () => {
  await using backend = await createWasmBackend({ threads: 1 });
  const sizeBytes = 60000 * rowBytes("f16", 60000);
  assert.throws(
    () =>
      backend.createWeight({
        name: "huge",
        format: "f16",
        rows: 60000,
        cols: 60000,
        data: { kind: "file", path: "/nowhere", offset: 0, sizeBytes },
      }),
    /Tensor huge needs 7200000000 bytes, but 0 of the 4294967296 bytes of WebAssembly memory are in use/,
  );
  assert.equal(backend.live().bytes, 0);
});

test("Backend.createWeight names the tensor whose bytes do not fit its shape", async () => {
  await using backend = await createWasmBackend({ threads: 1 });
  const data = { kind: "bytes", bytes: new Uint8Array(10) } as const;
  assert.throws(
    () => backend.createWeight({ name: "blk.0", format: "q8_0", rows: 2, cols: 32, data }),
    /Tensor blk.0 \[2, 32\] in q8_0 takes 68 bytes, but has 10/,
  );
});

/** A chain of products that takes seconds. */
function slowProgram(): Program {
  const ops: Program["ops"] = [
    { op: "input", name: "x", shape: ["rows", 1024] },
    ...Array.from({ length: 60 }, (_, x) => ({ op: "linear", x, weight: 0 }) as const),
  ];
  return { weights: [{ name: "w", rows: 1024, cols: 1024 }], frequencies: [], ops, outputs: { y: 60 } };
}

for (const threads of [0, 2]) {
  test(`Executable.run with ${threads} workers leaves the event loop free and stops soon after abort`, async () => {
    await using backend = await createWasmBackend({ threads });
    const handle = createWeight(backend, "w", "q8_0", 1024, 1024);
    const executable = backend.compile(slowProgram(), {
      weights: [handle],
      kv: null,
      maxRows: 256,
      maxOutputs: 1,
      mode: "exact",
    });
    await using _ = executable;
    const step: Step = {
      tokens: new Int32Array(256),
      sequences: [{ rowStart: 0, rowCount: 256, position: 0, blocks: new Int32Array(0) }],
      outputRows: new Int32Array(0),
      inputs: { x: numbers(3, 256 * 1024) },
    };
    const abort = new AbortController();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    let abortedAt: NodeJS.CpuUsage | null = null;
    setTimeout(() => {
      abortedAt = process.cpuUsage();
      abort.abort();
    }, 200);
    await assert.rejects(executable.run(step, abort.signal), { name: "AbortError" });
    assert.ok(abortedAt !== null, "the run ended before it was aborted");
    // Time of the processor: what else the machine does takes none of it.
    const latency = process.cpuUsage(abortedAt).user / 1000;
    clearInterval(timer);
    // Few on a busy machine; none if the run held the event loop.
    assert.ok(ticks > 0, `the event loop turned ${ticks} times in 200 ms`);
    assert.ok(latency < 500, `the run went on for ${latency.toFixed(0)} ms after the abort`);
    await assert.rejects(executable.run(step, AbortSignal.abort()), { name: "AbortError" });
  });
}

test("Executable.run refuses tokens, rows and blocks that are out of range", async () => {
  await using backend = await createWasmBackend({ threads: 1 });
  await using executable = openTinyProgram(backend, "fast", "int8");
  await assert.rejects(executable.run(stepOf([V], 0)), /Token 40 is not below 40/);
  await assert.rejects(executable.run(stepOf([1], 96)), /Sequence of 97 tokens has only 3 KV blocks/);
  await assert.rejects(executable.run({ ...stepOf([1], 0), outputRows: Int32Array.of(1) }), /Output row 1/);
});

test("createWasmBackend says why kernels or workers cannot be used", async () => {
  const garbage = Uint8Array.of(1, 2, 3);
  await assert.rejects(
    createWasmBackend({ variant: "base", wasm: { base: garbage } }),
    /This runtime rejects the WebAssembly kernels \(base\): /,
  );
  await assert.rejects(
    createWasmBackend({ variant: "base", wasm: {} }),
    /pass the bytes of build\/kernels.wasm/,
  );
  await using backend = await createWasmBackend({ threads: 2, worker: new URL("file:///nowhere/worker.js") });
  assert.equal(backend.threads, 1);
  const [{ what, wanted, used, why }] = backend.degradations.filter((d) => d.what.endsWith("threads")) as [
    (typeof backend.degradations)[number],
  ];
  assert.deepEqual([what, wanted, used], ["WebAssembly threads", "2 workers", "the calling thread"]);
  assert.match(why, /workers do not start: .*nowhere/);
});

test("createWasmBackend reports SIMD128 as a degradation where relaxed SIMD is unknown", async () => {
  await using backend = await createWasmBackend({ threads: 0 });
  const reported = backend.degradations.map(({ what, used }) => `${what}: ${used}`);
  assert.deepEqual(reported, hasVariant("relaxed") ? [] : ["WebAssembly kernels: SIMD128"]);
});

test("Backend computes the same beyond 2 GiB of memory", async () => {
  await using backend = await createWasmBackend({ threads: 2 });
  await using low = openTinyProgram(backend, "deterministic", "int8");
  const expected = await logitsOf(low, [45]);
  // Untouched pages of this pool take addresses only.
  const pool = backend.createKv({ layers: 1, kvHeads: 16, headDim: 128, blocks: 9000, dtype: "f16" });
  assert.ok(backend.live().bytes > 2 ** 31);
  await using high = openTinyProgram(backend, "deterministic", "int8");
  assert.deepEqual(await logitsOf(high, [20, 25]), expected);
  backend.freeKv(pool);
});

test("Backend keeps freed weights and pools for the executables that use them, and gives all back when disposed", async () => {
  const backend = await createWasmBackend({ threads: 1 });
  await using executable = openTinyProgram(backend, "fast", "f16");
  const expected = await logitsOf(executable, [45]);
  // The first handles of the backend.
  for (const handle of [1, 2, 3, 4]) backend.freeWeight(handle as WeightHandle);
  backend.freeKv(5 as KvHandle);
  createWeight(backend, "other", "q8_0", 200, 256);
  assert.deepEqual(await logitsOf(executable, [45]), expected);
  const running = assert.rejects(executable.run(stepOf([1], 0)), /Backend is disposed/);
  await backend[Symbol.asyncDispose]();
  await running;
  assert.deepEqual(backend.live(), { weights: 0, kvPools: 0, adapters: 0, executables: 0, bytes: 0 });
  assert.throws(() => backend.freeWeight(6 as WeightHandle), /Backend is disposed/);
});
