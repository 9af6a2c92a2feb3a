import assert from "node:assert/strict";
import { test } from "node:test";
import { readTensorRows } from "../formats/read-tensor-rows.ts";
import { evaluateProgram } from "../models/evaluate-program.ts";
import { llamaProgram } from "../models/llama.ts";
import { randomCheckpoint, tinyConfig } from "../models/random-checkpoint.ts";
import { streamedLogits } from "./streamed-oracle.ts";

test("streamedLogits equals evaluateProgram, and picks rows of the head", () => {
  for (const tieWordEmbeddings of [true, false]) {
    const checkpoint = randomCheckpoint({ ...tinyConfig, tieWordEmbeddings }, { seed: 4, format: "q8_0" });
    const program = llamaProgram(checkpoint.config, checkpoint.ropeLayout);
    const tokens = [3, 90, 17, 3, 44];
    const weightOf = (slot: number): Float32Array => {
      const { name, rows } = program.weights[slot]!;
      return readTensorRows(checkpoint.tensors.get(name)!, 0, rows);
    };
    const expected = evaluateProgram(program, weightOf, tokens)[program.outputs["logits"]!]!;
    const all = streamedLogits(checkpoint, tokens);
    const some = streamedLogits(checkpoint, tokens, [95, 0]);
    expected.forEach((row, at) => {
      for (const [i, value] of row.entries()) assert.ok(Math.abs(all[at]![i]! - value) < 1e-12);
      assert.deepEqual([...some[at]!], [all[at]![95], all[at]![0]]);
    });
  }
});
