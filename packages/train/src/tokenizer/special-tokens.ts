import { llama3SpecialTokens } from "@llamero/core/tokenizer";

/** The special tokens of Llama 3.1 in their order, with no more than `numReserved` of the reserved ones. */
export function listSpecialTokens(numReserved: number): string[] {
  const names: string[] = [];
  let seen = 0;
  for (const name of llama3SpecialTokens().keys())
    if (!name.startsWith("<|reserved_special_token_") || seen++ < numReserved) names.push(name);
  return names;
}

/** How many of them have a name of their own. */
export const numNamedSpecials: number = listSpecialTokens(0).length;

/** Roles of special tokens, as tokenizer_config.json names them. */
export const specialRoles: Readonly<Record<string, string>> = {
  bos_token: "<|begin_of_text|>",
  eos_token: "<|end_of_text|>",
  pad_token: "<|finetune_right_pad_id|>",
};
