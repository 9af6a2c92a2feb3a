/** What the chat layer needs of a tokenizer; `Tokenizer` has all of it. */
export interface ChatTokenizer {
  readonly bosId: number | null;
  readonly eosIds: readonly number[];
  /** Control tokens by name. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** Ids of plain text; never makes a special token. */
  encode(text: string): number[];
  /** Ids of trusted text in which names of special tokens stand for the tokens. */
  encodeTemplate(text: string): number[];
  specialId(name: string): number | undefined;
  decode(ids: readonly number[]): string;
  tokenBytes(id: number): Uint8Array;
}

/** Id of a special token that a format cannot do without. */
export function requireSpecial(tokenizer: Pick<ChatTokenizer, "specialId">, name: string): number {
  const id = tokenizer.specialId(name);
  if (id === undefined)
    throw new RangeError(
      `The tokenizer has no token ${name}; choose the chat format of the model's own template`,
    );
  return id;
}

/** The Llama 3 header tokens are there, so the built-in dialects can be rendered. */
export function hasLlama3Headers(tokenizer: ChatTokenizer): boolean {
  return ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"].every(
    (name) => tokenizer.specialId(name) !== undefined,
  );
}
