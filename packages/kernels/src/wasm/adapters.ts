import { checkAdapter } from "../adapter.ts";
import type { AdapterHandle, AdapterSpec } from "../kernels.ts";
import type { Arena } from "./arena.ts";
import { ADAPTER_WORDS } from "./plan.ts";

/** An adapter in the shared memory. */
export interface PlacedAdapter {
  /** Targets only; the matrices are in the memory. */
  spec: AdapterSpec;
  /** Address of its table, see `ADAPTER_WORDS`. */
  at: number;
  /** The handle, and each run that reads it; its memory goes with the last. */
  users: number;
}

/** The adapters of a backend, and the numbers of the targets that its programs and adapters name. */
export class Adapters {
  readonly #arena: Arena;
  readonly #placed = new Map<AdapterHandle, PlacedAdapter>();
  readonly #targets = new Map<string, number>();

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  get size(): number {
    return this.#placed.size;
  }

  targetId(target: string): number {
    const id = this.#targets.get(target) ?? this.#targets.size;
    this.#targets.set(target, id);
    return id;
  }

  create(spec: AdapterSpec, handle: AdapterHandle): void {
    checkAdapter(spec);
    const ids = spec.targets.map(({ target }) => this.targetId(target));
    const tableWords = 1 + ADAPTER_WORDS * Math.max(0, ...ids.map((id) => id + 1));
    const numValues = spec.targets.reduce((sum, { a, b }) => sum + a.length + b.length, 0);
    const at = this.#arena.allocate((tableWords + numValues) * 4, `Adapter ${spec.name}`);
    const table = this.#arena.i32(at, tableWords);
    const scales = this.#arena.f32(at, tableWords);
    table[0] = (tableWords - 1) / ADAPTER_WORDS;
    let next = at + tableWords * 4;
    for (const [i, { rank, a, b, scale }] of spec.targets.entries()) {
      const word = 1 + ids[i]! * ADAPTER_WORDS;
      table.set([next, next + a.length * 4, rank], word);
      scales[word + 3] = scale;
      this.#arena.f32(next, a.length).set(a);
      this.#arena.f32(next + a.length * 4, b.length).set(b);
      next += (a.length + b.length) * 4;
    }
    const empty = new Float32Array(0);
    const targets = spec.targets.map((each) => ({ ...each, a: empty, b: empty }));
    this.#placed.set(handle, { spec: { name: spec.name, targets }, at, users: 1 });
  }

  get(handle: AdapterHandle): PlacedAdapter {
    const placed = this.#placed.get(handle);
    if (placed === undefined) throw new RangeError(`There is no adapter ${handle}`);
    return placed;
  }

  free(handle: AdapterHandle): void {
    this.release(this.get(handle));
    this.#placed.delete(handle);
  }

  release(placed: PlacedAdapter): void {
    if (--placed.users === 0) this.#arena.release(placed.at);
  }

  clear(): void {
    for (const handle of [...this.#placed.keys()]) this.free(handle);
  }
}
