import type { ChatTokenizer } from "@llamero/core";

/** Tokenizer for tests: one token per byte, special tokens from 256 on, which are written by name. */
export function createByteTokenizer(names: readonly string[]): ChatTokenizer {
  const utf8 = new TextEncoder();
  const specialTokens = new Map(names.map((name, index) => [name, 256 + index]));
  const encode = (text: string): number[] => [...utf8.encode(text)];
  const pattern = new RegExp(`(${names.map((name) => name.replaceAll("|", "\\|")).join("|")})`);
  const tokenBytes = (id: number): Uint8Array =>
    id < 256 ? Uint8Array.of(id) : utf8.encode(names[id - 256] ?? "");
  return {
    bosId: null,
    eosIds: names.flatMap((name, index) => (/eot|eom|im_end/.test(name) ? [256 + index] : [])),
    specialTokens,
    encode,
    encodeTemplate: (text) =>
      text.split(pattern).flatMap((piece) => specialTokens.get(piece) ?? encode(piece)),
    specialId: (name) => specialTokens.get(name),
    decode: (ids) => new TextDecoder().decode(Uint8Array.from(ids.flatMap((id) => [...tokenBytes(id)]))),
    tokenBytes,
  };
}
