import type {
  AdapterSpec,
  KvSpec,
  Mode,
  OpName,
  Program,
  Step,
  WeightFormat,
  WeightSpec,
} from "../kernels.ts";
import type { ToleranceName } from "./tolerances.ts";

/** Everything a backend needs to run a case. The program's output is called `y`. */
export interface CaseData {
  program: Program;
  weights: readonly WeightSpec[];
  kv: KvSpec | null;
  /** A step's `adapter` of n stands for the handle of the nth of these, from 1 on. */
  adapters?: readonly AdapterSpec[];
  /** Run one after the other on one KV pool. */
  steps: readonly Step[];
  /** Whether the rows of each step are the first rows of every longer one, so that their results must agree too. */
  stepsArePrefixes: boolean;
}

/** A program with data, to be compared with the reference backend. */
export interface ConformanceCase {
  name: string;
  op: OpName | "llama";
  format: WeightFormat | null;
  tolerance: ToleranceName;
  build(): CaseData;
}

export const modes: readonly Mode[] = ["fast", "exact", "deterministic"];

/** Numbers of rows around the borders of tiles. */
export const rowCounts: readonly number[] = [1, 2, 3, 5, 6, 7, 8, 16, 17, 33, 130];

/** A step of one sequence without a KV cache. */
export function plainStep(
  numTokens: number,
  { inputs = {}, position = 0 }: { inputs?: Readonly<Record<string, Float32Array>>; position?: number },
): Step {
  return {
    tokens: new Int32Array(numTokens),
    sequences: [{ rowStart: 0, rowCount: numTokens, position, blocks: new Int32Array(0) }],
    outputRows: new Int32Array(0),
    inputs,
  };
}
