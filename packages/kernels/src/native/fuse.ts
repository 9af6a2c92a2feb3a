import type { Op, Program, ValueId } from "../kernels.ts";
import { valuesRead } from "../program.ts";

/** Products that share one activation: out = x * weight^T, plus `residual` where an add followed. */
export interface LinearPhase {
  op: "linears";
  x: ValueId;
  products: { weight: number; out: ValueId; residual: ValueId | null }[];
}

/** What the native executor runs: a primitive, or several linears of one activation. */
export type Phase = { op: "primitive"; id: ValueId; primitive: Exclude<Op, { op: "linear" }> } | LinearPhase;

/**
 * Two patterns: an add whose one side is a linear nobody else reads becomes that linear's residual;
 * neighbouring linears of the same activation become one phase, which quantizes the activation once.
 */
export function fuse(program: Program): Phase[] {
  const { ops } = program;
  const uses = new Array<number>(ops.length).fill(0);
  for (const op of ops) for (const id of valuesRead(op)) uses[id]!++;
  for (const id of Object.values(program.outputs)) uses[id]!++;
  const phases: Phase[] = [];
  const producer = new Map<ValueId, LinearPhase["products"][number]>();
  ops.forEach((op, id) => {
    if (op.op === "linear") {
      const product = { weight: op.weight, out: id, residual: null };
      producer.set(id, product);
      const last = phases.at(-1);
      if (last?.op === "linears" && last.x === op.x) last.products.push(product);
      else phases.push({ op: "linears", x: op.x, products: [product] });
      return;
    }
    if (op.op === "add" && op.a !== op.b) {
      const last = phases.at(-1);
      for (const [side, other] of [
        [op.a, op.b],
        [op.b, op.a],
      ] as const) {
        const product = producer.get(side);
        if (product === undefined || product.residual !== null || uses[side] !== 1) continue;
        // Only right behind the linear, and only if the other side is older: its value must be there already.
        if (
          last?.op !== "linears" ||
          last.products.length !== 1 ||
          last.products[0] !== product ||
          other > side
        )
          continue;
        product.out = id;
        product.residual = other;
        producer.delete(side);
        return;
      }
    }
    phases.push({ op: "primitive", id, primitive: op });
  });
  return phases;
}
