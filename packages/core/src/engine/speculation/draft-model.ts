import type {
  Backend,
  Executable,
  KvHandle,
  KvSpec,
  Mode,
  Program,
  StepSequence,
  WeightHandle,
} from "@llamero/kernels";
import { BlockManager, type BlockTable } from "../block-manager.ts";
import type { Sequence } from "../sequence.ts";

/** A smaller model with the same vocabulary; weights stay the caller's. */
export interface DraftModel {
  program: Program;
  weights: readonly WeightHandle[];
  kv: KvSpec;
  /** Tokens that it can see. */
  contextLimit: number;
}

/** A sequence that wants guesses. */
export interface DraftRequest {
  sequence: Sequence;
  length: number;
}

interface State {
  table: BlockTable;
  /** Leading tokens of the sequence whose KV is valid. */
  numComputed: number;
  /** Guesses behind them whose KV is there. */
  guessed: number[];
}

/** Rows that catch up in one call while others wait for their next token. */
const catchUpBesideOthers = 64;

/**
 * Guesses with a second model, whose KV follows the sequences: what was guessed wrong is computed again, what was guessed
 * right is kept. Draws with the parameters and the random numbers of the sequence itself, so that it agrees often.
 */
export class ModelDrafter {
  readonly #backend: Backend;
  readonly #kv: KvHandle;
  readonly #blocks: BlockManager;
  readonly #executable: Executable;
  readonly #maxRows: number;
  readonly #contextLimit: number;
  readonly #states = new Map<Sequence, State>();
  #msPerGuess: number | null = null;

  constructor(
    backend: Backend,
    model: DraftModel,
    options: { mode: Mode; limits: { maxRows: number; maxOutputs: number } },
  ) {
    const { program, weights, kv, contextLimit } = model;
    const { mode, limits } = options;
    this.#backend = backend;
    this.#kv = backend.createKv(kv);
    this.#blocks = new BlockManager(kv.blocks, "draft");
    const { maxRows, maxOutputs } = limits;
    this.#executable = backend.compile(program, { weights, kv: this.#kv, maxRows, maxOutputs, mode });
    this.#maxRows = maxRows;
    this.#contextLimit = contextLimit;
  }

  get scratchBytes(): number {
    return this.#executable.scratchBytes;
  }

  /** Milliseconds of one more guess for all sequences; 0 before it is known. */
  get msPerGuess(): number {
    return this.#msPerGuess ?? 0;
  }

  get numBlocksUsed(): number {
    return this.#blocks.numUsed;
  }

  /** Guesses for each sequence; fewer, or none, for those whose KV is not there yet or has no place. */
  async draft(requests: readonly DraftRequest[], isAlone: boolean): Promise<number[][]> {
    const guesses: number[][] = requests.map(() => []);
    let rowsLeft = isAlone ? this.#maxRows : Math.min(this.#maxRows, catchUpBesideOthers + requests.length);
    const ready: { index: number; state: State; rows: Int32Array }[] = [];
    const late: { state: State; rows: Int32Array }[] = [];
    for (const [index, { sequence, length }] of requests.entries()) {
      const state = this.#follow(sequence, length);
      if (state === null) continue;
      const rows = sequence.tokens.subarray(state.numComputed).slice(0, rowsLeft);
      rowsLeft -= rows.length;
      if (rows.length === 0) continue;
      if (state.numComputed + rows.length === sequence.length) ready.push({ index, state, rows });
      else late.push({ state, rows });
    }
    if (ready.length + late.length === 0) return guesses;
    await this.#step([...ready, ...late], ready.length);
    for (const { state, rows } of [...ready, ...late]) state.numComputed += rows.length;
    let open = ready;
    for (let round = 0; open.length > 0; round++) {
      const started = performance.now();
      const draws = open.map(({ index }, row) => {
        const { sequence } = requests[index]!;
        if (sequence.work.kind !== "sample") throw new TypeError("Only sequences that sample can be guessed");
        const guessed = guesses[index]!;
        return { row, params: sequence.work.sampler.at(sequence.length + round, guessed) };
      });
      for (const [i, { token }] of this.#executable.sample("logits", draws).entries()) {
        guesses[open[i]!.index]!.push(token);
      }
      open = open.filter(({ index }) => guesses[index]!.length < requests[index]!.length);
      if (open.length === 0) break;
      const next = open.map(({ index, state }) => ({ state, rows: Int32Array.of(guesses[index]!.at(-1)!) }));
      await this.#step(next, next.length);
      for (const { state, rows } of next) state.guessed.push(rows[0]!);
      const ms = performance.now() - started;
      this.#msPerGuess = this.#msPerGuess === null ? ms : this.#msPerGuess + 0.2 * (ms - this.#msPerGuess);
    }
    return guesses;
  }

  release(sequence: Sequence): void {
    const state = this.#states.get(sequence);
    if (state === undefined) return;
    this.#blocks.release(state.table);
    this.#states.delete(sequence);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#executable[Symbol.asyncDispose]();
    this.#backend.freeKv(this.#kv);
  }

  /** Takes note of what has become of the last guesses and makes room for the next; null when there is none. */
  #follow(sequence: Sequence, length: number): State | null {
    if (sequence.length + length > this.#contextLimit) {
      this.release(sequence);
      return null;
    }
    let state = this.#states.get(sequence);
    if (state === undefined) {
      state = { table: this.#blocks.open(new Int32Array(0)), numComputed: 0, guessed: [] };
      this.#states.set(sequence, state);
    }
    const { tokens } = sequence;
    for (const token of state.guessed) {
      if (state.numComputed >= sequence.length - 1 || tokens[state.numComputed] !== token) break;
      state.numComputed++;
    }
    state.guessed = [];
    if (this.#blocks.extend(state.table, sequence.length + length)) return state;
    this.release(sequence);
    return null;
  }

  /** Computes rows; the last row of each of the first `numOutputs` entries gives logits, in order. */
  async #step(parts: readonly { state: State; rows: Int32Array }[], numOutputs: number): Promise<void> {
    const tokens = new Int32Array(parts.reduce((sum, { rows }) => sum + rows.length, 0));
    const sequences: StepSequence[] = [];
    const outputRows: number[] = [];
    let rowStart = 0;
    for (const [i, { state, rows }] of parts.entries()) {
      tokens.set(rows, rowStart);
      const position = state.numComputed + state.guessed.length;
      const blocks = Int32Array.from(state.table.blocks);
      sequences.push({ rowStart, rowCount: rows.length, position, blocks });
      rowStart += rows.length;
      if (i < numOutputs) outputRows.push(rowStart - 1);
    }
    await this.#executable.run({ tokens, sequences, outputRows: Int32Array.from(outputRows) });
  }
}
