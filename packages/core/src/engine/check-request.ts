import { checkRange, validateSampling } from "../sample/validate.ts";
import { ContextOverflowError } from "./errors.ts";
import type { GenerateRequest } from "./request.ts";

interface EngineBounds {
  vocabSize: number;
  contextLimit: number;
}

function checkIds(what: string, ids: readonly number[] | Int32Array, vocabSize: number): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (Number.isInteger(id) && id >= 0 && id < vocabSize) continue;
    throw new RangeError(`${what} ${i} is ${id}, outside the vocabulary of ${vocabSize} tokens`);
  }
}

const topLogprobsRange = { min: 0, max: 20, integer: true } as const;

/** Refuses what the engine cannot do, with the numbers. */
export function checkGenerateRequest(
  request: GenerateRequest,
  bounds: EngineBounds & { draft?: object },
): void {
  const { speculation } = request;
  if (speculation) {
    checkRange("speculation.maxDraft", speculation.maxDraft, { min: 1, max: 64, integer: true });
    if (speculation.kind === "draft" && bounds.draft === undefined) {
      throw new RangeError("Speculation is draft, but the model was loaded without a draft model");
    }
  }
  const { promptIds, maxTokens, generatedIds = [], sampling, stopIds, topLogprobs } = request;
  if (promptIds.length === 0) throw new RangeError("Prompt has no tokens; give at least one");
  checkRange("maxTokens", maxTokens, { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkRange("topLogprobs", topLogprobs, topLogprobsRange);
  validateSampling(sampling, bounds.vocabSize);
  checkIds("Prompt token", promptIds, bounds.vocabSize);
  checkIds("Stop token", stopIds, bounds.vocabSize);
  checkIds("Generated token", generatedIds, bounds.vocabSize);
  if (generatedIds.length >= maxTokens) {
    throw new RangeError(`generatedIds has ${generatedIds.length} tokens, but maxTokens is ${maxTokens}`);
  }
  const { contextLimit } = bounds;
  if (promptIds.length + maxTokens > contextLimit) {
    throw new ContextOverflowError({ promptTokens: promptIds.length, maxTokens, contextLimit });
  }
}

/** Refuses a sequence that cannot be scored. */
export function checkScoreRequest(
  ids: readonly number[] | Int32Array,
  topLogprobs: number,
  bounds: EngineBounds,
): void {
  checkRange("topLogprobs", topLogprobs, topLogprobsRange);
  checkSequence("score", ids, bounds);
}

/** Refuses a sequence that does not fit the model; `what` is what it is for. */
export function checkSequence(
  what: "score" | "embed",
  ids: readonly number[] | Int32Array,
  { vocabSize, contextLimit }: EngineBounds,
): void {
  if (ids.length === 0) throw new RangeError(`There are no tokens to ${what}; give at least one`);
  checkIds("Token", ids, vocabSize);
  if (ids.length > contextLimit) {
    throw new ContextOverflowError({ promptTokens: ids.length, maxTokens: 0, contextLimit });
  }
}
