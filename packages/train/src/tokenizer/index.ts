/** Training of tokenizers. */
export { readTexts, type TokenizerInput } from "./read-inputs.ts";
export { toolJsonTexts } from "./tool-json.ts";
export {
  type InputReport,
  type TokenizerProgress,
  type TokenizerReport,
  type TrainedTokenizer,
  type TrainTokenizerOptions,
  trainTokenizer,
  writeTokenizer,
} from "./train-tokenizer.ts";
