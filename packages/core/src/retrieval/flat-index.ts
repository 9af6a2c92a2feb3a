import type { Scored } from "./bm25.ts";
import { Int8Rows } from "./int8-dot.ts";

/** Vectors that are few are compared in f32 at once. */
const minQuantized = 2048;

/**
 * Vectors of one length under ids, searched one by one: in i8 first, then what may be among the nearest in f32. The bound of
 * the error of i8 decides what may be, so the answer is that of f32.
 */
export class FlatIndex {
  readonly dimension: number;
  readonly #ids: string[] = [];
  readonly #rows = new Map<string, number>();
  #values: Float32Array;
  readonly #quantized: Int8Rows;
  /** Of each row: the value of one step of i8. */
  #steps: Float32Array = new Float32Array(16);
  /** Of each row: the length of what rounding took away. */
  #errors: Float32Array = new Float32Array(16);

  constructor(dimension: number) {
    if (!Number.isSafeInteger(dimension) || dimension < 1) {
      throw new RangeError(`The dimension is ${dimension}; it must be a whole number of at least 1`);
    }
    this.dimension = dimension;
    this.#values = new Float32Array(16 * dimension);
    this.#quantized = new Int8Rows(dimension);
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
        this.#values = doubled(this.#values);
        this.#steps = doubled(this.#steps);
        this.#errors = doubled(this.#errors);
      }
    }
    this.#values.set(unit, row * this.dimension);
    const { values, step, error } = quantize(unit);
    this.#quantized.reserve(row + 1);
    this.#quantized.set(row, values);
    this.#steps[row] = step;
    this.#errors[row] = error;
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
    this.#quantized.move(last, row);
    this.#steps[row] = this.#steps[last]!;
    this.#errors[row] = this.#errors[last]!;
    this.#ids[row] = lastId;
    this.#rows.set(lastId, row);
  }

  /** The nearest vectors by the cosine of the angle, the nearest first; equals by id. */
  search(query: ArrayLike<number>, limit: number, accepts: (id: string) => boolean = () => true): Scored[] {
    const unit = normalized(query, this.dimension);
    if (limit <= 0) return [];
    const heap: Scored[] = [];
    for (const row of this.#candidates(unit, limit, accepts)) {
      const id = this.#ids[row]!;
      const entry = { id, score: this.#dot(unit, row * this.dimension) };
      if (heap.length < limit) {
        heap.push(entry);
        siftUp(heap);
      } else if (isWorse(heap[0]!, entry)) {
        heap[0] = entry;
        siftDown(heap);
      }
    }
    return heap.sort((a, b) => (isWorse(a, b) ? 1 : -1));
  }

  /**
   * Rows that may be among the nearest. With q the query and v a row, rounded to q' and v': |qv - q'v'| is at most
   * |q - q'| |v'| + |v - v'|, for q has the length 1, and |v'| is at most 1 + |v - v'|.
   */
  #candidates(unit: Float32Array, limit: number, accepts: (id: string) => boolean): number[] {
    const ids = this.#ids;
    const rows: number[] = [];
    if (ids.length < minQuantized) {
      for (const [row, id] of ids.entries()) if (accepts(id)) rows.push(row);
      return rows;
    }
    const query = quantize(unit);
    const dots = this.#quantized.dot(query.values, ids.length);
    const steps = this.#steps;
    const errors = this.#errors;
    // The worst possible scores of the best rows so far, ascending.
    const sure: number[] = [];
    const uppers: number[] = [];
    // Sums of f32 round too.
    const slack = 1e-5;
    for (let row = 0; row < dots.length; row++) {
      const score = dots[row]! * query.step * steps[row]!;
      const error = errors[row]! + query.error * (1 + errors[row]!) + slack;
      if (sure.length === limit && score + error < sure[0]!) continue;
      if (!accepts(ids[row]!)) continue;
      rows.push(row);
      uppers.push(score + error);
      if (sure.length === limit) {
        if (score - error <= sure[0]!) continue;
        sure.shift();
      }
      let at = sure.length;
      while (at > 0 && sure[at - 1]! > score - error) at--;
      sure.splice(at, 0, score - error);
    }
    const bound = sure[0] ?? 0;
    return rows.filter((_, at) => uppers[at]! >= bound);
  }

  #dot(unit: Float32Array, offset: number): number {
    const values = this.#values;
    let sum = 0;
    for (let i = 0; i < unit.length; i++) sum += unit[i]! * values[offset + i]!;
    return sum;
  }
}

function doubled(values: Float32Array): Float32Array {
  const grown = new Float32Array(values.length * 2);
  grown.set(values);
  return grown;
}

/** `step * values` is about the vector; `error` is the length of the difference. */
function quantize(unit: Float32Array): { values: Int8Array; step: number; error: number } {
  let largest = 0;
  for (const value of unit) largest = Math.max(largest, Math.abs(value));
  const step = Math.fround(largest / 127);
  const values = new Int8Array(unit.length);
  let squares = 0;
  for (let i = 0; i < unit.length; i++) {
    values[i] = step === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(unit[i]! / step)));
    squares += (unit[i]! - values[i]! * step) ** 2;
  }
  return { values, step, error: Math.sqrt(squares) };
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
