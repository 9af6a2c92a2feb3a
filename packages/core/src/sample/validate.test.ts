import assert from "node:assert/strict";
import { test } from "node:test";
import { completeSampling, defaultSampling, type SamplingParams } from "./params.ts";
import { validateSampling } from "./validate.ts";

const refused: readonly (readonly [Partial<SamplingParams>, string])[] = [
  [{ temperature: -0.1 }, "temperature is -0.1; it must be a number from 0 to 100"],
  [{ temperature: Number.NaN }, "temperature is NaN; it must be a number from 0 to 100"],
  [{ temperature: Number.POSITIVE_INFINITY }, "temperature is Infinity; it must be a number from 0 to 100"],
  [{ topK: 1.5 }, "topK is 1.5; it must be an integer from 0 to 2147483647"],
  [{ topP: 1.01 }, "topP is 1.01; it must be a number from 0 to 1"],
  [{ minP: -1 }, "minP is -1; it must be a number from 0 to 1"],
  [{ repetitionPenalty: 0 }, "repetitionPenalty is 0; it must be a number above 0 and at most 100"],
  [{ frequencyPenalty: 3 }, "frequencyPenalty is 3; it must be a number from -2 to 2"],
  [{ presencePenalty: -3 }, "presencePenalty is -3; it must be a number from -2 to 2"],
  [{ seed: -1 }, "seed is -1; it must be an integer from 0 to 4294967295"],
  [{ logitBias: { 100: 1 } }, "logitBias token id is 100; it must be an integer from 0 to 99"],
  [{ logitBias: { 7: Number.NaN } }, "logitBias of token 7 is NaN; it must be a number from -100 to 100"],
];

test("validateSampling names the field, its value and what is allowed", () => {
  validateSampling(defaultSampling, 100);
  for (const [params, message] of refused) {
    assert.throws(() => validateSampling(completeSampling(params), 100), { name: "RangeError", message });
  }
});

test("completeSampling takes undefined as left out", () => {
  const params = { temperature: undefined, topK: 3 } as unknown as Partial<SamplingParams>;
  assert.deepEqual(completeSampling(params), { ...defaultSampling, topK: 3 });
});
