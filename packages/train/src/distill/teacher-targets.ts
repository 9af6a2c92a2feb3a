import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type Checkpoint, type LogitModel, openLogitModel } from "@llamero/core";
import type { Backend } from "@llamero/kernels";
import type { TrainExample } from "../batch/example.ts";
import { rowsOf } from "../batch/pack.ts";
import { writeAtomic } from "../data/output/atomic-file.ts";
import { emptyRows, type SoftRows, type TargetOptions, takeTargets, targetsPerRow } from "./soft-targets.ts";

/** A teacher with the digest that stored targets are known by. */
export interface Teacher {
  checkpoint: Checkpoint;
  digest: string;
}

export interface StoreTargetsOptions extends TargetOptions {
  /** Tokens that the student has: padding beyond them is no target. */
  vocabSize: number;
  /** Opens what computes; not called when everything is stored already. */
  openBackend(): Promise<Backend>;
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Rows of an example that have a loss. */
export function countTargets({ weights }: TrainExample): number {
  let count = 0;
  for (let i = 1; i < weights.length; i++) if (weights[i] !== 0) count++;
  return count;
}

/**
 * Soft targets of every example: from `targets.bin` in the folder as far as they are there, the rest computed by the
 * teacher in `exact` mode and added. Killed at any moment it goes on behind the last whole example.
 */
export async function storeTargets(
  folder: string,
  teacher: Teacher,
  examples: readonly TrainExample[],
  options: StoreTargetsOptions,
): Promise<SoftRows[]> {
  const { signal } = options;
  const width = teacher.checkpoint.config.vocabSize;
  const words = targetsPerRow(options) * 2 + 1;
  const sizes = examples.map((example) => countTargets(example) * words * 4);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const path = join(folder, "targets.bin");
  const keyPath = join(folder, "targets.json");
  const key = keyOf(teacher, examples, options);
  const stored = existsSync(keyPath) ? (JSON.parse(readFileSync(keyPath, "utf8")) as { key: string }) : null;
  const isOurs = stored?.key === key && existsSync(path);
  let done = 0;
  let bytes = 0;
  const held = isOurs ? statSync(path).size : 0;
  while (done < examples.length && bytes + sizes[done]! <= held) bytes += sizes[done++]!;
  if (bytes < total) {
    const file = openSync(path, isOurs ? "r+" : "w");
    await using backend = await options.openBackend();
    const windowTokens = Math.max(...examples.map(rowsOf));
    await using model = await openLogitModel(teacher.checkpoint, {
      backend,
      windowTokens,
      mode: "exact",
      signal,
    });
    try {
      ftruncateSync(file, bytes);
      writeAtomic(keyPath, `${JSON.stringify({ version: 1, key, rowBytes: words * 4 })}\n`);
      for (; done < examples.length; done++) {
        signal?.throwIfAborted();
        const rows = await askTeacher(model, examples[done]!, { ...options, width, stream: done });
        const block = encodeRows(rows, words);
        writeSync(file, block, 0, block.length, bytes);
        bytes += block.length;
        options.onProgress?.(done + 1, examples.length);
      }
    } finally {
      fsyncSync(file);
      closeSync(file);
    }
  }
  return decodeRows(readFileSync(path), sizes, words, path);
}

/** The targets of one example; `width` is the teacher's vocabulary. */
export async function askTeacher(
  model: Pick<LogitModel, "logits">,
  example: TrainExample,
  options: TargetOptions & { width: number; vocabSize: number; stream: number },
): Promise<SoftRows> {
  const rows = emptyRows(countTargets(example), options);
  const { stream, width, vocabSize } = options;
  const window = example.ids.slice(0, rowsOf(example));
  let position = 0;
  let row = 0;
  for await (const logits of model.logits(window)) {
    for (let i = 0; i * width < logits.length; i++, position++) {
      if (example.weights[position + 1] === 0) continue;
      const own = logits.subarray(i * width, i * width + Math.min(width, vocabSize));
      takeTargets(own, options, rows, { row: row++, stream });
    }
  }
  return rows;
}

function keyOf(teacher: Teacher, examples: readonly TrainExample[], options: StoreTargetsOptions): string {
  const { topK, tailDraws, temperature, seed, vocabSize } = options;
  const hash = createHash("sha256").update(
    JSON.stringify([teacher.digest, topK, tailDraws, temperature, seed, vocabSize]),
  );
  for (const { ids, weights } of examples) hash.update(`${ids.length} `).update(ids).update(weights);
  return hash.digest("hex");
}

function encodeRows({ ids, probs, entropy }: SoftRows, words: number): Buffer {
  const perRow = (words - 1) / 2;
  const block = Buffer.alloc(entropy.length * words * 4);
  for (let row = 0; row < entropy.length; row++) {
    let at = row * words * 4;
    for (let i = 0; i < perRow; i++, at += 4) block.writeInt32LE(ids[row * perRow + i]!, at);
    for (let i = 0; i < perRow; i++, at += 4) block.writeFloatLE(probs[row * perRow + i]!, at);
    block.writeFloatLE(entropy[row]!, at);
  }
  return block;
}

function decodeRows(bytes: Buffer, sizes: readonly number[], words: number, path: string): SoftRows[] {
  const perRow = (words - 1) / 2;
  let at = 0;
  return sizes.map((size) => {
    const count = size / (words * 4);
    const rows: SoftRows = {
      ids: new Int32Array(count * perRow),
      probs: new Float32Array(count * perRow),
      entropy: new Float32Array(count),
    };
    for (let row = 0; row < count; row++) {
      let mass = 0;
      for (let i = row * perRow; i < (row + 1) * perRow; i++, at += 4) rows.ids[i] = bytes.readInt32LE(at);
      for (let i = row * perRow; i < (row + 1) * perRow; i++, at += 4)
        mass += rows.probs[i] = bytes.readFloatLE(at);
      rows.entropy[row] = bytes.readFloatLE(at);
      at += 4;
      if (!(Math.abs(mass - 1) < 1e-3))
        throw new RangeError(
          `Stored targets of ${path} add up to ${mass} at byte ${at}; it is damaged, so delete it`,
        );
    }
    return rows;
  });
}
