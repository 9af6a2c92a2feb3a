import type { Backend } from "@llamero/kernels";
import type { Checkpoint } from "../../formats/checkpoint.ts";
import { openCheckpoint } from "../../formats/open-checkpoint.ts";
import { llamaProgram } from "../../models/llama.ts";
import { loadTokenizer } from "../../tokenizer/load.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { packWeights } from "../pack-weights.ts";
import { type ModelPlan, type PlanOptions, planModel } from "../plan.ts";
import type { Speculation } from "../request.ts";
import type { DraftModel } from "./draft-model.ts";

/** Speculation of all requests that do not choose themselves. */
export type SpeculateOptions =
  /** `maxDraft`: tokens guessed at once at most, default 15. */
  | { kind: "ngram"; maxDraft?: number }
  /** `path`: a smaller model with the same tokens; `maxDraft` defaults to 5. */
  | { kind: "draft"; path: string; maxDraft?: number };

/** With the numbers that were left out. */
export function speculationOf({ kind, maxDraft = kind === "ngram" ? 15 : 5 }: SpeculateOptions): Speculation {
  if (!(Number.isInteger(maxDraft) && maxDraft >= 1 && maxDraft <= 64)) {
    throw new RangeError(`speculate.maxDraft is ${maxDraft}; it must be an integer from 1 to 64`);
  }
  return { kind, maxDraft };
}

/** What a draft model needs of the memory, and how it is loaded. */
export interface PlannedDraft {
  readonly plan: ModelPlan;
  load(): Promise<LoadedDraft>;
}

export interface LoadedDraft {
  readonly draft: DraftModel;
  /** Gives the weights back. */
  free(): void;
}

/** Opens a draft model; refuses one whose tokens are others, where both files hold a tokenizer. */
export function openDraft(path: string, model: Checkpoint): Checkpoint {
  const checkpoint = openCheckpoint(path);
  if (model.tokenizer !== null && checkpoint.tokenizer !== null) {
    checkSameTokens(loadTokenizer(model.tokenizer), loadTokenizer(checkpoint.tokenizer));
  }
  return checkpoint;
}

/** Plans a draft model for a target that is loaded with the same options; refuses one of another vocabulary. */
export function planDraft(
  checkpoint: Checkpoint,
  target: { vocabSize: number; contextLimit: number },
  options: PlanOptions & { backend: Backend; signal?: AbortSignal },
): PlannedDraft {
  const { backend, signal } = options;
  const { config, ropeLayout, tensors } = checkpoint;
  if (config.vocabSize !== target.vocabSize) {
    throw new RangeError(
      `Draft model ${checkpoint.name} has ${config.vocabSize} tokens, but the model ${target.vocabSize}; ` +
        "choose a smaller model of the same family",
    );
  }
  const program = llamaProgram(config, ropeLayout);
  const context = Math.min(target.contextLimit, config.maxPositionEmbeddings);
  const plan = planModel(config, tensors, { ...options, context, sizes: backend, program });
  return {
    plan,
    async load() {
      const { weights, free } = await packWeights(checkpoint, program, { backend, signal });
      return { draft: { program, weights, kv: plan.kv, contextLimit: plan.contextLimit }, free };
    },
  };
}

type Vocabulary = Pick<Tokenizer, "vocabSize" | "tokenBytes">;

/** Refuses a draft model whose tokens are others than the model's, and names the first that differs. */
export function checkSameTokens(model: Vocabulary, draft: Vocabulary): void {
  const show = (bytes: Uint8Array): string => JSON.stringify(new TextDecoder().decode(bytes));
  const numShared = Math.min(model.vocabSize, draft.vocabSize);
  for (let id = 0; id < numShared; id++) {
    const [a, b] = [model.tokenBytes(id), draft.tokenBytes(id)];
    if (a.length === b.length && a.every((byte, i) => byte === b[i])) continue;
    throw new RangeError(
      `Token ${id} is ${show(a)} in the model, but ${show(b)} in the draft model; ` +
        "choose a smaller model of the same family",
    );
  }
  if (model.vocabSize !== draft.vocabSize) {
    throw new RangeError(
      `Token ${numShared} is in one of model (${model.vocabSize} tokens) and draft model (${draft.vocabSize}) only; ` +
        "choose a smaller model of the same family",
    );
  }
}
