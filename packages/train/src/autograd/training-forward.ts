import type { Op, OpName, OpOf, Program, TrainOp, TrainParam, TrainProgram, ValueId } from "@llamero/kernels";
import type { LoraOptions } from "../session/session.ts";

/** What a forward training program is made for. */
export interface ForwardOptions {
  /** `next-token`: output `rowLoss` [O, 1]; `score`: output `score` [O, 1] of a linear `score.weight` [1, D]. */
  head: "next-token" | "score";
  lora?: LoraOptions;
  /** Whether the parameter of this name gets gradients. */
  trainable(name: string): boolean;
}

/** Name of the weight of a reward model's head. */
export const SCORE_WEIGHT = "score.weight";

/** Names of the two matrices of the adapter of a weight. */
export function adapterNames(weight: string): { a: string; b: string } {
  return { a: `${weight}.lora_A`, b: `${weight}.lora_B` };
}

/** Last part of the module's name of a layer's weight, such as q_proj; null for weights outside of layers. */
function moduleName(weight: string): string | null {
  return /^model\.layers\.\d+\.(?:.+\.)?(\w+)\.weight$/.exec(weight)?.[1] ?? null;
}

/** Turns serving ops into training ops, one by one. */
class Translation {
  readonly params: TrainParam[] = [];
  readonly ops: TrainOp[] = [];
  readonly #program: Program;
  readonly #options: ForwardOptions;
  /** Training values by serving value. */
  readonly #values: ValueId[] = [];
  readonly #slots = new Map<string, number>();
  readonly #adapted = new Set<string>();

  constructor(program: Program, options: ForwardOptions) {
    this.#program = program;
    this.#options = options;
  }

  run(): void {
    const { ops, outputs } = this.#program;
    for (const [id, op] of ops.entries()) {
      if (this.#options.head === "score" && id === outputs["logits"]) continue;
      this.#values[id] = (rules[op.op] as (op: Op, translation: Translation) => ValueId)(op, this);
    }
    this.#checkTargets();
  }

  /** Training value of a serving value. */
  value(id: ValueId): ValueId {
    return this.#values[id]!;
  }

  output(name: string): ValueId {
    const id = this.#program.outputs[name];
    if (id === undefined)
      throw new RangeError(`Program has no output ${name}; training needs it for its head`);
    return this.value(id);
  }

  emit(op: TrainOp): ValueId {
    return this.ops.push(op) - 1;
  }

  weight(slot: number): { name: string; rows: number; cols: number } {
    return this.#program.weights[slot]!;
  }

  serving(id: ValueId): Op {
    return this.#program.ops[id]!;
  }

  /** Slot of a parameter, which is made when it is first used. */
  param({ name, rows, cols }: { name: string; rows: number; cols: number }): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const slot = this.params.push({ name, rows, cols, trainable: this.#options.trainable(name) }) - 1;
    this.#slots.set(name, slot);
    return slot;
  }

  /** `base` with the adapter of the weight where it is a target. */
  adapt(
    base: ValueId,
    x: ValueId,
    { name, rows, cols }: { name: string; rows: number; cols: number },
  ): ValueId {
    const { lora } = this.#options;
    const module = moduleName(name);
    if (lora === undefined || module === null || !lora.targets.includes(module)) return base;
    this.#adapted.add(module);
    const names = adapterNames(name);
    const a = this.param({ name: names.a, rows: lora.rank, cols });
    const b = this.param({ name: names.b, rows, cols: lora.rank });
    return this.emit({ op: "loraAdd", base, x, a, b, scale: lora.alpha / lora.rank });
  }

  #checkTargets(): void {
    const { lora } = this.#options;
    if (lora === undefined) return;
    if (!(Number.isInteger(lora.rank) && lora.rank >= 1)) {
      throw new RangeError(`LoRA rank is ${lora.rank}; it must be an integer from 1 up`);
    }
    if (!(lora.alpha > 0)) throw new RangeError(`LoRA alpha is ${lora.alpha}; it must be above 0`);
    if (lora.targets.length === 0)
      throw new RangeError("LoRA has no targets; name at least one, such as q_proj");
    for (const target of lora.targets) {
      if (this.#adapted.has(target)) continue;
      const linears = this.#program.ops.flatMap((op) =>
        op.op === "linear" ? [this.weight(op.weight).name] : [],
      );
      const names = new Set(linears.map(moduleName).filter((name) => name !== null));
      throw new RangeError(
        `LoRA target ${target} is no linear of the layers; there are ${[...names].join(", ")}`,
      );
    }
  }
}

type Rule<K extends OpName> = (op: OpOf<K>, to: Translation) => ValueId;

const rules: { readonly [K in OpName]: Rule<K> } = {
  input: ({ name }) => {
    throw new TypeError(`Input ${name} cannot be trained through; training programs take tokens only`);
  },
  embed: ({ table }, to) => to.emit({ op: "embed", table: to.param(to.weight(table)) }),
  rmsNorm: ({ x, weight, eps }, to) =>
    to.emit({ op: "rmsNorm", x: to.value(x), weight: to.param(to.weight(weight)), eps }),
  linear(op, to) {
    const x = to.value(op.x);
    const weight = to.weight(op.weight);
    return to.adapt(to.emit({ op: "linear", x, weight: to.param(weight) }), x, weight);
  },
  rope: (op, to) => to.emit({ ...op, x: to.value(op.x) }),
  /** There is no cache: attention reads k and v themselves. */
  writeKv: ({ v }, to) => to.value(v),
  attention({ q, after, heads, kvHeads, headDim, scale }, to) {
    const written = to.serving(after);
    if (written.op !== "writeKv") {
      throw new TypeError(`Attention after ${written.op} cannot be trained; it must follow a writeKv`);
    }
    const [k, v] = [to.value(written.k), to.value(written.v)];
    return to.emit({ op: "attention", q: to.value(q), k, v, heads, kvHeads, headDim, scale });
  },
  siluMul: ({ gate, up }, to) => to.emit({ op: "siluMul", gate: to.value(gate), up: to.value(up) }),
  add: ({ a, b }, to) => to.emit({ op: "add", a: to.value(a), b: to.value(b) }),
  /** Adapters are put behind the linears that they are wanted for, whether the program has places for them or not. */
  loraAdd: ({ base }, to) => to.value(base),
  selectRows: ({ x }, to) => to.emit({ op: "selectRows", x: to.value(x) }),
};

/** The forward part of training from the very program that serves: caches become values, logits become a loss. */
export function trainingForward(program: Program, options: ForwardOptions): TrainProgram {
  const translation = new Translation(program, options);
  translation.run();
  const outputs: Record<string, ValueId> = {};
  if (options.head === "score") {
    const x = translation.output("hidden");
    const id = program.outputs["hidden"]!;
    const cols = hiddenSize(program, id);
    const weight = translation.param({ name: SCORE_WEIGHT, rows: 1, cols });
    outputs["score"] = translation.emit({ op: "linear", x, weight });
  } else {
    outputs["rowLoss"] = translation.emit({ op: "crossEntropy", logits: translation.output("logits") });
  }
  const { params, ops } = translation;
  return { params, frequencies: program.frequencies, ops, backwardStart: ops.length, outputs };
}

function hiddenSize({ ops, weights }: Program, id: ValueId): number {
  const op = ops[id]!;
  if (op.op !== "rmsNorm")
    throw new TypeError(`Output hidden is made by ${op.op}; a score head needs the final norm`);
  return weights[op.weight]!.cols;
}
