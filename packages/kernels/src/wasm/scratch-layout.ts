/** A stretch of the scratch arena, as an offset that becomes an address when the arena is placed. */
export interface Slot {
  at: number;
  bytes: number;
}

const ALIGN = 64;

/** Places buffers in an arena by liveness: a buffer may take the bytes of those that are no longer read. */
export class ScratchLayout {
  #live: { slot: Slot; lastUse: number }[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Places a buffer that step `now` writes and step `lastUse` is the last to read. */
  place(bytes: number, now: number, lastUse: number): Slot {
    this.#live = this.#live.filter((entry) => entry.lastUse >= now);
    this.#live.sort((a, b) => a.slot.at - b.slot.at);
    const size = Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN);
    let at = 0;
    for (const { slot } of this.#live) {
      if (slot.at - at >= size) break;
      at = slot.at + slot.bytes;
    }
    const slot = { at, bytes: size };
    this.#live.push({ slot, lastUse });
    this.#bytes = Math.max(this.#bytes, at + size);
    return slot;
  }
}

const overlaps = (a: Slot, b: Slot): boolean => a.at < b.at + b.bytes && b.at < a.at + a.bytes;

/** Tells before which instructions all threads must wait, so that none sees a buffer half written or overwritten. */
export class Hazards {
  #reads: Slot[] = [];
  #writes: Slot[] = [];

  /** Whether an instruction needs a barrier before it. */
  needsBarrier(reads: readonly Slot[], writes: readonly Slot[]): boolean {
    const clash =
      reads.some((slot) => this.#writes.some((other) => overlaps(slot, other))) ||
      writes.some((slot) => [...this.#reads, ...this.#writes].some((other) => overlaps(slot, other)));
    if (clash) {
      this.#reads = [];
      this.#writes = [];
    }
    this.#reads.push(...reads);
    this.#writes.push(...writes);
    return clash;
  }
}
