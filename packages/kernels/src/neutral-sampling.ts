import type { SampleParams } from "./kernels.ts";

const noIds = new Int32Array(0);

/** Sampling parameters that change nothing: the model's own distribution, drawn at 0. */
export const neutralSampling: SampleParams = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  uniform: 0,
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  penaltyIds: noIds,
  penaltyCounts: noIds,
  biasIds: noIds,
  biasValues: new Float32Array(0),
  mask: new Uint32Array(0),
  topLogprobs: 0,
};
