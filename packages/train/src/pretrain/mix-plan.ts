import { combineSeeds, type Piece, type PieceTable, shuffledIndices } from "./pieces.ts";
import type { MixShares } from "./recipe.ts";

/** A stretch of the run with one mix and one length. */
export interface MixPhase {
  /** First step of it; the first phase starts at 0. */
  from: number;
  /** Pieces by source, cut to the length of the phase. */
  tables: ReadonlyMap<string, PieceTable>;
  shares: MixShares;
  /** Pieces of another phase with the same tables go on where that one stopped. */
  stage: number;
}

/** A piece with the source that it is from and the pass over that source. */
export interface PlannedPiece extends Piece {
  source: string;
  epoch: number;
}

interface Cursor {
  /** Pieces taken so far by source, in this stage. */
  taken: number[];
  /** Tokens by source in this phase. */
  tokens: number[];
  /** Tokens of the phase so far, and what its steps should have had: the difference carries over. */
  total: number;
  due: number;
}

/**
 * Which pieces each step learns from. A step takes pieces until it has its tokens, always of the source that is furthest
 * below its share, so that shares are exact within one piece over every phase. Depends on the seed and the number of
 * the step alone.
 */
export class MixPlan {
  readonly #phases: readonly MixPhase[];
  readonly #tokensOf: (step: number) => number;
  readonly #seed: number;
  readonly #names: readonly string[];
  /** State before each step that was planned so far. */
  readonly #before: Cursor[] = [];
  readonly #orders = new Map<string, Uint32Array>();

  /** `tokensOf` is the size of a step's batch. */
  constructor(phases: readonly MixPhase[], tokensOf: (step: number) => number, seed: number) {
    this.#phases = phases;
    this.#tokensOf = tokensOf;
    this.#seed = seed;
    this.#names = [...new Set(phases.flatMap(({ tables }) => [...tables.keys()]))];
    this.#before.push(this.#fresh(null));
  }

  /** The pieces of a step, in order. Planning a later step than before plans those in between. */
  piecesOf(step: number): PlannedPiece[] {
    while (this.#before.length <= step) this.#plan(this.#before.length - 1);
    return this.#plan(step);
  }

  /** Tokens by source over steps [0, steps), and how often each source was gone through. */
  totals(steps: number): Map<string, { tokens: number; epochs: number }> {
    const totals = new Map(this.#names.map((name) => [name, { tokens: 0, epochs: 0 }]));
    for (let step = 0; step < steps; step++) {
      const { tables } = this.#phaseOf(step);
      for (const { source, rows } of this.piecesOf(step)) {
        const total = totals.get(source)!;
        total.tokens += rows;
        total.epochs += rows / tables.get(source)!.totalRows;
      }
    }
    return totals;
  }

  #phaseOf(step: number): MixPhase {
    return this.#phases.findLast(({ from }) => from <= step)!;
  }

  #fresh(taken: readonly number[] | null): Cursor {
    const zeros = this.#names.map(() => 0);
    return { taken: taken === null ? zeros : [...taken], tokens: [...zeros], total: 0, due: 0 };
  }

  /** Plans one step from the state before it, and notes the state after. */
  #plan(step: number): PlannedPiece[] {
    const phase = this.#phaseOf(step);
    let cursor = structuredClone(this.#before[step]!);
    if (phase.from === step && step > 0) {
      const isSameStage = this.#phaseOf(step - 1).stage === phase.stage;
      cursor = this.#fresh(isSameStage ? cursor.taken : null);
    }
    const shares = this.#names.map((name) => (phase.tables.has(name) ? (phase.shares[name] ?? 0) : 0));
    const sum = shares.reduce((all, share) => all + share, 0);
    cursor.due += this.#tokensOf(step);
    const pieces: PlannedPiece[] = [];
    for (;;) {
      let source = 0;
      let most = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < shares.length; i++) {
        const missing =
          shares[i] === 0
            ? Number.NEGATIVE_INFINITY
            : ((shares[i]! / sum) * cursor.total - cursor.tokens[i]!) / shares[i]!;
        if (missing > most) {
          source = i;
          most = missing;
        }
      }
      const piece = this.#pieceAt(phase, this.#names[source]!, cursor.taken[source]!);
      if (pieces.length > 0 && cursor.total + piece.rows > cursor.due) break;
      pieces.push(piece);
      cursor.taken[source]!++;
      cursor.tokens[source]! += piece.rows;
      cursor.total += piece.rows;
    }
    this.#before[step + 1] ??= cursor;
    return pieces;
  }

  #pieceAt({ tables, stage }: MixPhase, source: string, taken: number): PlannedPiece {
    const { starts, rows } = tables.get(source)!;
    const epoch = Math.floor(taken / starts.length);
    const index = this.#orderOf(stage, source, epoch, starts.length)[taken % starts.length]!;
    return { source, epoch, start: starts[index]!, rows: rows[index]! };
  }

  #orderOf(stage: number, source: string, epoch: number, count: number): Uint32Array {
    const key = `${stage}/${source}`;
    const name = `${key}/${epoch}`;
    let order = this.#orders.get(name);
    if (order === undefined) {
      for (const old of this.#orders.keys())
        if (old.startsWith(`${key}/`) && old !== `${key}/${epoch - 1}`) this.#orders.delete(old);
      const seed = combineSeeds(this.#seed, stage, epoch, ...Buffer.from(source));
      order = shuffledIndices(count, seed);
      this.#orders.set(name, order);
    }
    return order;
  }
}
