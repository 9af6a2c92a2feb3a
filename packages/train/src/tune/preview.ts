import { rowsOf } from "../batch/pack.ts";
import { planSteps } from "../sft/plan-steps.ts";
import { prepareConversations, preparePairs } from "./prepare.ts";
import type { TuneRecipe } from "./recipe.ts";
import { openTuneModel, type TuneModel } from "./tune-model.ts";

/** A stretch of a rendered conversation. */
export interface Span {
  text: string;
  isTrained: boolean;
}

/** What a run would learn from, without training. */
export interface TunePreview {
  chatFormat: string;
  examples: number;
  validation: number;
  /** Tokens of all training examples, and those with a loss, once through. */
  tokens: number;
  trainedTokens: number;
  longest: number;
  steps: number;
  notes: readonly string[];
  /** The first example; for preference pairs the chosen response and the rejected one. */
  first: readonly { name: string; spans: readonly Span[] }[];
}

type Example = Parameters<typeof rowsOf>[0];

/** The text of an example, cut where the loss begins and ends. */
export function spansOf({ tokenizer }: Pick<TuneModel, "tokenizer">, { ids, weights }: Example): Span[] {
  const spans: Span[] = [];
  for (let from = 0; from < ids.length; ) {
    let to = from + 1;
    while (to < ids.length && (weights[to] === 0) === (weights[from] === 0)) to++;
    spans.push({ text: tokenizer.decode([...ids.subarray(from, to)]), isTrained: weights[from] !== 0 });
    from = to;
  }
  return spans;
}

/** Reads and renders the data of a recipe, and counts. */
export async function previewTune(recipe: TuneRecipe): Promise<TunePreview> {
  const model = openTuneModel(recipe.model);
  const { epochs, seed, maxSteps, batch, method } = recipe;
  const isSft = method === "sft";
  const conversations = isSft ? await prepareConversations(recipe, model) : null;
  const pairs = isSft ? null : await preparePairs(recipe, model);
  const all: readonly Example[] =
    conversations?.train ?? pairs!.train.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  const data = conversations ?? pairs!;
  const first =
    conversations !== null
      ? [{ name: conversations.train[0]!.source, example: conversations.train[0]! }]
      : (["chosen", "rejected"] as const).map((name) => ({
          name: `${pairs!.train[0]!.source} ${name}`,
          example: pairs!.train[0]![name],
        }));
  const steps = planSteps({
    sizes: conversations?.train.map(rowsOf) ?? pairs!.train.map(() => 1),
    stepSize: isSft ? batch.tokens : batch.pairs,
    epochs,
    seed,
    ...(maxSteps !== null && { maxSteps }),
  });
  return {
    chatFormat: model.format.name,
    examples: data.train.length,
    validation: data.validation.length,
    tokens: all.reduce((sum, { ids }) => sum + ids.length, 0),
    trainedTokens: all.reduce(
      (sum, { weights }) => sum + weights.reduce((a, w) => a + (w === 0 ? 0 : 1), 0),
      0,
    ),
    longest: all.reduce((most, { ids }) => Math.max(most, ids.length), 0),
    steps: steps.length,
    notes: data.notes,
    first: first.map(({ name, example }) => ({ name, spans: spansOf(model, example) })),
  };
}
