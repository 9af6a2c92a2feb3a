export type { Conversation, PreferencePair } from "../chat-data/conversation.ts";
export { readConversations, readPairs } from "../chat-data/read-chat-data.ts";
export {
  type RenderedExample,
  type RenderLimits,
  renderConversations,
} from "../chat-data/render-examples.ts";
export { type RenderedPair, renderPairs } from "../chat-data/render-pairs.ts";
export { type DpoOptions, dpoMethod } from "../dpo/dpo-method.ts";
export { referenceLogProbs } from "../dpo/reference.ts";
export { adapterOf, checkLora, loraTargets } from "../lora/adapter-spec.ts";
export { mergeAdapter } from "../lora/merge-adapter.ts";
export { type WriteAdapterOptions, writeGgufAdapter, writePeftAdapter } from "../lora/write-adapter.ts";
export type { RunEvent } from "../run/run-event.ts";
export { meanLoss, type SftOptions, sftMethod } from "../sft/sft-method.ts";
export { answerQuestions } from "./answer-questions.ts";
export { tunedCheckpoint, writeTuned } from "./output.ts";
export { parseTuneRecipe, readRecipeTable, type TuneRecipeSource } from "./parse-recipe.ts";
export { type Prepared, prepareConversations, preparePairs } from "./prepare.ts";
export { previewTune, type Span, spansOf, type TunePreview } from "./preview.ts";
export type { TuneRecipe } from "./recipe.ts";
export { type RunTuneOptions, runTune, type TuneResult, type TuneStart } from "./run-tune.ts";
export { formatIds, openTuneModel, type TuneModel } from "./tune-model.ts";
