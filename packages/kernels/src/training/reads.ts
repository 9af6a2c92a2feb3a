import type { ValueId } from "../kernels.ts";
import type { TrainOpOf } from "./shapes.ts";
import type { ParamSlot, TrainOp, TrainOpName, TrainProgram } from "./training.ts";

/** What an op takes: values, and parameters. */
interface Reads {
  values: readonly ValueId[];
  params: readonly ParamSlot[];
}

const reads: { readonly [K in TrainOpName]: (op: TrainOpOf<K>) => Reads } = {
  embed: ({ table }) => ({ values: [], params: [table] }),
  rmsNorm: ({ x, weight }) => ({ values: [x], params: [weight] }),
  linear: ({ x, weight }) => ({ values: [x], params: [weight] }),
  rope: ({ x }) => ({ values: [x], params: [] }),
  attention: ({ q, k, v }) => ({ values: [q, k, v], params: [] }),
  siluMul: ({ gate, up }) => ({ values: [gate, up], params: [] }),
  add: ({ a, b }) => ({ values: [a, b], params: [] }),
  loraAdd: ({ base, x, a, b }) => ({ values: [base, x], params: [a, b] }),
  selectRows: ({ x }) => ({ values: [x], params: [] }),
  crossEntropy: ({ logits }) => ({ values: [logits], params: [] }),

  seed: () => ({ values: [], params: [] }),
  embedGrad: ({ dy, table }) => ({ values: [dy], params: [table] }),
  rmsNormGradX: ({ dy, x, weight }) => ({ values: [dy, x], params: [weight] }),
  rmsNormGradWeight: ({ dy, x, weight }) => ({ values: [dy, x], params: [weight] }),
  linearGradX: ({ dy, weight }) => ({ values: [dy], params: [weight] }),
  linearGradWeight: ({ dy, x, weight }) => ({ values: [dy, x], params: [weight] }),
  attentionGrad: ({ dy, forward }) => ({ values: [dy, forward], params: [] }),
  columns: ({ x }) => ({ values: [x], params: [] }),
  siluMulGradGate: ({ dy, gate, up }) => ({ values: [dy, gate, up], params: [] }),
  siluMulGradUp: ({ dy, gate }) => ({ values: [dy, gate], params: [] }),
  loraGradX: ({ dy, a, b }) => ({ values: [dy], params: [a, b] }),
  loraGradWeights: ({ dy, x, a, b }) => ({ values: [dy, x], params: [a, b] }),
  selectRowsGrad: ({ dy }) => ({ values: [dy], params: [] }),
  crossEntropyGrad: ({ dy, logits }) => ({ values: [dy, logits], params: [] }),
};

const readsOf = (op: TrainOp): Reads => (reads[op.op] as (op: TrainOp) => Reads)(op);

/** Parameters that an op uses. */
export function trainParamsRead(op: TrainOp): readonly ParamSlot[] {
  return readsOf(op).params;
}

/** Values that an op reads; the gradient of attention reads the q, k and v of its forward op too. */
export function trainValuesRead(op: TrainOp, program: TrainProgram): readonly ValueId[] {
  const { values } = readsOf(op);
  return op.op === "attentionGrad"
    ? [...values, ...trainValuesRead(program.ops[op.forward]!, program)]
    : values;
}

/** Index of the last op that reads each value; the number of ops for outputs, which are read after the end. */
export function trainLastUses(program: TrainProgram): number[] {
  const last = program.ops.map((_, index) => index);
  for (const [index, op] of program.ops.entries()) {
    for (const id of trainValuesRead(op, program)) last[id] = index;
  }
  for (const id of Object.values(program.outputs)) last[id] = program.ops.length;
  return last;
}
