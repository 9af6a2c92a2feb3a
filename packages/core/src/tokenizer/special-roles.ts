// Names that mark a beginning or an end in the files we read, in order of preference. A checkpoint's own
// bos and eos ids, where it has them, come before these.
const bosNames = ["<|begin_of_text|>", "<s>", "<|im_start|>", "<|endoftext|>"];
const eosNames = ["<|end_of_text|>", "<|eom_id|>", "<|eot_id|>", "</s>", "<|im_end|>", "<|endoftext|>"];

/** Beginning-of-text token by name, or null. */
export function findBosId(specialTokens: ReadonlyMap<string, number>): number | null {
  for (const name of bosNames) {
    const id = specialTokens.get(name);
    if (id !== undefined) return id;
  }
  return null;
}

/** Ids of the tokens whose names say that a message or text ends. */
export function endOfTextIds(specialTokens: ReadonlyMap<string, number>): number[] {
  return eosNames.flatMap((name) => specialTokens.get(name) ?? []);
}
