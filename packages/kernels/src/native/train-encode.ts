import type { Dim, ValueId } from "../kernels.ts";
import { trainLastUses, trainValuesRead } from "../training/reads.ts";
import type { TrainOp, TrainOpName, TrainProgram, TrainShape } from "../training/training.ts";

/** A training program as native/src/train.cpp reads it. Offsets count units of 64 bytes. */
export interface EncodedTrainProgram {
  code: Int32Array;
  backwardStart: number;
  /** Bytes of the arena that values take. */
  valueBytes: number;
  offsets: readonly number[];
  /** Outputs whose gradients the backward part takes, in the order the code numbers them. */
  seeds: readonly string[];
}

/** As TrainOpKind in native/src/train.h. */
const kinds = {
  embed: 0,
  rmsNorm: 1,
  linear: 2,
  rope: 3,
  attention: 4,
  siluMul: 5,
  add: 6,
  loraAdd: 7,
  selectRows: 8,
  crossEntropy: 9,
  seed: 10,
  embedGrad: 11,
  rmsNormGradX: 12,
  rmsNormGradWeight: 13,
  linearGradX: 14,
  linearGradWeight: 15,
  attentionGrad: 16,
  columns: 17,
  siluMulGradGate: 18,
  siluMulGradUp: 19,
  loraGradX: 20,
  loraGradWeights: 21,
  selectRowsGrad: 22,
  crossEntropyGrad: 23,
} as const satisfies { [K in TrainOpName]: number };

/** TRAIN_WORDS in native/src/train.h. */
const WORDS = 14;

const floatWord = new Float32Array(1);
function floatBits(value: number): number {
  floatWord[0] = value;
  return new Int32Array(floatWord.buffer)[0]!;
}

/** Operands whose storage an op may take over for its own value when nothing reads them later. */
function inPlaceOperands(op: TrainOp): readonly ValueId[] {
  switch (op.op) {
    case "rope":
      return [op.x];
    case "add":
      return [op.a, op.b];
    case "loraAdd":
      return [op.base];
    case "siluMulGradGate":
    case "siluMulGradUp":
      return [op.dy];
    case "crossEntropyGrad":
      return [op.logits];
    default:
      return [];
  }
}

/** First-fit offsets so that no two values alive at once overlap; what the backward part reads lives until then. */
function placeValues(
  program: TrainProgram,
  sizes: readonly number[],
): { offsets: readonly number[]; total: number } {
  const last = trainLastUses(program);
  const offsets: number[] = [];
  let alive: { from: number; to: number; last: number }[] = [];
  let total = 0;
  for (const [at, op] of program.ops.entries()) {
    const size = sizes[at]!;
    const reads = trainValuesRead(op, program);
    const operand = inPlaceOperands(op).find(
      (id) => last[id] === at && sizes[id] === size && reads.filter((each) => each === id).length === 1,
    );
    const taken = operand === undefined ? undefined : alive.find(({ from }) => from === offsets[operand]);
    if (taken !== undefined) {
      taken.last = last[at]!;
      offsets.push(taken.from);
    } else {
      let from = 0;
      for (const other of alive) {
        if (from + size <= other.from) break;
        from = Math.max(from, other.to);
      }
      offsets.push(from);
      total = Math.max(total, from + size);
      if (size > 0) {
        alive.push({ from, to: from + size, last: last[at]! });
        alive.sort((a, b) => a.from - b.from);
      }
    }
    alive = alive.filter((each) => each.last > at);
  }
  return { offsets, total };
}

/** Places the values of a program in one arena and writes the executor's code. `shapes` as `checkTrainProgram` gives them. */
export function encodeTrainProgram(
  program: TrainProgram,
  shapes: readonly TrainShape[],
  limits: { maxRows: number; maxOutputs: number },
): EncodedTrainProgram {
  const rowsOf = (dim: Dim): number =>
    dim === "rows" ? limits.maxRows : dim === "outputs" ? limits.maxOutputs : dim;
  const unitsOf = (rows: number, cols: number): number => Math.ceil((rows * cols * 4) / 64);
  const units = shapes.map(([dim, cols]) => unitsOf(rowsOf(dim), cols));
  // The log-sum-exp of each row and head lies behind the value of an attention.
  const sizes = program.ops.map(
    (op, id) => units[id]! + (op.op === "attention" ? unitsOf(limits.maxRows, op.heads) : 0),
  );
  const { offsets, total } = placeValues(program, sizes);
  const at = (id: ValueId): number => offsets[id]!;
  const cols = (id: ValueId): number => shapes[id]![1];
  const dim = (id: ValueId): number => (shapes[id]![0] === "outputs" ? 1 : 0);
  const seeds: string[] = [];

  /** Words behind the kind; see the comments in native/src/train.cpp. */
  const words = (op: TrainOp, id: ValueId): readonly number[] => {
    const out = at(id);
    const { params } = program;
    switch (op.op) {
      case "embed":
        return [out, op.table, cols(id)];
      case "rmsNorm":
        return [out, at(op.x), op.weight, cols(id), floatBits(op.eps), dim(id)];
      case "linear":
        return [out, at(op.x), op.weight, cols(op.x), cols(id), dim(id)];
      case "rope": {
        const adjacent = op.layout === "adjacent" ? 1 : 0;
        const inverse = op.inverse === true ? 1 : 0;
        return [out, at(op.x), op.heads, op.headDim, adjacent, op.frequencies, inverse];
      }
      case "attention": {
        const { heads, kvHeads, headDim, scale } = op;
        const inputs = [at(op.q), at(op.k), at(op.v), out + units[id]!];
        return [out, ...inputs, heads, kvHeads, headDim, floatBits(scale)];
      }
      case "attentionGrad": {
        const forward = program.ops[op.forward]! as Extract<TrainOp, { op: "attention" }>;
        return [out, ...words(forward, op.forward).slice(1), at(op.dy), at(op.forward)];
      }
      case "siluMul":
        return [out, at(op.gate), at(op.up), cols(id), dim(id)];
      case "siluMulGradGate":
        return [out, at(op.dy), at(op.gate), cols(id), dim(id), at(op.up)];
      case "siluMulGradUp":
        return [out, at(op.dy), at(op.gate), cols(id), dim(id)];
      case "add":
        return [out, at(op.a), at(op.b), cols(id), dim(id)];
      case "loraAdd":
        return [out, at(op.base), at(op.x), op.a, op.b, floatBits(op.scale), cols(op.x), cols(id), dim(id)];
      case "loraGradX":
        return [out, at(op.dy), 0, op.a, op.b, floatBits(op.scale), cols(id), cols(op.dy), dim(id)];
      case "loraGradWeights":
        return [0, at(op.dy), at(op.x), op.a, op.b, floatBits(op.scale), cols(op.x), cols(op.dy), dim(op.dy)];
      case "selectRows":
        return [out, at(op.x), cols(id)];
      case "selectRowsGrad":
        return [out, at(op.dy), cols(id)];
      case "crossEntropy":
        return [out, at(op.logits), cols(op.logits)];
      case "crossEntropyGrad":
        return [out, at(op.logits), cols(id), at(op.dy)];
      case "seed":
        return [out, seeds.push(op.output) - 1, cols(id), dim(id)];
      case "embedGrad":
        return [at(op.dy), op.table, cols(op.dy)];
      case "rmsNormGradX":
        return [out, at(op.x), op.weight, cols(id), floatBits(op.eps), dim(id), at(op.dy)];
      case "rmsNormGradWeight":
        return [at(op.dy), at(op.x), op.weight, cols(op.x), floatBits(op.eps), dim(op.x)];
      case "linearGradX":
        return [out, at(op.dy), op.weight, params[op.weight]!.cols, params[op.weight]!.rows, dim(id)];
      case "linearGradWeight":
        return [at(op.dy), at(op.x), op.weight, cols(op.x), cols(op.dy), dim(op.dy)];
      case "columns":
        return [out, at(op.x), op.from, op.count, cols(op.x), dim(id)];
      default:
        return op satisfies never;
    }
  };

  const code = new Int32Array(program.ops.length * WORDS);
  for (const [id, op] of program.ops.entries()) code.set([kinds[op.op], ...words(op, id)], id * WORDS);
  return { code, backwardStart: program.backwardStart, valueBytes: total * 64, offsets, seeds };
}
