import type { ValueId } from "../../kernels.ts";
import type { TrainOpOf } from "../shapes.ts";
import type { ParamSlot, TrainBatch, TrainOpName } from "../training.ts";

/** A value of a run: row-major f32. */
export interface TrainMatrix {
  data: Float32Array;
  rows: number;
  cols: number;
}

/** What an op sees while it runs. */
export interface TrainRun {
  batch: TrainBatch;
  value(id: ValueId): TrainMatrix;
  param(slot: ParamSlot): TrainMatrix;
  /** The gradient of a trainable parameter, which effects add to. */
  gradient(slot: ParamSlot): Float32Array;
  frequencies(slot: number): readonly number[];
  /** What the caller gave as the gradient of an output. */
  seed(output: string): Float32Array;
  /** The attention that made a value. */
  attentionOf(id: ValueId): TrainOpOf<"attention">;
}

/** Fills `y`, which is zero, or adds to gradients. Sums in f64 and rounds to f32 once. */
export type TrainImpl<K extends TrainOpName> = (op: TrainOpOf<K>, run: TrainRun, y: TrainMatrix) => void;
