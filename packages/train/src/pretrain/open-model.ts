import {
  type Checkpoint,
  type LlamaConfig,
  loadTokenizer,
  openCheckpoint,
  type Tokenizer,
} from "@llamero/core";
import { paramsFromCheckpoint, randomParams } from "../session/model-params.ts";
import type { ModelParams } from "../session/session.ts";
import type { OpenedTokenizer } from "./open-tokenizer.ts";
import type { PretrainRecipe } from "./recipe.ts";

/** Where the weights of a run begin. */
export interface InitialModel {
  params: ModelParams;
  /** What it goes on with, or null for weights drawn by the seed. */
  checkpoint: Checkpoint | null;
}

/** The weights to begin with. Throws RangeError where the tokenizer is not that of the model. */
export function openInitialModel(recipe: PretrainRecipe, opened: OpenedTokenizer): InitialModel {
  const { tokenizer } = opened;
  if (recipe.init !== null) {
    const checkpoint = openCheckpoint(recipe.init);
    checkVocabulary(checkpoint.config.vocabSize, tokenizer, recipe.tokenizer);
    if (checkpoint.tokenizer !== null)
      checkSameTokens(loadTokenizer(checkpoint.tokenizer), tokenizer, recipe);
    return { params: paramsFromCheckpoint(checkpoint), checkpoint };
  }
  const { vocabSize, ...shape } = recipe.model!;
  const config: LlamaConfig = { ...shape, vocabSize: vocabSize ?? tokenizer.vocabSize };
  checkVocabulary(config.vocabSize, tokenizer, recipe.tokenizer);
  return { params: randomParams(config, recipe.seed), checkpoint: null };
}

function checkVocabulary(vocabSize: number, tokenizer: Tokenizer, path: string): void {
  if (tokenizer.vocabSize > vocabSize)
    throw new RangeError(
      `Tokenizer ${path} has ${tokenizer.vocabSize} tokens, but the model ${vocabSize}; it is another model's tokenizer`,
    );
}

function checkSameTokens(own: Tokenizer, given: Tokenizer, { init, tokenizer }: PretrainRecipe): void {
  const differs = (id: number): boolean =>
    Buffer.compare(own.tokenBytes(id), given.tokenBytes(id)) !== 0 ||
    own.isSpecial(id) !== given.isSpecial(id);
  const count = Math.min(own.vocabSize, given.vocabSize);
  for (let id = 0; id < count; id++)
    if (differs(id))
      throw new RangeError(
        `Token ${id} of tokenizer ${tokenizer} is ${JSON.stringify(given.decode([id]))}, but that of ${init} ${JSON.stringify(own.decode([id]))}; go on with the model's own tokenizer`,
      );
  if (own.vocabSize !== given.vocabSize)
    throw new RangeError(
      `Tokenizer ${tokenizer} has ${given.vocabSize} tokens, and that of ${init} ${own.vocabSize}; go on with the model's own tokenizer`,
    );
}
