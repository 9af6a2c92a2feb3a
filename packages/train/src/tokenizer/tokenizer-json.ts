import { llama3Pattern } from "@llamero/core/tokenizer";
import type { LearnedMerges } from "./learn-merges.ts";
import { specialRoles } from "./special-tokens.ts";

/** The text of a tokenizer.json in the form of Llama 3's: specials after the merges, begin-of-text before every text. */
export function writeTokenizerJson(learned: LearnedMerges, specials: readonly string[]): string {
  const { spellings, merges } = learned;
  const firstSpecial = spellings.length;
  const bos = specialRoles["bos_token"]!;
  const bosId = firstSpecial + specials.indexOf(bos);
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  const root = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specials.map((content, i) => ({ id: firstSpecial + i, content, ...addedFlags })),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: llama3Pattern }, behavior: "Isolated", invert: false },
        { ...byteLevel, use_regex: false },
      ],
    },
    post_processor: {
      type: "Sequence",
      processors: [
        { ...byteLevel, trim_offsets: false, use_regex: true },
        {
          type: "TemplateProcessing",
          single: [{ SpecialToken: { id: bos, type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
          pair: [
            { SpecialToken: { id: bos, type_id: 0 } },
            { Sequence: { id: "A", type_id: 0 } },
            { SpecialToken: { id: bos, type_id: 1 } },
            { Sequence: { id: "B", type_id: 1 } },
          ],
          special_tokens: { [bos]: { id: bos, ids: [bosId], tokens: [bos] } },
        },
      ],
    },
    decoder: { ...byteLevel, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: true,
      vocab: Object.fromEntries(spellings.map((spelling, id) => [spelling, id])),
      // As texts, which every version of the library reads; no spelling holds a space.
      merges: merges.map(([left, right]) => `${spellings[left]} ${spellings[right]}`),
    },
  };
  return `${JSON.stringify(root, null, 1)}\n`;
}

/** The text of a tokenizer_config.json that names the special tokens and their roles. */
export function writeTokenizerConfig(firstSpecial: number, specials: readonly string[]): string {
  const config = {
    added_tokens_decoder: Object.fromEntries(
      specials.map((content, i) => [`${firstSpecial + i}`, { content, ...addedFlags }]),
    ),
    ...specialRoles,
    clean_up_tokenization_spaces: false,
    model_input_names: ["input_ids", "attention_mask"],
    tokenizer_class: "PreTrainedTokenizerFast",
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

const addedFlags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
