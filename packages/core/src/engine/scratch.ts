import type { Op, Program, ValueId } from "@llamero/kernels";

/** Upper bounds of the symbolic dimensions. */
export interface StepBounds {
  maxRows: number;
  maxOutputs: number;
}

/** Values that an op reads. */
export function operandsOf(op: Op): readonly ValueId[] {
  switch (op.op) {
    case "input":
    case "embed":
      return [];
    case "rmsNorm":
    case "linear":
    case "rope":
    case "selectRows":
      return [op.x];
    case "writeKv":
      return [op.k, op.v];
    case "attention":
      return [op.q, op.after];
    case "siluMul":
      return [op.gate, op.up];
    case "add":
      return [op.a, op.b];
    default:
      return op satisfies never;
  }
}

/** Number of f32 elements of each value at the bounds; 0 for writeKv, whose value is its operand `v`. */
function elementsOf(program: Program, { maxRows, maxOutputs }: StepBounds): number[] {
  const rows: number[] = [];
  const cols: number[] = [];
  const sizes = { rows: maxRows, outputs: maxOutputs };
  program.ops.forEach((op, id) => {
    const first = operandsOf(op)[0];
    rows[id] = op.op === "selectRows" ? maxOutputs : first === undefined ? maxRows : rows[first]!;
    switch (op.op) {
      case "input":
        rows[id] = typeof op.shape[0] === "number" ? op.shape[0] : sizes[op.shape[0]];
        cols[id] = op.shape[1];
        break;
      case "embed":
        cols[id] = program.weights[op.table]!.cols;
        break;
      case "linear":
        cols[id] = program.weights[op.weight]!.rows;
        break;
      case "writeKv":
        cols[id] = 0;
        break;
      case "attention":
        cols[id] = op.heads * op.headDim;
        break;
      default:
        cols[id] = cols[first!]!;
    }
  });
  return rows.map((count, id) => count * cols[id]!);
}

/** Bytes of the values alive at once, at most: what one arena with offsets by liveness needs. */
export function scratchBytes(program: Program, bounds: StepBounds): number {
  const elements = elementsOf(program, bounds);
  const lastUse = program.ops.map((_, id) => id);
  program.ops.forEach((op, id) => {
    for (const operand of operandsOf(op)) lastUse[operand] = id;
  });
  for (const output of Object.values(program.outputs)) lastUse[output] = program.ops.length;
  const expiring: ValueId[][] = Array.from({ length: program.ops.length + 1 }, () => []);
  lastUse.forEach((last, id) => {
    expiring[last]!.push(id);
  });
  let live = 0;
  let peak = 0;
  for (let id = 0; id < elements.length; id++) {
    live += elements[id]!;
    peak = Math.max(peak, live);
    for (const value of expiring[id]!) live -= elements[value]!;
  }
  return peak * 4;
}
