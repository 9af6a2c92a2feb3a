import type { ChatTokenizer } from "./chat-tokenizer.ts";

const llama3Names: readonly string[] = [
  "<|begin_of_text|>",
  "<|end_of_text|>",
  "<|start_header_id|>",
  "<|end_header_id|>",
  "<|eom_id|>",
  "<|eot_id|>",
  "<|python_tag|>",
];

/** Tokenizer for tests: one token per byte, special tokens from 256 on; the first begins a text, the rest end it. */
export function createByteTokenizer(names: readonly string[] = llama3Names): ChatTokenizer {
  const utf8 = new TextEncoder();
  const specialTokens = new Map(names.map((name, index) => [name, 256 + index]));
  const pattern = new RegExp(names.map((name) => name.replace(/[|[\]/]/g, "\\$&")).join("|"), "g");
  const encode = (text: string): number[] => [...utf8.encode(text)];
  const tokenBytes = (id: number): Uint8Array =>
    id < 256 ? Uint8Array.of(id) : utf8.encode(names[id - 256] ?? "");
  return {
    bosId: 256,
    eosIds: names.flatMap((name, index) =>
      /eot|eom|im_end|end_of_text|<\/s>/.test(name) ? [256 + index] : [],
    ),
    specialTokens,
    encode,
    encodeTemplate(text) {
      const ids: number[] = [];
      let from = 0;
      for (const match of text.matchAll(pattern)) {
        ids.push(...encode(text.slice(from, match.index)), specialTokens.get(match[0])!);
        from = match.index + match[0].length;
      }
      return [...ids, ...encode(text.slice(from))];
    },
    specialId: (name) => specialTokens.get(name),
    decode: (ids) => new TextDecoder().decode(Uint8Array.from(ids.flatMap((id) => [...tokenBytes(id)]))),
    tokenBytes,
  };
}
