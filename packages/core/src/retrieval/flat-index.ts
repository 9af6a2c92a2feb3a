import type { Scored } from "./bm25.ts";

/** Vectors of one length under ids, searched one by one: exact, and quick enough for some hundred thousand. */
export class FlatIndex {
  readonly dimension: number;
  readonly #ids: string[] = [];
  readonly #rows = new Map<string, number>();
  #values: Float32Array;

  constructor(dimension: number) {
    if (!Number.isSafeInteger(dimension) || dimension < 1) {
      throw new RangeError(`The dimension is ${dimension}; it must be a whole number of at least 1`);
    }
    this.dimension = dimension;
    this.#values = new Float32Array(16 * dimension);
  }

  get size(): number {
    return this.#ids.length;
  }

  /** Takes a vector up, scaled to length 1, in place of an earlier one of the id. */
  add(id: string, vector: ArrayLike<number>): void {
    const unit = normalized(vector, this.dimension);
    let row = this.#rows.get(id);
    if (row === undefined) {
      row = this.#ids.push(id) - 1;
      this.#rows.set(id, row);
      if ((row + 1) * this.dimension > this.#values.length) {
        const grown = new Float32Array(this.#values.length * 2);
        grown.set(this.#values);
        this.#values = grown;
      }
    }
    this.#values.set(unit, row * this.dimension);
  }

  /** The last vector takes the place of the one that goes. */
  remove(id: string): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#rows.delete(id);
    const lastId = this.#ids.pop()!;
    if (lastId === id) return;
    const { dimension } = this;
    const last = this.#ids.length;
    this.#values.copyWithin(row * dimension, last * dimension, (last + 1) * dimension);
    this.#ids[row] = lastId;
    this.#rows.set(lastId, row);
  }

  /** The nearest vectors by the cosine of the angle, the nearest first; equals by id. */
  search(query: ArrayLike<number>, limit: number, accepts: (id: string) => boolean = () => true): Scored[] {
    const unit = normalized(query, this.dimension);
    const heap: Scored[] = [];
    for (const [row, id] of this.#ids.entries()) {
      if (!accepts(id)) continue;
      const entry = { id, score: this.#dot(unit, row * this.dimension) };
      if (heap.length < limit) {
        heap.push(entry);
        siftUp(heap);
      } else if (limit > 0 && isWorse(heap[0]!, entry)) {
        heap[0] = entry;
        siftDown(heap);
      }
    }
    return heap.sort((a, b) => (isWorse(a, b) ? 1 : -1));
  }

  #dot(unit: Float32Array, offset: number): number {
    const values = this.#values;
    let sum = 0;
    for (let i = 0; i < unit.length; i++) sum += unit[i]! * values[offset + i]!;
    return sum;
  }
}

function normalized(vector: ArrayLike<number>, dimension: number): Float32Array {
  if (vector.length !== dimension) {
    throw new RangeError(`The vector has ${vector.length} dimensions; the index has ${dimension}`);
  }
  const unit = Float32Array.from(vector);
  let squares = 0;
  for (const value of unit) squares += value * value;
  if (!Number.isFinite(squares)) throw new RangeError("The vector holds a number that is not finite");
  const length = Math.sqrt(squares);
  return length === 0 ? unit : unit.map((value) => value / length);
}

const isWorse = (a: Scored, b: Scored): boolean => a.score < b.score || (a.score === b.score && a.id > b.id);

/** A heap whose root is the worst that is kept. */
function siftUp(heap: Scored[]): void {
  for (let at = heap.length - 1; at > 0; ) {
    const parent = (at - 1) >> 1;
    if (!isWorse(heap[at]!, heap[parent]!)) return;
    [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
    at = parent;
  }
}

function siftDown(heap: Scored[]): void {
  for (let at = 0; ; ) {
    let worst = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      if (child < heap.length && isWorse(heap[child]!, heap[worst]!)) worst = child;
    }
    if (worst === at) return;
    [heap[at], heap[worst]] = [heap[worst]!, heap[at]!];
    at = worst;
  }
}
