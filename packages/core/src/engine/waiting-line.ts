import type { Priority } from "./request.ts";
import type { Sequence } from "./sequence.ts";

/** 0 goes first. */
export const levels: { readonly [P in Priority]: number } = { high: 0, normal: 1, low: 2 };

/** Steps without anything after which a sequence counts as one level higher. */
export const agingSteps = 256;

/** The level of a sequence that started at `level` and got nothing since a step. */
export function agedLevel(level: number, since: number, now: number): number {
  return Math.max(0, level - Math.floor((now - since) / agingSteps));
}

/**
 * Sequences that wait for blocks or a place, in the order in which they are let in: by level, those that were running
 * before others, then by how little their client has had, then by arrival. Whoever waits rises level by level, so that
 * nobody waits for ever.
 */
export class WaitingLine {
  readonly #sequences: Sequence[] = [];
  /** Rows computed for each client, as if it had always been here. */
  readonly #usage = new Map<string, number>();
  /** Usage of whoever was let in last: newcomers start here, not at 0. */
  #floor = 0;

  get length(): number {
    return this.#sequences.length;
  }

  add(sequence: Sequence): void {
    const { client } = sequence;
    this.#usage.set(client, Math.max(this.#usage.get(client) ?? 0, this.#floor));
    this.#sequences.push(sequence);
  }

  /** True when it was there. */
  remove(sequence: Sequence): boolean {
    const index = this.#sequences.indexOf(sequence);
    if (index >= 0) this.#sequences.splice(index, 1);
    return index >= 0;
  }

  /** In the order of their turns. */
  inOrder(now: number): Sequence[] {
    const levelOf = ({ priority, place }: Sequence): number => agedLevel(levels[priority], place.since, now);
    return this.#sequences.toSorted(
      (a, b) =>
        levelOf(a) - levelOf(b) ||
        Number(b.place.isPreempted) - Number(a.place.isPreempted) ||
        this.#usageOf(a) - this.#usageOf(b) ||
        a.place.arrival - b.place.arrival,
    );
  }

  /** Rows that have been computed for a client. */
  charge({ client }: Sequence, numRows: number): void {
    const usage = (this.#usage.get(client) ?? this.#floor) + numRows;
    this.#usage.set(client, usage);
  }

  /** Someone's turn has come: nobody's account lies below from now on, and those that do are forgotten. */
  admitted(sequence: Sequence): void {
    this.#floor = Math.max(this.#floor, this.#usageOf(sequence));
    const waiting = new Set(this.#sequences.map(({ client }) => client));
    for (const [client, usage] of this.#usage) {
      if (usage <= this.#floor && !waiting.has(client)) this.#usage.delete(client);
    }
  }

  #usageOf({ client }: Sequence): number {
    return this.#usage.get(client) ?? this.#floor;
  }
}
