import type { Dim, Op, OpName, Program, Shape, ValueId } from "./kernels.ts";

/** The op called `K` with its parameters. */
export type OpOf<K extends OpName> = Extract<Op, { op: K }>;

type Reads<K extends OpName> = (op: OpOf<K>) => readonly ValueId[];

/** Values that each op reads. */
const reads: { readonly [K in OpName]: Reads<K> } = {
  input: () => [],
  embed: () => [],
  rmsNorm: ({ x }) => [x],
  linear: ({ x }) => [x],
  rope: ({ x }) => [x],
  writeKv: ({ k, v }) => [k, v],
  attention: ({ q, after }) => [q, after],
  siluMul: ({ gate, up }) => [gate, up],
  add: ({ a, b }) => [a, b],
  loraAdd: ({ base, x }) => [base, x],
  selectRows: ({ x }) => [x],
};

/** Values that an op reads. */
export function valuesRead(op: Op): readonly ValueId[] {
  return (reads[op.op] as (op: Op) => readonly ValueId[])(op);
}

/** Index of the last op that reads each value; the number of ops for outputs, which are read after the end. */
export function lastUses(program: Program): number[] {
  const last = program.ops.map((_, index) => index);
  for (const [index, op] of program.ops.entries()) for (const id of valuesRead(op)) last[id] = index;
  for (const id of Object.values(program.outputs)) last[id] = program.ops.length;
  return last;
}

/** What a shape rule sees of the program. */
interface ShapeContext {
  shapeOf(id: ValueId): Shape;
  weight(slot: number): { name: string; rows: number; cols: number };
  frequencies(slot: number): readonly number[];
  fail(reason: string): never;
}

type ShapeRule<K extends OpName> = (op: OpOf<K>, context: ShapeContext) => Shape;

const show = ([dim, cols]: Shape): string => `[${dim}, ${cols}]`;

function isCount(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}

function sameShape(a: Shape, b: Shape, context: ShapeContext): Shape {
  if (a[0] !== b[0] || a[1] !== b[1]) context.fail(`shapes ${show(a)} and ${show(b)} differ`);
  return a;
}

/** A value of one row per token of the step, as ops on positions need it. */
function stepRows(id: ValueId, context: ShapeContext): Shape {
  const shape = context.shapeOf(id);
  if (shape[0] !== "rows") context.fail(`value ${id} is ${show(shape)}, but must have the step's rows`);
  return shape;
}

function checkHeads(cols: number, heads: number, headDim: number, { fail }: ShapeContext): void {
  if (!isCount(heads) || !isCount(headDim)) fail(`${heads} heads of ${headDim} are not positive integers`);
  if (cols !== heads * headDim) fail(`${heads} heads of ${headDim} do not make ${cols} columns`);
}

function checkLayer(layer: number, { fail }: ShapeContext): void {
  if (!Number.isInteger(layer) || layer < 0) fail(`layer ${layer} is not an index`);
}

const rules: { readonly [K in OpName]: ShapeRule<K> } = {
  input({ shape }, { fail }) {
    const [dim, cols] = shape;
    if (!isCount(cols)) fail(`${cols} columns are not a positive integer`);
    if (typeof dim === "number" ? !isCount(dim) : dim !== "rows" && dim !== "outputs") {
      fail(`${String(dim)} is neither a number of rows, rows nor outputs`);
    }
    return shape;
  },
  embed: ({ table }, context) => ["rows", context.weight(table).cols],
  rmsNorm({ x, weight, eps }, context) {
    const shape = context.shapeOf(x);
    const { name, rows, cols } = context.weight(weight);
    if (rows !== 1 || cols !== shape[1]) {
      context.fail(`weight ${name} [${rows}, ${cols}] does not scale ${shape[1]} columns`);
    }
    if (!(eps >= 0)) context.fail(`eps ${eps} is negative`);
    return shape;
  },
  linear({ x, weight }, context) {
    const [dim, width] = context.shapeOf(x);
    const { name, rows, cols } = context.weight(weight);
    if (cols !== width) context.fail(`weight ${name} [${rows}, ${cols}] does not take ${width} columns`);
    return [dim, rows];
  },
  rope({ x, heads, headDim, frequencies }, context) {
    const shape = stepRows(x, context);
    checkHeads(shape[1], heads, headDim, context);
    const { length } = context.frequencies(frequencies);
    if (length * 2 !== headDim) context.fail(`${length} frequencies do not rotate heads of ${headDim}`);
    return shape;
  },
  writeKv({ k, v, layer }, context) {
    checkLayer(layer, context);
    return sameShape(stepRows(v, context), stepRows(k, context), context);
  },
  attention({ q, after, layer, heads, kvHeads, headDim, scale }, context) {
    const shape = stepRows(q, context);
    checkHeads(shape[1], heads, headDim, context);
    checkHeads(stepRows(after, context)[1], kvHeads, headDim, context);
    checkLayer(layer, context);
    if (heads % kvHeads !== 0) context.fail(`${heads} heads cannot share ${kvHeads} KV heads evenly`);
    if (!Number.isFinite(scale)) context.fail(`scale ${scale} is not finite`);
    return shape;
  },
  siluMul: ({ gate, up }, context) => sameShape(context.shapeOf(gate), context.shapeOf(up), context),
  add: ({ a, b }, context) => sameShape(context.shapeOf(a), context.shapeOf(b), context),
  loraAdd({ base, x, target }, context) {
    if (target === "") context.fail("target has no name");
    stepRows(x, context);
    return stepRows(base, context);
  },
  selectRows: ({ x }, context) => ["outputs", stepRows(x, context)[1]],
};

/** Shape of every value. Throws RangeError naming the op whose values, weights or numbers do not fit. */
export function inferShapes(program: Program): Shape[] {
  const shapes: Shape[] = [];
  for (const [index, op] of program.ops.entries()) {
    const fail = (reason: string): never => {
      throw new RangeError(`Op ${index} (${op.op}): ${reason}`);
    };
    const context: ShapeContext = {
      fail,
      shapeOf: (id) => shapes[id] ?? fail(`value ${id} is not made by an earlier op`),
      weight: (slot) => program.weights[slot] ?? fail(`there is no weight slot ${slot}`),
      frequencies: (slot) => program.frequencies[slot] ?? fail(`there is no frequency slot ${slot}`),
    };
    const rule = rules[op.op] as ((op: Op, context: ShapeContext) => Shape) | undefined;
    if (rule === undefined) fail("there is no such op");
    shapes.push(rule!(op, context));
  }
  for (const [name, id] of Object.entries(program.outputs)) {
    if (shapes[id] === undefined) throw new RangeError(`Output ${name} is value ${id}, which no op makes`);
  }
  return shapes;
}

/** Rows that a symbolic dimension stands for. */
export function numRows(dim: Dim, sizes: { rows: number; outputs: number }): number {
  return typeof dim === "number" ? dim : sizes[dim];
}
