import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrainOp, TrainOpName, TrainParam, TrainProgram } from "@llamero/kernels";
import { differentiate } from "./differentiate.ts";
import { compareGradients, packedBatch } from "./fake-gradients.ts";
import { gradientRules } from "./gradient-rules.ts";

const VOCABULARY = 11;
const HEAD_DIM = 4;
const D = 2 * HEAD_DIM;

/** A program that ends in the op in question; values before it come from tables, so that gradients reach them. */
interface OpCase {
  params?: readonly Omit<TrainParam, "trainable">[];
  ops: readonly TrainOp[];
  /** Targets per output row. */
  targets?: number;
}

const table = (name: string, cols: number): Omit<TrainParam, "trainable"> => ({
  name,
  rows: VOCABULARY,
  cols,
});
const embed = (slot: number): TrainOp => ({ op: "embed", table: slot });
const heads = { heads: 2, headDim: HEAD_DIM };

const cases: Readonly<Partial<Record<TrainOpName, Readonly<Record<string, OpCase>>>>> = {
  embed: { "of repeated tokens": { params: [table("x", D)], ops: [embed(0)] } },
  rmsNorm: {
    "of rows": {
      params: [table("x", D), { name: "weight", rows: 1, cols: D }],
      ops: [embed(0), { op: "rmsNorm", x: 0, weight: 1, eps: 1e-5 }],
    },
  },
  linear: {
    "of a wide weight": {
      params: [table("x", D), { name: "weight", rows: 13, cols: D }],
      ops: [embed(0), { op: "linear", x: 0, weight: 1 }],
    },
    "whose weight is the table": {
      params: [table("x", D)],
      ops: [embed(0), { op: "linear", x: 0, weight: 0 }],
    },
  },
  rope: {
    halves: {
      params: [table("x", D)],
      ops: [embed(0), { op: "rope", x: 0, ...heads, layout: "halves", frequencies: 0 }],
    },
    adjacent: {
      params: [table("x", D)],
      ops: [embed(0), { op: "rope", x: 0, ...heads, layout: "adjacent", frequencies: 0 }],
    },
    inverse: {
      params: [table("x", D)],
      ops: [embed(0), { op: "rope", x: 0, ...heads, layout: "halves", frequencies: 0, inverse: true }],
    },
  },
  attention: {
    "with shared KV heads": {
      params: [table("q", 4 * HEAD_DIM), table("k", D), table("v", D)],
      ops: [
        embed(0),
        embed(1),
        embed(2),
        { op: "attention", q: 0, k: 1, v: 2, heads: 4, kvHeads: 2, headDim: HEAD_DIM, scale: 0.7 },
      ],
    },
    "of one value": {
      params: [table("x", D)],
      ops: [embed(0), { op: "attention", q: 0, k: 0, v: 0, ...heads, kvHeads: 2, scale: 0.5 }],
    },
  },
  siluMul: {
    "of two values": {
      params: [table("gate", D), table("up", D)],
      ops: [embed(0), embed(1), { op: "siluMul", gate: 0, up: 1 }],
    },
  },
  add: {
    "of two values": {
      params: [table("a", D), table("b", D)],
      ops: [embed(0), embed(1), { op: "add", a: 0, b: 1 }],
    },
    "of a value and itself": { params: [table("a", D)], ops: [embed(0), { op: "add", a: 0, b: 0 }] },
  },
  loraAdd: {
    "of rank 3": {
      params: [
        table("base", 6),
        table("x", D),
        { name: "w.lora_A", rows: 3, cols: D },
        { name: "w.lora_B", rows: 6, cols: 3 },
      ],
      ops: [embed(0), embed(1), { op: "loraAdd", base: 0, x: 1, a: 2, b: 3, scale: 1.5 }],
    },
  },
  selectRows: { "of some rows": { params: [table("x", D)], ops: [embed(0), { op: "selectRows", x: 0 }] } },
  crossEntropy: {
    "of one target": {
      params: [table("x", VOCABULARY)],
      ops: [embed(0), { op: "selectRows", x: 0 }, { op: "crossEntropy", logits: 1 }],
    },
    "of three soft targets": {
      params: [table("x", VOCABULARY)],
      ops: [embed(0), { op: "selectRows", x: 0 }, { op: "crossEntropy", logits: 1 }],
      targets: 3,
    },
  },
};

for (const [name, variants] of Object.entries(cases)) {
  for (const [variant, { params = [], ops, targets = 1 }] of Object.entries(variants)) {
    test(`Gradient of ${name} ${variant} agrees with finite differences`, async () => {
      const forward: TrainProgram = {
        params: params.map((param) => ({ ...param, trainable: true })),
        frequencies: [[1, 0.3]],
        ops,
        backwardStart: ops.length,
        outputs: { y: ops.length - 1 },
      };
      const batch = packedBatch(VOCABULARY, targets);
      for (const { name: what, measured, computed } of await compareGradients(differentiate(forward), batch, {
        scale: 1,
      })) {
        assert.ok(
          Math.abs(measured - computed) < 2e-3 * Math.max(0.2, Math.abs(computed)),
          `${what}: ${measured} is not ${computed}`,
        );
      }
    });
  }
}

test("gradientRules cover every op that the finite differences cover, and no other", () => {
  const ruled = Object.entries(gradientRules).flatMap(([name, rule]) =>
    typeof rule === "function" ? [name] : [],
  );
  assert.deepEqual(ruled.sort(), Object.keys(cases).sort());
});
