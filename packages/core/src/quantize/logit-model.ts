import { type Backend, KV_BLOCK, type Mode } from "@llamero/kernels";
import { packWeights } from "../engine/pack-weights.ts";
import type { Checkpoint } from "../formats/checkpoint.ts";
import { llamaProgram } from "../models/llama.ts";

/** Rows of logits that are read at a time. */
const OUTPUT_ROWS = 128;

/** A model that gives all logits of short windows, without the engine's scheduler. */
export interface LogitModel extends AsyncDisposable {
  /** Logits [rows, vocabulary] after each token of a window that starts at position 0, some rows at a time, in order. */
  logits(tokens: Int32Array): AsyncGenerator<Float32Array, void>;
}

/** Loads the weights of a checkpoint for windows of at most `windowTokens`. */
export async function openLogitModel(
  checkpoint: Checkpoint,
  options: { backend: Backend; windowTokens: number; mode: Mode; signal?: AbortSignal | undefined },
): Promise<LogitModel> {
  const { backend, windowTokens, mode, signal } = options;
  const { config, ropeLayout } = checkpoint;
  const program = llamaProgram(config, ropeLayout);
  const packed = await packWeights(checkpoint, program, { backend, signal });
  const blocks = Int32Array.from({ length: Math.ceil(windowTokens / KV_BLOCK) }, (_, i) => i);
  const { numHiddenLayers: layers, numKeyValueHeads: kvHeads, headDim } = config;
  const kv = backend.createKv({ layers, kvHeads, headDim, blocks: blocks.length, dtype: "f16" });
  const { weights } = packed;
  const executable = backend.compile(program, {
    weights,
    kv,
    maxRows: OUTPUT_ROWS,
    maxOutputs: OUTPUT_ROWS,
    mode,
  });
  return {
    async *logits(tokens) {
      for (let position = 0; position < tokens.length; position += OUTPUT_ROWS) {
        signal?.throwIfAborted();
        const step = Math.min(OUTPUT_ROWS, tokens.length - position);
        await executable.run({
          tokens: tokens.subarray(position, position + step),
          sequences: [{ rowStart: 0, rowCount: step, position, blocks }],
          outputRows: Int32Array.from({ length: step }, (_, i) => i),
        });
        yield executable.read("logits", 0, step);
      }
    },
    async [Symbol.asyncDispose]() {
      await executable[Symbol.asyncDispose]();
      backend.freeKv(kv);
      packed.free();
    },
  };
}
