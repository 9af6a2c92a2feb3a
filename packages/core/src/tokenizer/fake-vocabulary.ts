import { spellBytes } from "./byte-alphabet.ts";

const tinyMerges = [
  "t h",
  "th e",
  "Ġ the",
  "a a",
  "aa aa",
  "aaaa aaaa",
  "i n",
  "in g",
  "Ġ Ġ",
  "ĠĠ ĠĠ",
  "l o",
  "lo w",
  "low e",
  "lowe r",
  "e r",
  "o w",
  "w er",
  "Ã ©",
] as const;

/** Content of a small tokenizer.json of our own: 256 bytes, 18 merges and three special tokens. Tests only. */
export function tinyTokenizerJson(
  changes: { root?: Readonly<Record<string, unknown>>; model?: Readonly<Record<string, unknown>> } = {},
): string {
  const vocab: Record<string, number> = {};
  for (let byte = 0; byte < 256; byte++) vocab[spellBytes(Uint8Array.of(byte))] = byte;
  tinyMerges.forEach((merge, rank) => {
    vocab[merge.replace(" ", "")] = 256 + rank;
  });
  const firstSpecial = 256 + tinyMerges.length;
  return JSON.stringify({
    added_tokens: ["<|begin|>", "<|end|>", "<|end|>er"].map((content, i) => ({
      id: firstSpecial + i,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true },
    post_processor: null,
    decoder: { type: "ByteLevel" },
    model: { type: "BPE", unk_token: null, vocab, merges: tinyMerges, ...changes.model },
    ...changes.root,
  });
}

/** Repeatable pseudo-random integers below `limit` (mulberry32). Tests only. */
export function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Text of up to `maxChars` characters over all planes, rich in ASCII, spaces and newlines. Tests only. */
export function randomText(random: (limit: number) => number, maxChars: number): string {
  const common = " \n\r\t'’stremvldSTREMVLD0129½²,.(é\u00a0\u0085\u3000\u2028\ufeff\u200bſ";
  let text = "";
  for (let n = random(maxChars + 1); n > 0; n--) {
    const kind = random(10);
    if (kind < 6) text += common[random(common.length)]!;
    else if (kind < 8) text += String.fromCharCode(random(0x3000));
    else {
      const code = random(0x110000);
      text += String.fromCodePoint(code >= 0xd800 && code < 0xe000 ? 0x20 : code);
    }
  }
  return text;
}
