import type { AdapterHandle, AdapterSpec, OpName, Step, ValueId } from "../kernels.ts";
import type { OpOf } from "../program.ts";
import type { KvPool } from "./kv-pool.ts";
import type { Pacer } from "./pacer.ts";
import type { StoredWeight } from "./stored-weight.ts";

/** A value of the run: row-major [rows, cols] in f32. */
export interface Matrix {
  data: Float32Array;
  rows: number;
  cols: number;
}

/** What an op sees of the run. */
export interface RunContext {
  step: Step;
  value(id: ValueId): Matrix;
  weight(slot: number): StoredWeight;
  frequencies(slot: number): readonly number[];
  /** The KV pool; programs without attention have none and do not ask. */
  pool(): KvPool;
  adapter(handle: AdapterHandle): AdapterSpec;
  pacer: Pacer;
}

/** Computes an op into `y`, which is zero. Returns a promise where it is long enough to make way for others. */
export type ReferenceImpl<K extends OpName> = (
  op: OpOf<K>,
  run: RunContext,
  y: Matrix,
) => void | Promise<void>;
