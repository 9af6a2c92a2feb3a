import type { TrainOpName } from "../training.ts";
import { add, columns, seed } from "./arrange.ts";
import { attention, attentionGrad } from "./attention.ts";
import { crossEntropy, crossEntropyGrad } from "./cross-entropy.ts";
import { embed, embedGrad } from "./embed.ts";
import { linear, linearGradWeight, linearGradX } from "./linear.ts";
import { loraAdd, loraGradWeights, loraGradX } from "./lora-add.ts";
import { rmsNorm, rmsNormGradWeight, rmsNormGradX } from "./rms-norm.ts";
import { rope } from "./rope.ts";
import type { TrainImpl } from "./run-context.ts";
import { selectRows, selectRowsGrad } from "./select-rows.ts";
import { siluMul, siluMulGradGate, siluMulGradUp } from "./silu-mul.ts";

/** The readable truth of every training op. */
export const trainOps: { readonly [K in TrainOpName]: TrainImpl<K> } = {
  embed,
  rmsNorm,
  linear,
  rope,
  attention,
  siluMul,
  add,
  loraAdd,
  selectRows,
  crossEntropy,
  seed,
  embedGrad,
  rmsNormGradX,
  rmsNormGradWeight,
  linearGradX,
  linearGradWeight,
  attentionGrad,
  columns,
  siluMulGradGate,
  siluMulGradUp,
  loraGradX,
  loraGradWeights,
  selectRowsGrad,
  crossEntropyGrad,
};
