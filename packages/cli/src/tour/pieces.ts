import type { Tokenizer } from "@llamero/core";

/** The text of each token; tokens that end within a character are joined with those that end it. */
export function pieces(tokenizer: Tokenizer, ids: readonly number[]): string[] {
  const found: string[] = [];
  let open: number[] = [];
  for (const id of ids) {
    open.push(id);
    const text = tokenizer.decode(open);
    if (text.includes("\ufffd")) continue;
    found.push(text);
    open = [];
  }
  return open.length === 0 ? found : [...found, tokenizer.decode(open)];
}
