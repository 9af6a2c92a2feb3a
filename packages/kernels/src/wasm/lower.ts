import type { KvSpec, Mode, Op, OpName, Program, ValueId } from "../kernels.ts";
import { inferShapes, lastUses, type OpOf } from "../program.ts";
import type { KernelExports } from "./exports.ts";
import { type Form, forms, groupBytes } from "./forms.ts";
import {
  DIM,
  type InstructionName,
  instructionNames,
  instructions,
  type Operands,
  TILE_ROWS,
  WORDS,
} from "./plan.ts";
import { Hazards, ScratchLayout, type Slot } from "./scratch-layout.ts";
import type { PackedWeight } from "./weights.ts";

/** Where the KV pool of a program is. */
export interface KvPlace {
  spec: KvSpec;
  at: number;
  /** The handle, and each executable that uses the pool. */
  users: number;
}

export interface LowerContext {
  weights: readonly PackedWeight[];
  /** Form and address of weight `slot` as a matrix. */
  matrix(slot: number): { form: Form; at: number };
  kv: KvPlace | null;
  maxRows: number;
  maxOutputs: number;
  mode: Mode;
  /** Number of an adapter's target. */
  targetId(target: string): number;
  kernels: KernelExports;
}

/** A value of the program in the scratch arena. */
export interface ValuePlace {
  slot: Slot;
  cols: number;
  /** `DIM`, or a negative fixed number of rows. */
  dim: number;
}

/** A program as instructions over an arena that is not placed yet. */
export interface LoweredProgram {
  values: ReadonlyMap<ValueId, ValuePlace>;
  /** Frequencies [half] of each slot, to be stored as f64 at their place. */
  frequencies: readonly { slot: Slot; values: readonly number[] }[];
  arenaBytes: number;
  threadScratchBytes: number;
  numInstructions: number;
  /** Token ids must be below this; Infinity without an embedding. */
  vocabulary: number;
  /** The words of the instructions once the arena is at `base`. */
  encode(base: number): Int32Array;
}

/** Scratch of a linear: 16 KiB of unpacked weights, then 64 bytes of sums for each of 64 rows, then one spilled row. */
const LINEAR_SCRATCH = 16384 + 65 * 64;

type Operand = number | Slot | { float: number };

interface Instruction {
  name: InstructionName;
  dim: number;
  barrier: boolean;
  operands: readonly Operand[];
}

/** Last use of each value; a writeKv's value is its v, so v lives as long. */
function lastUsesOfBuffers(program: Program): number[] {
  const last = lastUses(program);
  for (const [index, op] of [...program.ops.entries()].reverse()) {
    if (op.op === "writeKv") last[op.v] = Math.max(last[op.v]!, last[index]!);
  }
  return last;
}

class Lowering {
  readonly values = new Map<ValueId, ValuePlace>();
  readonly frequencies: { slot: Slot; values: readonly number[] }[] = [];
  readonly instructions: Instruction[] = [];
  readonly layout = new ScratchLayout();
  threadScratchBytes = 0;
  vocabulary = Number.POSITIVE_INFINITY;
  readonly program: Program;
  readonly context: LowerContext;
  readonly #last: number[];
  readonly #hazards = new Hazards();
  readonly #quantized = new Map<ValueId, Slot>();
  readonly #angles = new Map<number, Slot>();
  /** Stands for the whole KV pool where hazards are looked for; no arena offset is negative. */
  readonly #pool: Slot = { at: -1, bytes: 1 };

  constructor(program: Program, context: LowerContext) {
    this.program = program;
    this.context = context;
    this.#last = lastUsesOfBuffers(program);
    // What the host stores before a run lives from its start, so that no earlier op writes over it.
    const forever = program.ops.length;
    for (const values of program.frequencies) {
      this.frequencies.push({ slot: this.layout.place(values.length * 8, -1, forever), values });
    }
    for (const [index, op] of program.ops.entries()) {
      if (op.op !== "input") continue;
      const [rows, cols] = op.shape;
      const dim = rows === "rows" ? DIM.rows : rows === "outputs" ? DIM.outputs : -rows;
      const slot = this.layout.place(this.#rowsOf(dim) * cols * 4, -1, this.#last[index]!);
      this.values.set(index, { slot, cols, dim });
    }
  }

  run(): void {
    for (const [index, op] of this.program.ops.entries()) {
      (this.#rules[op.op] as (op: Op, index: number) => void)(op, index);
    }
  }

  #rowsOf(dim: number): number {
    if (dim < 0) return -dim;
    return dim === DIM.rows ? this.context.maxRows : this.context.maxOutputs;
  }

  #value(id: ValueId): ValuePlace {
    const value = this.values.get(id);
    if (value === undefined) throw new RangeError(`Program reads value ${id} before it is made`);
    return value;
  }

  #define(index: number, dim: number, cols: number): Slot {
    const slot = this.layout.place(this.#rowsOf(dim) * cols * 4, index, this.#last[index]!);
    this.values.set(index, { slot, cols, dim });
    return slot;
  }

  #weight(slot: number): PackedWeight {
    const weight = this.context.weights[slot];
    if (weight === undefined) throw new RangeError(`Program has no weight in slot ${slot}`);
    return weight;
  }

  #needScratch(bytes: number): void {
    this.threadScratchBytes = Math.max(this.threadScratchBytes, bytes);
  }

  #emit<K extends InstructionName>(
    name: K,
    dim: number,
    operands: { [P in keyof Operands[K]]: Operand },
    reads: readonly Slot[],
    writes: readonly Slot[],
  ): void {
    const barrier = this.#hazards.needsBarrier(reads, writes);
    const names = instructions[name] as readonly (keyof Operands[K])[];
    this.instructions.push({ name, dim, barrier, operands: names.map((key) => operands[key]) });
  }

  /** Cosines and sines of the step's positions, made once for all ropes that share frequencies. */
  #anglesOf(frequencies: number, half: number, index: number): Slot {
    const known = this.#angles.get(frequencies);
    if (known !== undefined) return known;
    const table = this.frequencies[frequencies];
    if (table?.values.length !== half) {
      throw new RangeError(
        `Rope needs ${half} frequencies in slot ${frequencies}, got ${table?.values.length ?? 0}`,
      );
    }
    const y = this.layout.place(this.context.maxRows * half * 8, index, this.program.ops.length);
    this.#emit("angles", DIM.rows, { frequencies: table.slot, half, y }, [], [y]);
    this.#angles.set(frequencies, y);
    return y;
  }

  /** The quantised rows of a value, made once for all products that read it. */
  #quantizedOf(id: ValueId, index: number): { slot: Slot; stride: number } {
    const { slot: x, cols, dim } = this.#value(id);
    const stride = this.context.kernels.activationBytes(cols);
    let slot = this.#quantized.get(id);
    if (slot === undefined) {
      slot = this.layout.place(this.#rowsOf(dim) * stride, index, this.#last[id]!);
      this.#emit("quantize", dim, { x, cols, y: slot, stride }, [x], [slot]);
      this.#quantized.set(id, slot);
    }
    return { slot, stride };
  }

  readonly #rules: { readonly [K in OpName]: (op: OpOf<K>, index: number) => void } = {
    input: () => {},
    embed: ({ table }, index) => {
      const { rows, cols, rowScaleAt } = this.#weight(table);
      const { form, at } = this.context.matrix(table);
      this.vocabulary = Math.min(this.vocabulary, rows);
      const y = this.#define(index, DIM.rows, cols);
      this.#needScratch(256 * 64);
      this.#emit(
        "embed",
        DIM.rows,
        { form: forms[form].code, weight: at, cols, rowScale: rowScaleAt, y },
        [],
        [y],
      );
    },
    rmsNorm: ({ x, weight, eps }, index) => {
      const { slot, cols, dim } = this.#value(x);
      const vector = this.#weight(weight);
      if (vector.form !== "vector" || vector.cols !== cols) {
        throw new RangeError(
          `rmsNorm of ${cols} columns cannot use ${vector.name} [${vector.rows}, ${vector.cols}]`,
        );
      }
      const y = this.#define(index, dim, cols);
      this.#emit("rmsNorm", dim, { x: slot, weight: vector.at, cols, eps: { float: eps }, y }, [slot], [y]);
    },
    linear: ({ x, weight }, index) => {
      const { slot, cols, dim } = this.#value(x);
      const matrix = this.#weight(weight);
      if (matrix.cols !== cols) {
        throw new RangeError(
          `linear of ${cols} columns cannot use ${matrix.name} [${matrix.rows}, ${matrix.cols}]`,
        );
      }
      const { form, at } = this.context.matrix(weight);
      const shared = { form: forms[form].code, weight: at, cols, outputs: matrix.rows };
      if (this.context.mode === "fast" && forms[form].isInteger) {
        const quantized = this.#quantizedOf(x, index);
        const y = this.#define(index, dim, matrix.rows);
        this.#needScratch(LINEAR_SCRATCH);
        const operands = {
          ...shared,
          groupBytes: groupBytes(form, cols),
          x: quantized.slot,
          y,
          stride: quantized.stride,
        };
        this.#emit("linearInt", dim, operands, [quantized.slot], [y]);
        return;
      }
      const y = this.#define(index, dim, matrix.rows);
      this.#needScratch(LINEAR_SCRATCH);
      const fused = this.context.mode === "deterministic" ? 0 : 1;
      this.#emit(
        "linearFloat",
        dim,
        { ...shared, rowScale: matrix.rowScaleAt, x: slot, y, fused },
        [slot],
        [y],
      );
    },
    rope: ({ x, heads, headDim, layout, frequencies }, index) => {
      const { slot, cols, dim } = this.#value(x);
      if (cols !== heads * headDim || dim !== DIM.rows) {
        throw new RangeError(
          `rope of ${heads} heads of ${headDim} needs rows of ${heads * headDim} columns, got ${cols}`,
        );
      }
      const angles = this.#anglesOf(frequencies, headDim / 2, index);
      const y = this.#define(index, dim, cols);
      const adjacent = layout === "adjacent" ? 1 : 0;
      this.#emit("rope", dim, { x: slot, heads, headDim, adjacent, angles, y }, [slot, angles], [y]);
    },
    writeKv: ({ k, v, layer }, index) => {
      const { headDim, isInt8, base, kvHeads, blockStride } = this.#poolOf(layer);
      const keys = this.#value(k);
      const values = this.#value(v);
      if (keys.cols !== kvHeads * headDim || values.cols !== keys.cols) {
        throw new RangeError(
          `writeKv needs ${kvHeads * headDim} columns, got ${keys.cols} and ${values.cols}`,
        );
      }
      this.values.set(index, values);
      const operands = { k: keys.slot, v: values.slot, headDim, isInt8, base, kvHeads, blockStride };
      this.#emit("writeKv", DIM.rows, operands, [keys.slot, values.slot], [this.#pool]);
    },
    attention: ({ q, layer, heads, kvHeads, headDim, scale }, index) => {
      const pool = this.#poolOf(layer);
      const { slot, cols } = this.#value(q);
      if (
        pool.kvHeads !== kvHeads ||
        pool.headDim !== headDim ||
        cols !== heads * headDim ||
        heads % kvHeads !== 0
      ) {
        throw new RangeError(
          `attention of ${heads} heads of ${headDim} over ${kvHeads} KV heads does not fit q of ${cols} columns ` +
            `and a pool of ${pool.kvHeads} heads of ${pool.headDim}`,
        );
      }
      const y = this.#define(index, DIM.rows, cols);
      this.#needScratch(this.context.kernels.attentionScratch(headDim, TILE_ROWS, heads / kvHeads));
      const { base, blockStride, isInt8 } = pool;
      const operands = {
        q: slot,
        base,
        blockStride,
        heads,
        kvHeads,
        headDim,
        scale: { float: scale },
        isInt8,
        y,
      };
      this.#emit("attention", DIM.rows, operands, [slot, this.#pool], [y]);
    },
    siluMul: ({ gate, up }, index) => {
      const [a, b] = this.#sameShape("siluMul", gate, up);
      const y = this.#define(index, a.dim, a.cols);
      this.#emit("siluMul", a.dim, { gate: a.slot, up: b.slot, cols: a.cols, y }, [a.slot, b.slot], [y]);
    },
    add: (op, index) => {
      const [a, b] = this.#sameShape("add", op.a, op.b);
      const y = this.#define(index, a.dim, a.cols);
      this.#emit("add", a.dim, { a: a.slot, b: b.slot, cols: a.cols, y }, [a.slot, b.slot], [y]);
    },
    loraAdd: ({ base, x, target }, index) => {
      const sum = this.#value(base);
      const { slot, cols } = this.#value(x);
      const y = this.#define(index, DIM.rows, sum.cols);
      const id = this.context.targetId(target);
      const operands = { base: sum.slot, x: slot, cols, outputs: sum.cols, target: id, y };
      this.#emit("loraAdd", DIM.rows, operands, [sum.slot, slot], [y]);
    },
    selectRows: ({ x }, index) => {
      const { slot, cols } = this.#value(x);
      const y = this.#define(index, DIM.outputs, cols);
      this.#emit("selectRows", DIM.outputs, { x: slot, cols, y }, [slot], [y]);
    },
  };

  #sameShape(name: string, first: ValueId, second: ValueId): [ValuePlace, ValuePlace] {
    const a = this.#value(first);
    const b = this.#value(second);
    if (a.cols !== b.cols || a.dim !== b.dim) {
      throw new RangeError(`${name} needs two values of one shape, got ${a.cols} and ${b.cols} columns`);
    }
    return [a, b];
  }

  #poolOf(layer: number): {
    headDim: number;
    isInt8: number;
    base: number;
    kvHeads: number;
    blockStride: number;
  } {
    const { kv, kernels } = this.context;
    if (kv === null) throw new TypeError("Program uses a KV cache, but none was given to compile");
    const { headDim, kvHeads, blocks, layers, dtype } = kv.spec;
    if (layer >= layers) throw new RangeError(`Program uses KV layer ${layer} of a pool of ${layers}`);
    const isInt8 = dtype === "int8" ? 1 : 0;
    const blockStride = kernels.kvHeadBytes(headDim, isInt8) * kvHeads;
    return { headDim, isInt8, base: kv.at + layer * blocks * blockStride, kvHeads, blockStride };
  }
}

const word = new Int32Array(1);
const float = new Float32Array(word.buffer);

function encodeOperand(operand: Operand, base: number): number {
  if (typeof operand === "number") return operand | 0;
  if ("at" in operand) return (base + operand.at) | 0;
  float[0] = operand.float;
  return word[0]!;
}

/** Turns a program into instructions. Throws RangeError when shapes do not fit together. */
export function lower(program: Program, context: LowerContext): LoweredProgram {
  inferShapes(program);
  const lowering = new Lowering(program, context);
  lowering.run();
  const list = lowering.instructions;
  return {
    values: lowering.values,
    frequencies: lowering.frequencies,
    arenaBytes: lowering.layout.bytes,
    threadScratchBytes: Math.ceil(lowering.threadScratchBytes / 64) * 64,
    numInstructions: list.length,
    vocabulary: lowering.vocabulary,
    encode(base) {
      const words = new Int32Array(list.length * WORDS);
      for (const [index, { name, barrier, dim, operands }] of list.entries()) {
        const at = index * WORDS;
        words.set([instructionNames.indexOf(name), barrier ? 1 : 0, dim], at);
        words.set(
          operands.map((operand) => encodeOperand(operand, base)),
          at + 3,
        );
      }
      return words;
    },
  };
}
