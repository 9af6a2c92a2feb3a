import { splitWords } from "./python-whitespace.ts";

/** How BLEU cuts a line; the names are sacrebleu's. */
export type BleuTokenizer = "13a" | "intl" | "zh" | "char" | "none";

type Rule = readonly [RegExp, string];

// The part of mteval-v13a for western languages.
const western: readonly Rule[] = [
  [/([{-~[-` -&(-+:-@/])/gu, " $1 "],
  [/([^0-9])([.,])/gu, "$1 $2 "],
  [/([.,])([^0-9])/gu, " $1 $2"],
  [/([0-9])(-)/gu, "$1 $2 "],
];

// mteval-v14: punctuation apart unless between digits, symbols always.
const international: readonly Rule[] = [
  [/(\P{N})(\p{P})/gu, "$1 $2 "],
  [/(\p{P})(\P{N})/gu, " $1 $2"],
  [/(\p{S})/gu, " $1 "],
];

// Code points that the Chinese tokenizer sets apart. The first two are what sacrebleu's five-digit escapes come to.
const chineseRanges: readonly (readonly [number, number])[] = [
  [0x2001, 0x2a6d],
  [0x2f81, 0x2fa1],
  [0x3400, 0x4db5],
  [0x4e00, 0x9fbb],
  [0xf900, 0xfa2d],
  [0xfa30, 0xfa6a],
  [0xff00, 0xffef],
  [0x2e80, 0x2eff],
  [0x3000, 0x303f],
  [0x31c0, 0x31ef],
  [0x2f00, 0x2fdf],
  [0x2ff0, 0x2fff],
  [0x3100, 0x312f],
  [0x31a0, 0x31bf],
  [0xfe10, 0xfe1f],
  [0xfe30, 0xfe4f],
  [0x3200, 0x33ff],
];

function applyRules(line: string, rules: readonly Rule[]): string[] {
  return splitWords(rules.reduce((text, [pattern, to]) => text.replace(pattern, to), line));
}

function unescapeMarkup(line: string): string {
  const joined = line.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  return joined
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
}

function isChinese(character: string): boolean {
  const code = character.codePointAt(0)!;
  return chineseRanges.some(([first, last]) => code >= first && code <= last);
}

const tokenizers: { readonly [T in BleuTokenizer]: (line: string) => string[] } = {
  "13a": (line) => applyRules(` ${unescapeMarkup(line)} `, western),
  intl: (line) => applyRules(line, international),
  zh: (line) =>
    applyRules(
      Array.from(line.trim(), (character) => (isChinese(character) ? ` ${character} ` : character)).join(""),
      western,
    ),
  char: (line) => splitWords(Array.from(line).join(" ")),
  none: splitWords,
};

/** Tokens of a line. */
export function tokenizeForBleu(line: string, tokenizer: BleuTokenizer): string[] {
  return tokenizers[tokenizer](line.trimEnd());
}
