import { KV_BLOCK } from "@llamero/kernels";
import type { BlockCopy, BlockManager } from "./block-manager.ts";
import { QueueFullError } from "./errors.ts";
import type { Sequence } from "./sequence.ts";

/** Bounds of a step and of the waiting line. */
export interface ScheduleLimits {
  /** Sequences that run at once. */
  maxBatch: number;
  /** Rows of one step. */
  maxRows: number;
  /** Rows of one step whose logits are computed; at least `maxBatch`. */
  maxOutputs: number;
  /** Prompt rows of a step that also decodes: bounds what a long prompt adds to the others' next token. */
  maxPrefillRowsBesideDecode: number;
  /** Requests that may wait. */
  queueLimit: number;
}

/** Consecutive tokens of one sequence that a step computes, from `sequence.numComputed` on. */
export interface Chunk {
  sequence: Sequence;
  count: number;
  /** Rows at the end of the chunk whose logits, or hidden states, are wanted. */
  numOutputs: number;
}

export interface ScheduledStep {
  chunks: readonly Chunk[];
  /** KV blocks to be copied before the step. */
  copies: readonly BlockCopy[];
}

/**
 * Continuous batching: every step decodes all running sequences and fills the rest of its rows with prompt
 * chunks, first come, first served. When blocks run out the youngest sequence gives its own back and is
 * computed again later.
 */
export class Scheduler {
  readonly limits: ScheduleLimits;
  readonly #blocks: BlockManager;
  readonly #waiting: Sequence[] = [];
  /** In order of arrival. */
  readonly #running: Sequence[] = [];
  #numPreempted = 0;

  constructor(blocks: BlockManager, limits: ScheduleLimits) {
    this.#blocks = blocks;
    this.limits = limits;
  }

  get numWaiting(): number {
    return this.#waiting.length;
  }

  get numRunning(): number {
    return this.#running.length;
  }

  get numPreempted(): number {
    return this.#numPreempted;
  }

  /** Puts a sequence at the end of the waiting line. Throws QueueFullError when that is full. */
  add(sequence: Sequence): void {
    if (this.#waiting.length >= this.limits.queueLimit) throw new QueueFullError(this.limits.queueLimit);
    this.#waiting.push(sequence);
  }

  /** Takes a finished or aborted sequence out, wherever it is, and frees its blocks. */
  remove(sequence: Sequence): void {
    for (const line of [this.#waiting, this.#running]) {
      const index = line.indexOf(sequence);
      if (index >= 0) line.splice(index, 1);
    }
    this.#release(sequence);
  }

  /** The next step; no chunks when there is nothing to do. */
  schedule(): ScheduledStep {
    const { maxRows, maxOutputs, maxBatch, maxPrefillRowsBesideDecode } = this.limits;
    const chunks: Chunk[] = [];
    const copies: BlockCopy[] = [];
    let outputsLeft = maxOutputs;
    let rowsLeft = maxRows;
    const take = (sequence: Sequence): void => {
      const chunk = chunkOf(sequence, rowsLeft, outputsLeft);
      if (chunk === null) return;
      chunks.push(chunk);
      rowsLeft -= chunk.count;
      if (sequence.work.kind !== "embed") outputsLeft -= chunk.numOutputs;
    };

    for (const sequence of this.#running.filter((each) => each.numPending === 1)) {
      if (this.#running.includes(sequence) && this.#makeRoom(sequence)) take(sequence);
    }
    if (chunks.length > 0) rowsLeft = Math.min(rowsLeft, maxPrefillRowsBesideDecode);
    for (const sequence of this.#running) if (sequence.numPending > 1) take(sequence);
    while (rowsLeft > 0 && this.#running.length < maxBatch && this.#admitNext(copies)) {
      take(this.#running.at(-1)!);
    }
    return { chunks, copies };
  }

  /** Records that a step's KV is valid. Sequences removed meanwhile are left alone. */
  complete(chunks: readonly Chunk[]): void {
    for (const { sequence, count } of chunks) {
      if (sequence.table === null) continue;
      sequence.numComputed += count;
      this.#blocks.publish(sequence.table, sequence.tokens, sequence.numComputed);
    }
  }

  /** Moves the head of the waiting line to the running sequences if its blocks can be had. */
  #admitNext(copies: BlockCopy[]): boolean {
    const sequence = this.#waiting[0];
    if (sequence === undefined) return false;
    const table = this.#blocks.open(sequence.reusable, sequence.cacheSalt);
    // The last token is computed in any case: its logits are what the sequence is after.
    const numComputed = Math.min(table.blocks.length * KV_BLOCK, sequence.length - 1);
    const copiesLast = numComputed < table.blocks.length * KV_BLOCK;
    // One block for each running sequence stays free, so that a newcomer is not preempted at once.
    const spare = this.#running.length + (copiesLast ? 1 : 0);
    if (!this.#blocks.canExtend(table, sequence.length, spare)) {
      this.#blocks.release(table);
      return false;
    }
    if (copiesLast) {
      const copy = this.#blocks.makeWritable(table, table.blocks.length - 1);
      if (copy !== null) copies.push(copy);
    }
    this.#blocks.extend(table, sequence.length);
    sequence.table = table;
    sequence.numComputed = numComputed;
    sequence.numCached ??= numComputed;
    this.#running.push(this.#waiting.shift()!);
    return true;
  }

  /** Gets the block of a decoding sequence's next token, preempting younger ones, at last the sequence itself. */
  #makeRoom(sequence: Sequence): boolean {
    while (!this.#blocks.extend(sequence.table!, sequence.length)) {
      const youngest = this.#running.pop()!;
      this.#release(youngest);
      this.#waiting.unshift(youngest);
      this.#numPreempted++;
      if (youngest === sequence) return false;
    }
    return true;
  }

  #release(sequence: Sequence): void {
    if (sequence.table !== null) this.#blocks.release(sequence.table);
    sequence.table = null;
    sequence.numComputed = 0;
  }
}

/** As much of a sequence as fits the step; null when nothing does. */
function chunkOf(sequence: Sequence, rowsLeft: number, outputsLeft: number): Chunk | null {
  const wanted = Math.min(sequence.numPending, rowsLeft);
  if (sequence.work.kind === "embed") {
    if (wanted === 0) return null;
    // Hidden states have no logits: `maxOutputs` does not bound them.
    const numOutputs = sequence.needsEveryRow ? wanted : wanted === sequence.numPending ? 1 : 0;
    return { sequence, count: wanted, numOutputs };
  }
  if (sequence.work.kind === "score") {
    const count = Math.min(wanted, outputsLeft);
    return count > 0 ? { sequence, count, numOutputs: count } : null;
  }
  const isLast = wanted === sequence.numPending;
  const count = isLast && outputsLeft === 0 ? wanted - 1 : wanted;
  return count > 0 ? { sequence, count, numOutputs: count === sequence.numPending ? 1 : 0 } : null;
}
