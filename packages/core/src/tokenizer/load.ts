import type { TokenizerSource } from "../formats/checkpoint.ts";
import { loadGgufTokenizer } from "./load-gguf.ts";
import { loadHuggingFaceTokenizer } from "./load-huggingface.ts";
import { loadMetaTokenizer } from "./load-meta.ts";
import type { Tokenizer } from "./tokenizer.ts";

export { spellBytes } from "./byte-alphabet.ts";
export type { StreamingDecoder } from "./decoder.ts";
export { llama3SpecialTokens } from "./llama3-specials.ts";
export { llama3Pattern } from "./load-huggingface.ts";
export { type Pretokenizer, pretokenizers } from "./pretokenize.ts";
export { type DecodeOptions, Tokenizer } from "./tokenizer.ts";
export { hashBytes } from "./vocabulary.ts";

/** Tokenizer from whatever a checkpoint holds; refuses by name what it cannot reproduce exactly. */
export function loadTokenizer(source: TokenizerSource): Tokenizer {
  switch (source.kind) {
    case "tokenizer.json":
      return loadHuggingFaceTokenizer(source.text);
    case "tokenizer.model":
      return loadMetaTokenizer(source.bytes);
    case "gguf":
      return loadGgufTokenizer(source);
    default:
      throw new TypeError(`Tokenizer source ${JSON.stringify(source satisfies never)} is unknown`);
  }
}
