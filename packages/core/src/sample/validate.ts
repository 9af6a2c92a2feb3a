import type { SamplingParams } from "./params.ts";

type NumericField = Exclude<keyof SamplingParams, "logitBias" | "seed">;

interface Range {
  min: number;
  max: number;
  integer?: true;
  /** `min` itself is not allowed. */
  open?: true;
}

/** Allowed values of each number a user may set. */
const ranges: { readonly [K in NumericField]: Range } = {
  temperature: { min: 0, max: 100 },
  topK: { min: 0, max: 2 ** 31 - 1, integer: true },
  topP: { min: 0, max: 1 },
  minP: { min: 0, max: 1 },
  repetitionPenalty: { min: 0, max: 100, open: true },
  frequencyPenalty: { min: -2, max: 2 },
  presencePenalty: { min: -2, max: 2 },
};

const seedRange: Range = { min: 0, max: 2 ** 32 - 1, integer: true };
const biasRange: Range = { min: -100, max: 100 };

/** Throws RangeError with name, value and allowed range unless `value` is a number in `range`. */
export function checkRange(name: string, value: unknown, range: Range): void {
  const { min, max } = range;
  const isInside =
    typeof value === "number" &&
    value <= max &&
    (range.open ? value > min : value >= min) &&
    (!range.integer || Number.isInteger(value));
  if (isInside) return;
  const kind = range.integer ? "an integer" : "a number";
  const bounds = range.open ? `above ${min} and at most ${max}` : `from ${min} to ${max}`;
  throw new RangeError(`${name} is ${String(value)}; it must be ${kind} ${bounds}`);
}

/** Checks the numbers that are given; throws RangeError naming the first that is out of its range. */
export function checkSampling(params: Partial<SamplingParams>): void {
  for (const name of Object.keys(ranges) as NumericField[])
    if (params[name] !== undefined) checkRange(name, params[name], ranges[name]);
}

/** Checks every field; throws RangeError naming the first that is out of its range. */
export function validateSampling(params: SamplingParams, vocabSize: number): void {
  for (const name of Object.keys(ranges) as NumericField[]) checkRange(name, params[name], ranges[name]);
  if (params.seed !== null) checkRange("seed", params.seed, seedRange);
  for (const [id, bias] of Object.entries(params.logitBias)) {
    checkRange("logitBias token id", Number(id), { min: 0, max: vocabSize - 1, integer: true });
    checkRange(`logitBias of token ${id}`, bias, biasRange);
  }
}
