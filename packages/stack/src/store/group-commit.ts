import type { Unit, UnitResult } from "./database.ts";
import { StoreBusyError, StoreConflict } from "./store.ts";

/** How writes are gathered. */
export interface GroupLimits {
  /** The first write of a group waits at most so long for others. */
  windowMs: number;
  /** A group does not grow beyond these; a larger write goes alone. */
  groupUnits: number;
  groupBytes: number;
  /** Writes beyond these are refused until some are done. */
  waitingUnits: number;
  waitingBytes: number;
}

/** The limits of every store. */
export const groupLimits: GroupLimits = {
  windowMs: 5,
  groupUnits: 1000,
  groupBytes: 8 << 20,
  waitingUnits: 20_000,
  waitingBytes: 512 << 20,
};

interface Waiting {
  unit: Unit;
  sizeBytes: number;
  since: number;
  resolve(): void;
  reject(error: Error): void;
}

/** Gathers writes into shared transactions, in the order in which they came; one transaction runs at a time. */
export class GroupCommit {
  readonly #commit: (units: readonly Unit[]) => Promise<readonly UnitResult[]>;
  readonly #limits: GroupLimits;
  #waiting: Waiting[] = [];
  /** Bytes of all that wait or are being committed. */
  #bytes = 0;
  #inFlight = 0;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;

  constructor(
    commit: (units: readonly Unit[]) => Promise<readonly UnitResult[]>,
    limits: GroupLimits = groupLimits,
  ) {
    this.#commit = commit;
    this.#limits = limits;
  }

  add(unit: Unit, sizeBytes: number): Promise<void> {
    const count = this.#waiting.length + this.#inFlight;
    const { waitingUnits, waitingBytes } = this.#limits;
    // A single write larger than the limit may pass when nothing else waits.
    if (count >= waitingUnits || (count > 0 && this.#bytes + sizeBytes > waitingBytes)) {
      return Promise.reject(
        new StoreBusyError(
          `The store is full of waiting writes (${count}, ${this.#bytes} bytes): the disk does not keep up; try again later`,
        ),
      );
    }
    this.#bytes += sizeBytes;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ unit, sizeBytes, since: performance.now(), resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits any more. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#running !== null) {
      if (this.#running === null) this.#start();
      await this.#running;
    }
  }

  #schedule(): void {
    if (this.#running !== null || this.#waiting.length === 0) return;
    if (this.#waiting.length >= this.#limits.groupUnits) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), Math.max(0, this.#remainingMs()));
  }

  /** Until the first write has waited long enough. */
  #remainingMs(): number {
    const first = this.#waiting[0];
    return first === undefined
      ? Number.POSITIVE_INFINITY
      : first.since + this.#limits.windowMs - performance.now();
  }

  #start(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#running !== null || this.#waiting.length === 0) return;
    let count = 0;
    let bytes = 0;
    for (const { sizeBytes } of this.#waiting) {
      if (count > 0 && (count >= this.#limits.groupUnits || bytes + sizeBytes > this.#limits.groupBytes))
        break;
      count++;
      bytes += sizeBytes;
    }
    const group = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    this.#inFlight = count;
    this.#running = this.#run(group).finally(() => {
      this.#running = null;
      this.#inFlight = 0;
      this.#bytes -= bytes;
      if (this.#remainingMs() <= 0) this.#start();
      else this.#schedule();
    });
  }

  async #run(group: readonly Waiting[]): Promise<void> {
    try {
      const results = await this.#commit(group.map(({ unit }) => unit));
      for (const [i, { resolve, reject }] of group.entries()) {
        const result = results[i]!;
        if (result === null) resolve();
        else
          reject(
            result.failure === "conflict" ? new StoreConflict(result.message) : new Error(result.message),
          );
      }
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      for (const { reject } of group) reject(new Error(`Nothing was written: ${cause.message}`, { cause }));
    }
  }
}
