/** First id after the 128,000 byte tokens of the Llama 3 vocabulary, and how many special tokens follow. */
export const llama3SpecialBase = 128_000;
export const llama3NumSpecials = 256;

// Names as in Hugging Face's Llama 3.1 to 3.3 tokenizer.json, by offset from the base; the rest are reserved.
const namedSpecials: Readonly<Record<number, string>> = {
  0: "begin_of_text",
  1: "end_of_text",
  4: "finetune_right_pad_id",
  6: "start_header_id",
  7: "end_header_id",
  8: "eom_id",
  9: "eot_id",
  10: "python_tag",
};

// Names of the same ids in Meta's llama-models and in Llama 3.0. Reserved names that Llama 3.1 gives to
// another id (reserved_special_token_2 and up) keep their 3.1 meaning.
const aliasSpecials: Readonly<Record<number, string>> = {
  5: "step_id",
  11: "image",
  253: "reserved_special_token_248",
  254: "reserved_special_token_249",
  255: "reserved_special_token_250",
};

/** Special tokens of the Llama 3 vocabulary in id order, under the names of Llama 3.1 to 3.3. */
export function llama3SpecialTokens(): Map<string, number> {
  const specials = new Map<string, number>();
  let numReserved = 0;
  for (let offset = 0; offset < llama3NumSpecials; offset++) {
    const name = namedSpecials[offset] ?? `reserved_special_token_${numReserved++}`;
    specials.set(`<|${name}|>`, llama3SpecialBase + offset);
  }
  return specials;
}

/** Every other spelling of Llama 3 special tokens that `specials` lacks, when they are those of Llama 3. */
export function llama3SpecialAliases(specials: ReadonlyMap<string, number>): Map<string, number> {
  const aliases = new Map<string, number>();
  if (
    specials.get("<|begin_of_text|>") !== llama3SpecialBase ||
    specials.get("<|start_header_id|>") !== llama3SpecialBase + 6 ||
    specials.get("<|eot_id|>") !== llama3SpecialBase + 9
  )
    return aliases;
  const ids = new Set(specials.values());
  const add = (name: string, id: number): void => {
    if (!specials.has(name) && ids.has(id)) aliases.set(name, id);
  };
  for (const [name, id] of llama3SpecialTokens()) add(name, id);
  for (const [offset, name] of Object.entries(aliasSpecials))
    add(`<|${name}|>`, llama3SpecialBase + Number(offset));
  return aliases;
}
