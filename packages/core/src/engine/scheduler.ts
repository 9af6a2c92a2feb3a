import { KV_BLOCK } from "@llamero/kernels";
import type { BlockCopy, BlockManager, BlockTable } from "./block-manager.ts";
import { QueueFullError } from "./errors.ts";
import type { Sequence } from "./sequence.ts";
import type { StepCosts } from "./step-costs.ts";
import { agedLevel, levels, WaitingLine } from "./waiting-line.ts";

/** Bounds of a step and of the waiting line. */
export interface ScheduleLimits {
  /** Sequences that run at once. */
  maxBatch: number;
  /** Rows of one step. */
  maxRows: number;
  /** Rows of one step whose logits are computed; at least `maxBatch`. */
  maxOutputs: number;
  /** Prompt rows of a step that also decodes, at most. */
  maxPrefillRowsBesideDecode: number;
  /** How many times as long as a step without prompt rows one with them may take; default 1.5. */
  maxStepRatio?: number;
  /** Requests that may wait. */
  queueLimit: number;
}

/** Consecutive tokens of one sequence that a step computes, from `sequence.numComputed` on. */
export interface Chunk {
  sequence: Sequence;
  /** Tokens of the sequence, and the guesses behind them. */
  count: number;
  /** Rows at the end of the chunk whose logits, or hidden states, are wanted. */
  numOutputs: number;
  /** Guesses at what follows the sequence. */
  draft: readonly number[];
}

export interface ScheduledStep {
  chunks: readonly Chunk[];
  /** KV blocks to be copied before the step. */
  copies: readonly BlockCopy[];
  /** Rows of sequences that decode, guesses included; the others are prompt rows. */
  numDecodeRows: number;
}

/** Below 2: the slowest steps of a machine take 1.7 times the median, and both together must stay below 3. */
const defaultStepRatio = 1.5;

/** Prompt rows of a step that also decodes, at least: prompts go on whatever they cost. */
const minPrefillRows = 4;

/** A newcomer waits when so many of its tokens are being computed for another, to take them from the cache. */
const worthWaitingFor = 4 * KV_BLOCK;

/**
 * Continuous batching: every step decodes all running sequences and fills the rest of its rows with prompt chunks, as
 * many as measured costs allow. Prompts share these rows: half go to whoever had nothing for the longest, half to the
 * shortest. When blocks run out the youngest sequence of the lowest rank gives its own back and is computed again later.
 */
export class Scheduler {
  readonly limits: ScheduleLimits;
  readonly #blocks: BlockManager;
  readonly #costs: StepCosts | null;
  readonly #waiting = new WaitingLine();
  /** By rank, then in order of arrival. */
  readonly #running: Sequence[] = [];
  #numPreempted = 0;
  #numArrived = 0;
  /** Steps scheduled. */
  #now = 0;

  /** Without `costs` the number of prompt rows beside decoding ones is fixed. */
  constructor(blocks: BlockManager, limits: ScheduleLimits, costs: StepCosts | null = null) {
    this.#blocks = blocks;
    this.limits = limits;
    this.#costs = costs;
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

  /** Running sequences that the next step decodes. */
  get decoding(): Sequence[] {
    return this.#running.filter(({ numPending }) => numPending === 1);
  }

  /** Guesses that the next step has rows for, per decoding sequence. */
  get draftRowsEach(): number {
    const { maxRows, maxOutputs } = this.limits;
    const numRunning = this.#running.length;
    return Math.floor((Math.min(maxRows, maxOutputs) - numRunning) / Math.max(1, this.decoding.length));
  }

  /** Puts a sequence into the waiting line. Throws QueueFullError, which tells `retryAfterMs`, when that is full. */
  add(sequence: Sequence, retryAfterMs: number = 1000): void {
    const { queueLimit } = this.limits;
    if (this.#waiting.length >= queueLimit) {
      throw new QueueFullError(queueLimit, { numRunning: this.numRunning, retryAfterMs });
    }
    sequence.place = { arrival: this.#numArrived++, since: this.#now, rank: 0, isPreempted: false };
    this.#waiting.add(sequence);
  }

  /** Takes a finished or aborted sequence out, wherever it is, and frees its blocks. */
  remove(sequence: Sequence): void {
    if (!this.#waiting.remove(sequence)) {
      const index = this.#running.indexOf(sequence);
      if (index >= 0) this.#running.splice(index, 1);
    }
    this.#release(sequence);
  }

  /** The next step; no chunks when there is nothing to do. */
  schedule(): ScheduledStep {
    const { maxRows, maxOutputs } = this.limits;
    this.#now++;
    this.#makeWay();
    const chunks: Chunk[] = [];
    const copies: BlockCopy[] = [];
    let outputsLeft = maxOutputs;
    let rowsLeft = maxRows;
    const take = (chunk: Chunk | null): void => {
      if (chunk === null) return;
      chunks.push(chunk);
      rowsLeft -= chunk.count;
      if (chunk.sequence.work.kind !== "embed") outputsLeft -= chunk.numOutputs;
    };

    for (const sequence of this.decoding) {
      if (this.#running.includes(sequence) && this.#makeRoom(sequence)) {
        // A row of its own for each that is still to come.
        const spare = Math.min(rowsLeft, outputsLeft) - (this.decoding.length - chunks.length);
        const draft = this.#draftOf(sequence, Math.max(0, spare));
        sequence.guesser?.tried(draft.length);
        take(withDraft(chunkOf(sequence, rowsLeft, outputsLeft), draft));
      }
      sequence.draft = [];
    }
    const numDecodeRows = maxRows - rowsLeft;
    const decoded = new Set(chunks.map(({ sequence }) => sequence));
    if (numDecodeRows > 0) rowsLeft = Math.min(rowsLeft, this.#promptRowsBeside(numDecodeRows));
    this.#admit(copies);
    const prompts = this.#running.filter((each) => !decoded.has(each));
    for (const [sequence, rows] of shareRows(prompts, rowsLeft, this.#now)) {
      const chunk = chunkOf(sequence, rows, outputsLeft);
      if (chunk !== null) sequence.place.since = this.#now;
      take(chunk);
    }
    return { chunks, copies, numDecodeRows };
  }

  /** Records that a step's KV is valid, that of guesses left out. Sequences removed meanwhile are left alone. */
  complete(chunks: readonly Chunk[]): void {
    for (const { sequence, count, draft } of chunks) {
      this.#waiting.charge(sequence, count);
      if (sequence.table === null) continue;
      this.#advance(sequence, count - draft.length);
    }
  }

  /** Records that so many guesses were right, once the sequence has grown by them: their KV is valid too. */
  acceptDraft(sequence: Sequence, numRight: number): void {
    const count = Math.min(Math.max(0, numRight), sequence.numPending);
    if (sequence.table === null || count === 0) return;
    this.#advance(sequence, count);
  }

  #advance(sequence: Sequence, count: number): void {
    sequence.numComputed += count;
    this.#blocks.publish(sequence.table!, sequence.tokens, sequence.numComputed);
  }

  #promptRowsBeside(numDecodeRows: number): number {
    const { maxPrefillRowsBesideDecode: max, maxStepRatio: ratio = defaultStepRatio } = this.limits;
    if (this.#costs === null) return max;
    return this.#costs.promptRowsBeside(numDecodeRows, { min: Math.min(minPrefillRows, max), max, ratio });
  }

  /** Preempts sequences of a lower rank than the next in line if it could not be let in otherwise. */
  #makeWay(): void {
    for (;;) {
      const next = this.#waiting.inOrder(this.#now)[0];
      const last = this.#running.at(-1);
      if (next === undefined || last === undefined || last.place.rank <= levels[next.priority]) return;
      if (this.#running.length < this.limits.maxBatch && this.#fits(next)) return;
      this.#preempt(last);
    }
  }

  /** Lets in whoever's blocks can be had, in order; never past one that does not fit. */
  #admit(copies: BlockCopy[]): void {
    for (const sequence of this.#waiting.inOrder(this.#now)) {
      if (this.#running.length >= this.limits.maxBatch) return;
      const table = this.#blocks.open(sequence.reusable, sequence.cacheSalt);
      if (this.#isBeingComputed(sequence, table.blocks.length * KV_BLOCK)) {
        this.#blocks.release(table);
        continue;
      }
      if (!this.#start(sequence, table, copies)) {
        this.#blocks.release(table);
        return;
      }
    }
  }

  #fits(sequence: Sequence): boolean {
    const table = this.#blocks.open(sequence.reusable, sequence.cacheSalt);
    const fits = this.#blocks.canExtend(table, sequence.length, this.#spareFor(sequence, table));
    this.#blocks.release(table);
    return fits;
  }

  /** One block for each running sequence stays free, so that a newcomer is not preempted at once. */
  #spareFor(sequence: Sequence, { blocks }: BlockTable): number {
    const copiesLast = blocks.length * KV_BLOCK > sequence.length - 1;
    return this.#running.length + (copiesLast ? 1 : 0);
  }

  /** Whether a running prompt is about to make many more tokens of this one's beginning than the cache has. */
  #isBeingComputed(sequence: Sequence, numCached: number): boolean {
    const { reusable } = sequence;
    return this.#running.some((other) => {
      if (other.numPending <= worthWaitingFor || other.cacheSalt !== sequence.cacheSalt) return false;
      const end = Math.min(other.length, reusable.length);
      if (end < numCached + worthWaitingFor) return false;
      const { tokens } = other;
      let same = 0;
      while (same < end && tokens[same] === reusable[same]) same++;
      return same - Math.max(numCached, other.numComputed) >= worthWaitingFor;
    });
  }

  /** Moves a sequence from the waiting line to the running ones if its blocks can be had. */
  #start(sequence: Sequence, table: BlockTable, copies: BlockCopy[]): boolean {
    if (!this.#blocks.canExtend(table, sequence.length, this.#spareFor(sequence, table))) return false;
    // The last token is computed in any case: its logits are what the sequence is after.
    const numComputed = Math.min(table.blocks.length * KV_BLOCK, sequence.length - 1);
    if (numComputed < table.blocks.length * KV_BLOCK) {
      const copy = this.#blocks.makeWritable(table, table.blocks.length - 1);
      if (copy !== null) copies.push(copy);
    }
    this.#blocks.extend(table, sequence.length);
    sequence.table = table;
    sequence.numComputed = numComputed;
    sequence.numCached ??= numComputed;
    const { place, priority } = sequence;
    place.rank = agedLevel(levels[priority], place.since, this.#now);
    place.since = this.#now;
    this.#waiting.remove(sequence);
    this.#waiting.admitted(sequence);
    const behind = this.#running.findIndex((each) => compareTurns(sequence, each) < 0);
    this.#running.splice(behind < 0 ? this.#running.length : behind, 0, sequence);
    return true;
  }

  /** Gets the block of a decoding sequence's next token, preempting those behind it, at last the sequence itself. */
  #makeRoom(sequence: Sequence): boolean {
    while (!this.#blocks.extend(sequence.table!, sequence.length)) {
      const last = this.#running.at(-1)!;
      this.#preempt(last);
      if (last === sequence) return false;
    }
    return true;
  }

  /** As many guesses as there are rows and blocks for; they are not worth preempting anyone. */
  #draftOf({ draft, table, length }: Sequence, maxRows: number): readonly number[] {
    if (draft.length === 0 || maxRows === 0) return [];
    const wanted = Math.min(draft.length, maxRows);
    if (this.#blocks.canExtend(table!, length + wanted, this.#running.length)) {
      this.#blocks.extend(table!, length + wanted);
    }
    return draft.slice(0, Math.min(wanted, table!.blocks.length * KV_BLOCK - length));
  }

  #preempt(sequence: Sequence): void {
    this.#running.splice(this.#running.indexOf(sequence), 1);
    this.#release(sequence);
    sequence.place.isPreempted = true;
    sequence.place.since = this.#now;
    this.#waiting.add(sequence);
    this.#numPreempted++;
  }

  #release(sequence: Sequence): void {
    if (sequence.table !== null) this.#blocks.release(sequence.table);
    sequence.table = null;
    sequence.numComputed = 0;
    sequence.draft = [];
  }
}

function compareTurns(a: Sequence, b: Sequence): number {
  return a.place.rank - b.place.rank || a.place.arrival - b.place.arrival;
}

/**
 * How many rows each prompt gets. Of one level, whoever had none for the longest gets half of them at least, and the
 * shortest are finished with the rest; lower levels get what these leave.
 */
function shareRows(prompts: readonly Sequence[], numRows: number, now: number): Map<Sequence, number> {
  const shares = new Map<Sequence, number>();
  let rowsLeft = numRows;
  const give = (sequence: Sequence, rows: number): void => {
    const share = shares.get(sequence) ?? 0;
    const more = Math.min(rows, rowsLeft, sequence.numPending - share);
    if (more <= 0) return;
    shares.set(sequence, share + more);
    rowsLeft -= more;
  };
  const levelOf = ({ place }: Sequence): number => agedLevel(place.rank, place.since, now);
  for (const level of [...new Set(prompts.map(levelOf))].sort((a, b) => a - b)) {
    const group = prompts.filter((each) => levelOf(each) === level);
    const [first] = group.toSorted((a, b) => a.place.since - b.place.since || compareTurns(a, b));
    give(first!, Math.ceil(rowsLeft / 2));
    for (const each of group.toSorted((a, b) => a.numPending - b.numPending || compareTurns(a, b))) {
      give(each, rowsLeft);
    }
  }
  return shares;
}

function withDraft(chunk: Chunk | null, draft: readonly number[]): Chunk | null {
  if (chunk === null || chunk.numOutputs === 0) return chunk;
  return { ...chunk, count: chunk.count + draft.length, numOutputs: 1 + draft.length, draft };
}

/** As much of a sequence as fits the step; null when nothing does. */
function chunkOf(sequence: Sequence, rowsLeft: number, outputsLeft: number): Chunk | null {
  const wanted = Math.min(sequence.numPending, rowsLeft);
  if (sequence.work.kind === "embed") {
    if (wanted === 0) return null;
    // Hidden states have no logits: `maxOutputs` does not bound them.
    const numOutputs = sequence.needsEveryRow ? wanted : wanted === sequence.numPending ? 1 : 0;
    return { sequence, count: wanted, numOutputs, draft: [] };
  }
  if (sequence.work.kind === "score") {
    const numUnscored = Math.max(0, Math.min(wanted, sequence.work.from - sequence.numComputed));
    const numOutputs = Math.min(wanted - numUnscored, outputsLeft);
    const count = numUnscored + numOutputs;
    return count > 0 ? { sequence, count, numOutputs, draft: [] } : null;
  }
  const isLast = wanted === sequence.numPending;
  const count = isLast && outputsLeft === 0 ? wanted - 1 : wanted;
  return count > 0 ? { sequence, count, numOutputs: count === sequence.numPending ? 1 : 0, draft: [] } : null;
}
