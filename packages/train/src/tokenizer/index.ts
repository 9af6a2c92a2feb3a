/** Training of tokenizers. */
export type { TokenizerInput } from "./read-inputs.ts";
export {
  type InputReport,
  type TokenizerProgress,
  type TokenizerReport,
  type TrainedTokenizer,
  type TrainTokenizerOptions,
  trainTokenizer,
  writeTokenizer,
} from "./train-tokenizer.ts";
