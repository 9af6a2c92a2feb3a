#pragma once
#include <cstdint>
#include <vector>
#include "kernels.h"

namespace llamero {
struct SampleArgs {
  double temperature, topP, minP, repetition, frequency, presence, uniform;
  int topK, topLogprobs;
  const int32_t *penaltyIds, *penaltyCounts;
  int penalties;
  const int32_t *biasIds;
  const float *biasValues;
  int biases;
  const uint32_t *mask;  // null: all allowed
};
struct SampleOut { int token; float logprob; std::vector<int32_t> topIds; std::vector<float> topLogprobs; };
// Token -1: nothing can be sampled.
SampleOut sampleRow(const Kernels &k, const float *logits, int V, const SampleArgs &a, std::vector<float> &raw, std::vector<float> &work);
}  // namespace llamero
