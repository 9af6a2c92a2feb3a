import { unicode8Class } from "./unicode8.ts";

/** What BERT's normalizer does before words are looked for. */
export interface BertNormalizerOptions {
  cleanText: boolean;
  handleChineseChars: boolean;
  stripAccents: boolean;
  lowercase: boolean;
}

const controls = new RegExp(unicode8Class("controls"), "gu");
const whiteSpace = /\p{White_Space}/gu;
const accents = new RegExp(unicode8Class("marks"), "gu");
/** The blocks of ideographs that the reference sets apart (`is_chinese_char`). */
const ideographs =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
const upper = /\p{Changes_When_Lowercased}/gu;

/** Lower case of each code point alone, so that a final sigma is like any other. */
export function lowercaseCodePoints(text: string): string {
  return text.replace(upper, (char) => char.toLowerCase());
}

/** Text without combining marks. */
export function stripMarks(text: string): string {
  return text.normalize("NFD").replace(accents, "");
}

/** BERT's normalizer (`BertNormalizer` of Hugging Face's tokenizers). */
export function bertNormalizer(options: BertNormalizerOptions): (text: string) => string {
  return (text) => {
    let result = text;
    if (options.cleanText) result = result.replace(controls, "").replace(whiteSpace, " ");
    if (options.handleChineseChars) result = result.replace(ideographs, " $& ");
    if (options.stripAccents) result = stripMarks(result);
    return options.lowercase ? lowercaseCodePoints(result) : result;
  };
}

const punctuation = `(?:${unicode8Class("punctuation")})`;
const bertPieces = new RegExp(`${punctuation}|(?:(?!${punctuation})\\P{White_Space})+`, "gu");

/** BERT's pre-tokenizer: words, and each punctuation mark alone. */
export function bertWords(text: string): string[] {
  return text.match(bertPieces) ?? [];
}

const isolated = new RegExp(`${punctuation}|(?:(?!${punctuation})[^])+`, "gu");

/** Cuts around punctuation marks and keeps everything. */
export function isolatePunctuation(text: string): string[] {
  return text.match(isolated) ?? [];
}
