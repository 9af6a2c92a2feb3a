import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createNativeBackend, nativeInstructionSets } from "@llamero/kernels";
import type { Engine } from "../engine/engine.ts";
import { loadEngine } from "../engine/load-engine.ts";
import type { Checkpoint } from "../formats/checkpoint.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { readTensorRows } from "../formats/read-tensor-rows.ts";
import { evaluateProgram } from "../models/evaluate-program.ts";
import { llamaProgram } from "../models/llama.ts";
import { completeSampling } from "../sample/params.ts";
import { sharedPath } from "../testdata.ts";
import { longLogits } from "./long-oracle.ts";

const fullLength = 131_072;
const distinctTokens = [3, 42, 150, 310];

function promptOf(length: number): Int32Array {
  let state = 7;
  return Int32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return distinctTokens[(state >>> 16) % distinctTokens.length]!;
  });
}

function logSoftmax(logits: ArrayLike<number>): number[] {
  const row = Array.from(logits);
  const max = row.reduce((a, b) => Math.max(a, b));
  const total = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - max), 0));
  return row.map((logit) => logit - max - total);
}

/** The golden model with room for one token more than its longest prompt, or null after skipping. */
function openTiny(t: TestContext): Checkpoint | null {
  const path = sharedPath("golden/tiny/model.safetensors");
  if (path === null) {
    t.skip("needs ../shared: golden/tiny/model.safetensors");
    return null;
  }
  const checkpoint = openCheckpoint(path);
  return { ...checkpoint, config: { ...checkpoint.config, maxPositionEmbeddings: fullLength + 32 } };
}

test("longLogits is what the program means, on a prompt short enough to evaluate it", (t) => {
  const checkpoint = openTiny(t);
  if (checkpoint === null) return;
  const prompt = promptOf(150);
  const program = llamaProgram(checkpoint.config, checkpoint.ropeLayout);
  const weights = program.weights.map(({ name, rows }) =>
    readTensorRows(checkpoint.tensors.get(name)!, 0, rows),
  );
  const values = evaluateProgram(program, (slot) => weights[slot]!, [...prompt]);
  const positions = [0, 1, 77, 149];
  const got = longLogits(checkpoint, prompt, positions);
  let largest = 0;
  positions.forEach((position, i) => {
    const want = values[program.outputs["logits"]!]![position]!;
    for (const [id, logit] of want.entries()) largest = Math.max(largest, Math.abs(logit - got[i]![id]!));
  });
  t.diagnostic(`largest difference of logits ${largest.toExponential(2)}`);
  assert.ok(largest < 1e-9, `${largest}`);
});

/** Log-probabilities after the prompt: the most likely 20. */
async function top20(engine: Engine, promptIds: Int32Array): Promise<{ token: number; logprob: number }[]> {
  const sampling = completeSampling({ temperature: 0 });
  const request = { promptIds, maxTokens: 1, sampling, stopIds: [], topLogprobs: 20 };
  for await (const event of engine.generate(request)) if (event.type === "token") return [...event.top];
  throw new Error("No token was drawn");
}

test("position 131,071 of the tiny golden model equals f64 arithmetic to 1e-4", async (t) => {
  const checkpoint = openTiny(t);
  if (checkpoint === null) return;
  const sets = nativeInstructionSets();
  if (sets.length === 0) return t.skip("no native addon: no C++ compiler was found");
  const length = Number(process.env["LLAMERO_LONG_TOKENS"] ?? fullLength);
  const prompt = promptOf(length);
  const positions = [length - 1, Math.floor(length / 2), Math.floor(length / 16)];
  const started = performance.now();
  const rounded = longLogits(checkpoint, prompt, positions, { halfKv: true }).map(logSoftmax);
  const plain = longLogits(checkpoint, prompt, positions).map(logSoftmax);
  t.diagnostic(`f64 references: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  await using backend = createNativeBackend({ instructionSet: sets[0]!, threads: 2 });
  const context = Math.ceil((length + 1) / 32) * 32;
  await using loaded = await loadEngine(checkpoint, { backend, mode: "exact", context, batch: 1 });
  const from = performance.now();
  for (const [i, position] of positions.entries()) {
    // The longest comes first; the others are in the prefix cache by then.
    const got = await top20(loaded.engine, prompt.subarray(0, position + 1));
    const differenceTo = (expected: readonly number[]): number =>
      Math.max(...got.map(({ token, logprob }) => Math.abs(logprob - expected[token]!)));
    const largest = differenceTo(rounded[i]!);
    t.diagnostic(
      `${sets[0]}, position ${position}: log-probabilities differ by ${largest.toExponential(2)} at most from f64 ` +
        `over keys and values in half floats, by ${differenceTo(plain[i]!).toExponential(2)} from f64 throughout; ` +
        `after ${((performance.now() - from) / 1000).toFixed(1)} s`,
    );
    assert.ok(largest <= 1e-4, `position ${position}: ${largest}`);
  }
});
