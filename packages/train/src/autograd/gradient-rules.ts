import type { ParamSlot, TrainOp, TrainOpName, TrainOpOf, ValueId } from "@llamero/kernels";

/** What a gradient rule works with. */
export interface GradientContext {
  /** Value of the op whose gradient is taken. */
  id: ValueId;
  isTrainable(slot: ParamSlot): boolean;
  /** Whether anything trainable is at or below a value; nothing is computed for others. */
  needs(id: ValueId): boolean;
  /** Columns of a forward value. */
  cols(id: ValueId): number;
  emit(op: TrainOp): ValueId;
  /** Adds to the gradient of a value that needs one. */
  accumulate(id: ValueId, gradient: ValueId): void;
}

/** Emits the gradients of the op's inputs and parameters, given that of its value. */
export type GradientRule<K extends TrainOpName> = (
  op: TrainOpOf<K>,
  dy: ValueId,
  context: GradientContext,
) => void;

/** Why an op has no gradient rule. */
export interface NotDifferentiable {
  notDifferentiable: string;
}

const firstOnly: NotDifferentiable = {
  notDifferentiable: "it is a gradient itself, and only first ones are taken",
};

/** Gradient rule of every training op. */
export const gradientRules: { readonly [K in TrainOpName]: GradientRule<K> | NotDifferentiable } = {
  embed({ table }, dy, { isTrainable, emit }) {
    if (isTrainable(table)) emit({ op: "embedGrad", dy, table });
  },
  rmsNorm({ x, weight, eps }, dy, { isTrainable, needs, emit, accumulate }) {
    if (isTrainable(weight)) emit({ op: "rmsNormGradWeight", dy, x, weight, eps });
    if (needs(x)) accumulate(x, emit({ op: "rmsNormGradX", dy, x, weight, eps }));
  },
  linear({ x, weight }, dy, { isTrainable, needs, emit, accumulate }) {
    if (isTrainable(weight)) emit({ op: "linearGradWeight", dy, x, weight });
    if (needs(x)) accumulate(x, emit({ op: "linearGradX", dy, weight }));
  },
  /** A rotation's gradient is the rotation back. */
  rope({ inverse, ...op }, dy, { needs, emit, accumulate }) {
    if (!needs(op.x)) return;
    accumulate(op.x, emit(inverse === true ? { ...op, x: dy } : { ...op, x: dy, inverse: true }));
  },
  attention({ q, k, v }, dy, { id, needs, cols, emit, accumulate }) {
    const inputs = [q, k, v];
    if (!inputs.some(needs)) return;
    const gradients = emit({ op: "attentionGrad", dy, forward: id });
    let from = 0;
    for (const input of inputs) {
      const count = cols(input);
      if (needs(input)) accumulate(input, emit({ op: "columns", x: gradients, from, count }));
      from += count;
    }
  },
  siluMul({ gate, up }, dy, { needs, emit, accumulate }) {
    if (needs(gate)) accumulate(gate, emit({ op: "siluMulGradGate", dy, gate, up }));
    if (needs(up)) accumulate(up, emit({ op: "siluMulGradUp", dy, gate }));
  },
  add({ a, b }, dy, { needs, accumulate }) {
    if (needs(a)) accumulate(a, dy);
    if (needs(b)) accumulate(b, dy);
  },
  loraAdd({ base, x, a, b, scale }, dy, { isTrainable, needs, emit, accumulate }) {
    if (isTrainable(a) !== isTrainable(b)) {
      throw new TypeError("Only one matrix of an adapter is trainable; train both or none");
    }
    if (isTrainable(a)) emit({ op: "loraGradWeights", dy, x, a, b, scale });
    if (needs(base)) accumulate(base, dy);
    if (needs(x)) accumulate(x, emit({ op: "loraGradX", dy, a, b, scale }));
  },
  selectRows({ x }, dy, { needs, emit, accumulate }) {
    if (needs(x)) accumulate(x, emit({ op: "selectRowsGrad", dy }));
  },
  crossEntropy({ logits }, dy, { needs, emit, accumulate }) {
    if (needs(logits)) accumulate(logits, emit({ op: "crossEntropyGrad", dy, logits }));
  },
  columns: { notDifferentiable: "it only takes gradients of attention apart" },
  seed: firstOnly,
  embedGrad: firstOnly,
  rmsNormGradX: firstOnly,
  rmsNormGradWeight: firstOnly,
  linearGradX: firstOnly,
  linearGradWeight: firstOnly,
  attentionGrad: firstOnly,
  siluMulGradGate: firstOnly,
  siluMulGradUp: firstOnly,
  loraGradX: firstOnly,
  loraGradWeights: firstOnly,
  selectRowsGrad: firstOnly,
  crossEntropyGrad: firstOnly,
};
