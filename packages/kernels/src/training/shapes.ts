import type { ValueId } from "../kernels.ts";
import type { ParamSlot, TrainOp, TrainOpName, TrainParam, TrainProgram, TrainShape } from "./training.ts";

/** The training op called `K` with its parameters. */
export type TrainOpOf<K extends TrainOpName> = Extract<TrainOp, { op: K }>;

/** Shape of the value of an op that only adds to gradients. */
export const EFFECT: TrainShape = [0, 0];

/** What a shape rule sees of the program. */
interface TrainShapeContext {
  shapeOf(id: ValueId): TrainShape;
  param(slot: ParamSlot): TrainParam;
  frequencies(slot: number): readonly number[];
  /** Shape of a named output. */
  output(name: string): TrainShape;
  /** The op that made an earlier value. */
  opOf(id: ValueId): TrainOp;
  fail(reason: string): never;
}

type Rule<K extends TrainOpName> = (op: TrainOpOf<K>, context: TrainShapeContext) => TrainShape;

const show = ([dim, cols]: TrainShape): string => `[${dim}, ${cols}]`;

function isCount(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}

function sameShape(a: TrainShape, b: TrainShape, { fail }: Pick<TrainShapeContext, "fail">): TrainShape {
  if (a[0] !== b[0] || a[1] !== b[1]) fail(`shapes ${show(a)} and ${show(b)} differ`);
  return a;
}

/** A value with one row per token, or per output row. */
function withRows(id: ValueId, dim: "rows" | "outputs", context: TrainShapeContext): TrainShape {
  const shape = context.shapeOf(id);
  if (shape[0] !== dim) context.fail(`value ${id} is ${show(shape)}, but must have the batch's ${dim}`);
  return shape;
}

function checkHeads(cols: number, heads: number, headDim: number, { fail }: TrainShapeContext): void {
  if (!isCount(heads) || !isCount(headDim)) fail(`${heads} heads of ${headDim} are not positive integers`);
  if (cols !== heads * headDim) fail(`${heads} heads of ${headDim} do not make ${cols} columns`);
}

/** The parameter of an effect: only trainable ones have a gradient. */
function trainable(slot: ParamSlot, context: TrainShapeContext): TrainParam {
  const param = context.param(slot);
  if (!param.trainable) context.fail(`parameter ${param.name} is not trainable, so it has no gradient`);
  return param;
}

function norm(
  { x, weight, eps }: { x: ValueId; weight: ParamSlot; eps: number },
  context: TrainShapeContext,
): TrainShape {
  const shape = context.shapeOf(x);
  const { name, rows, cols } = context.param(weight);
  if (rows !== 1 || cols !== shape[1]) {
    context.fail(`parameter ${name} [${rows}, ${cols}] does not scale ${shape[1]} columns`);
  }
  if (!(eps >= 0)) context.fail(`eps ${eps} is negative`);
  return shape;
}

/** Checks that A_RK and B_NR take x to base. */
function adapter(
  a: ParamSlot,
  b: ParamSlot,
  inputs: number,
  outputs: number,
  context: TrainShapeContext,
): void {
  const down = context.param(a);
  const up = context.param(b);
  if (down.cols !== inputs || up.rows !== outputs || down.rows !== up.cols) {
    context.fail(
      `parameters ${down.name} [${down.rows}, ${down.cols}] and ${up.name} [${up.rows}, ${up.cols}] do not take ${inputs} columns to ${outputs}`,
    );
  }
}

const rules: { readonly [K in TrainOpName]: Rule<K> } = {
  embed: ({ table }, context) => ["rows", context.param(table).cols],
  rmsNorm: norm,
  linear({ x, weight }, context) {
    const [dim, width] = context.shapeOf(x);
    const { name, rows, cols } = context.param(weight);
    if (cols !== width) context.fail(`parameter ${name} [${rows}, ${cols}] does not take ${width} columns`);
    return [dim, rows];
  },
  rope({ x, heads, headDim, frequencies }, context) {
    const shape = withRows(x, "rows", context);
    checkHeads(shape[1], heads, headDim, context);
    const { length } = context.frequencies(frequencies);
    if (length * 2 !== headDim) context.fail(`${length} frequencies do not rotate heads of ${headDim}`);
    return shape;
  },
  attention({ q, k, v, heads, kvHeads, headDim, scale }, context) {
    const shape = withRows(q, "rows", context);
    checkHeads(shape[1], heads, headDim, context);
    checkHeads(withRows(k, "rows", context)[1], kvHeads, headDim, context);
    checkHeads(withRows(v, "rows", context)[1], kvHeads, headDim, context);
    if (heads % kvHeads !== 0) context.fail(`${heads} heads cannot share ${kvHeads} KV heads evenly`);
    if (!Number.isFinite(scale)) context.fail(`scale ${scale} is not finite`);
    return shape;
  },
  siluMul: ({ gate, up }, context) => sameShape(context.shapeOf(gate), context.shapeOf(up), context),
  add: ({ a, b }, context) => sameShape(context.shapeOf(a), context.shapeOf(b), context),
  loraAdd({ base, x, a, b }, context) {
    const shape = context.shapeOf(base);
    const [dim, width] = context.shapeOf(x);
    if (dim !== shape[0]) context.fail(`values ${base} and ${x} have other rows`);
    adapter(a, b, width, shape[1], context);
    return shape;
  },
  selectRows: ({ x }, context) => ["outputs", withRows(x, "rows", context)[1]],
  crossEntropy: ({ logits }, context) => [withRows(logits, "outputs", context)[0], 1],

  seed: ({ output }, context) => context.output(output),
  embedGrad({ dy, table }, context) {
    const { name, cols } = trainable(table, context);
    const shape = withRows(dy, "rows", context);
    if (shape[1] !== cols) context.fail(`value ${dy} is ${show(shape)}, but rows of ${name} have ${cols}`);
    return EFFECT;
  },
  rmsNormGradX: (op, context) => sameShape(norm(op, context), context.shapeOf(op.dy), context),
  rmsNormGradWeight(op, context) {
    trainable(op.weight, context);
    sameShape(norm(op, context), context.shapeOf(op.dy), context);
    return EFFECT;
  },
  linearGradX({ dy, weight }, context) {
    const [dim, width] = context.shapeOf(dy);
    const { name, rows, cols } = context.param(weight);
    if (rows !== width) context.fail(`parameter ${name} [${rows}, ${cols}] does not give ${width} columns`);
    return [dim, cols];
  },
  linearGradWeight({ dy, x, weight }, context) {
    const { rows, cols } = trainable(weight, context);
    const [dim] = sameShape([context.shapeOf(x)[0], rows], context.shapeOf(dy), context);
    sameShape([dim, cols], context.shapeOf(x), context);
    return EFFECT;
  },
  attentionGrad({ dy, forward }, context) {
    sameShape(context.shapeOf(forward), context.shapeOf(dy), context);
    const op = context.opOf(forward);
    if (op.op !== "attention") context.fail(`value ${forward} is made by ${op.op}, not by attention`);
    const { heads, kvHeads, headDim } = op as TrainOpOf<"attention">;
    return ["rows", (heads + 2 * kvHeads) * headDim];
  },
  columns({ x, from, count }, context) {
    const [dim, cols] = context.shapeOf(x);
    if (!Number.isInteger(from) || from < 0 || !isCount(count) || from + count > cols) {
      context.fail(`columns [${from}, ${from + count}) are not in the ${cols} of value ${x}`);
    }
    return [dim, count];
  },
  siluMulGradGate({ dy, gate, up }, context) {
    return sameShape(
      sameShape(context.shapeOf(gate), context.shapeOf(up), context),
      context.shapeOf(dy),
      context,
    );
  },
  siluMulGradUp: ({ dy, gate }, context) => sameShape(context.shapeOf(gate), context.shapeOf(dy), context),
  loraGradX({ dy, a, b }, context) {
    const [dim, width] = context.shapeOf(dy);
    const { cols } = context.param(a);
    adapter(a, b, cols, width, context);
    return [dim, cols];
  },
  loraGradWeights({ dy, x, a, b }, context) {
    trainable(a, context);
    trainable(b, context);
    const [dim, width] = context.shapeOf(dy);
    const input = context.shapeOf(x);
    if (input[0] !== dim) context.fail(`values ${dy} and ${x} have other rows`);
    adapter(a, b, input[1], width, context);
    return EFFECT;
  },
  selectRowsGrad: ({ dy }, context) => ["rows", withRows(dy, "outputs", context)[1]],
  crossEntropyGrad({ dy, logits }, context) {
    sameShape(["outputs", 1], context.shapeOf(dy), context);
    return withRows(logits, "outputs", context);
  },
};

/** Shape of every value. Throws RangeError naming the op and the value, parameter or number that does not fit. */
export function trainShapes(program: TrainProgram): TrainShape[] {
  const shapes: TrainShape[] = [];
  const { params, frequencies, ops, outputs } = program;
  for (const [index, op] of ops.entries()) {
    const fail = (reason: string): never => {
      throw new RangeError(`Op ${index} (${op.op}): ${reason}`);
    };
    const shapeOf = (id: ValueId): TrainShape => {
      const shape = shapes[id] ?? fail(`value ${id} is not made by an earlier op`);
      return shape[1] === 0
        ? fail(`value ${id} is that of an effect (${ops[id]!.op}) and cannot be read`)
        : shape;
    };
    const context: TrainShapeContext = {
      fail,
      shapeOf,
      param: (slot) => params[slot] ?? fail(`there is no parameter slot ${slot}`),
      frequencies: (slot) => frequencies[slot] ?? fail(`there is no frequency slot ${slot}`),
      output: (name) =>
        Object.hasOwn(outputs, name) ? shapeOf(outputs[name]!) : fail(`the program has no output ${name}`),
      opOf: (id) => ops[id]!,
    };
    const rule = rules[op.op] as ((op: TrainOp, context: TrainShapeContext) => TrainShape) | undefined;
    if (rule === undefined) fail("there is no such op");
    shapes.push(rule!(op, context));
  }
  return shapes;
}
