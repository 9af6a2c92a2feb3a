import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createNativeBackend, KV_BLOCK, nativeInstructionSets } from "@llamero/kernels";
import { availableMemory } from "../engine/available-memory.ts";
import { admit, planModel } from "../engine/plan.ts";
import { exportGguf } from "../formats/gguf-export.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { toTensorData } from "../formats/read-tensor.ts";
import { llamaProgram } from "../models/llama.ts";
import { modelShapes } from "../models/shapes.ts";
import { fakeWeights } from "./fake-weights.ts";

const context = 131_072;

/** Anonymous memory of this process in bytes; null where there is no /proc. */
function anonymousBytes(): number | null {
  try {
    const kilobytes = /RssAnon:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

test("128K tokens of the 1B shape with int8 KV take the memory of the plan, and the last position computes", async (t) => {
  const sets = nativeInstructionSets();
  if (sets.length === 0) return t.skip("no native addon: no C++ compiler was found");
  const folder = mkdtempSync(join(tmpdir(), "llamero-long-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "1b.gguf");
  exportGguf(fakeWeights(modelShapes["llama3.2:1b"], { seed: 3, formatOf: () => "q4_0" }), path, {
    formatOf: (tensor) => tensor.format,
  });
  const checkpoint = openCheckpoint(path);
  const { config, ropeLayout, tensors } = checkpoint;
  await using backend = createNativeBackend({ instructionSet: sets[0]!, threads: 2 });
  const program = llamaProgram(config, ropeLayout);
  const before = anonymousBytes();
  const plan = planModel(config, tensors, { context, batch: 1, kvDtype: "int8", sizes: backend, program });
  admit(plan, availableMemory());

  const weights = program.weights.map(({ name, rows, cols }) => {
    const { format, data } = tensors.get(name)!;
    return backend.createWeight({ name, format, rows, cols, data: toTensorData(data) });
  });
  const kv = backend.createKv(plan.kv);
  const { maxRows, maxOutputs } = plan.limits;
  await using executable = backend.compile(program, { weights, kv, maxRows, maxOutputs, mode: "fast" });
  // A prompt of 256 tokens is computed; its eight blocks then stand for all 4,096. No token in between is computed.
  const numComputed = 8;
  const tokens = Int32Array.from({ length: numComputed * KV_BLOCK }, (_, i) => 1000 + i * 37);
  const blocks = Int32Array.from({ length: plan.kv.blocks }, (_, i) => i);
  const whole = {
    rowStart: 0,
    rowCount: tokens.length,
    position: 0,
    blocks: blocks.subarray(0, numComputed),
  };
  await executable.run({ tokens, sequences: [whole], outputRows: Int32Array.of(tokens.length - 1) });
  for (let to = numComputed; to < plan.kv.blocks; to++) backend.copyKvBlock(kv, to % numComputed, to);

  const last = { rowStart: 0, rowCount: KV_BLOCK, position: context - KV_BLOCK, blocks };
  const step = {
    tokens: tokens.subarray(0, KV_BLOCK),
    sequences: [last],
    outputRows: Int32Array.of(KV_BLOCK - 1),
  };
  let started = performance.now();
  await executable.run(step);
  const chunkMs = performance.now() - started;
  const logits = executable.read("logits", 0, 1);
  assert.ok(logits.every(Number.isFinite));
  started = performance.now();
  const one = { rowStart: 0, rowCount: 1, position: context - 1, blocks };
  await executable.run({
    ...step,
    tokens: tokens.subarray(KV_BLOCK - 1, KV_BLOCK),
    sequences: [one],
    outputRows: Int32Array.of(0),
  });
  const decodeMs = performance.now() - started;
  // The last row of the chunk and the same row alone see the same KV.
  const alone = executable.read("logits", 0, 1);
  const largest = logits.reduce((max, logit, i) => Math.max(max, Math.abs(logit - alone[i]!)), 0);
  const scale = logits.reduce((max, logit) => Math.max(max, Math.abs(logit)), 0);
  assert.ok(largest <= 0.02 * scale, `${largest} of ${scale}`);

  const planned = plan.weightBytes + plan.kvBytes + executable.scratchBytes;
  const taken = before === null ? null : anonymousBytes()! - before;
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  t.diagnostic(
    `planned ${mib(planned)}: weights ${mib(plan.weightBytes)}, KV ${mib(plan.kvBytes)}, scratch ` +
      `${mib(executable.scratchBytes)}; taken ${taken === null ? "unknown" : mib(taken)}; 32 rows at the end ` +
      `${chunkMs.toFixed(0)} ms, one row ${decodeMs.toFixed(0)} ms; rows differ by ${largest.toExponential(1)}`,
  );
  assert.equal(plan.kv.blocks * KV_BLOCK, context);
  if (taken !== null) {
    assert.ok(taken >= plan.kvBytes, "the pool was not touched");
    assert.ok(taken <= 1.05 * planned, `${mib(taken)} taken, ${mib(planned)} planned`);
  }
  backend.freeKv(kv);
});
