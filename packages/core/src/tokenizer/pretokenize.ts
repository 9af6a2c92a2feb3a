import { asciiClass, LETTER, NEWLINE, NUMBER, SPACE, wideClassAt } from "./char-class.ts";

/**
 * Finds the end of the piece that starts at `start`. `bytes` must be valid UTF-8 up to `end`, which counts
 * as the end of the text.
 */
export type Pretokenizer = (bytes: Uint8Array, start: number, end: number) => number;

/** Name of a supported pre-tokenizer. */
export type PretokenizerName = "llama3" | "gpt2" | "smollm";

/** Pre-tokenizers by name; hand-written scanners of the regexes noted beside them. */
export const pretokenizers: { readonly [N in PretokenizerName]: Pretokenizer } = {
  // (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
  llama3: scanLlama3,
  // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  gpt2: createGpt2Scanner(false),
  // Every \p{N} is a piece of its own; the stretches between them are split as by gpt2, each as a text of its own.
  smollm: createGpt2Scanner(true),
};

function scanLlama3(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start]!;
  const firstClass = classAt(bytes, start);
  const afterFirst = start + stepOf(first);
  if (first === 0x27) {
    const length = contractionLength(bytes, start + 1, end, true);
    if (length > 0) return start + 1 + length;
  }
  if (firstClass & LETTER) return runEnd(bytes, afterFirst, end, LETTER);
  if (firstClass & NUMBER) {
    let next = afterFirst;
    for (let n = 1; n < 3 && next < end && classAt(bytes, next) & NUMBER; n++) next += stepOf(bytes[next]!);
    return next;
  }
  if (!(firstClass & NEWLINE) && afterFirst < end && classAt(bytes, afterFirst) & LETTER)
    return runEnd(bytes, afterFirst, end, LETTER);
  const symbols = first === 0x20 ? afterFirst : start;
  if (symbols < end && classAt(bytes, symbols) === 0) {
    let next = runEnd(bytes, symbols, end, 0);
    while (next < end && (bytes[next] === 0x0a || bytes[next] === 0x0d)) next++;
    return next;
  }
  let next = start;
  let last = start;
  let afterNewline = -1;
  while (next < end) {
    const charClass = classAt(bytes, next);
    if (!(charClass & SPACE)) break;
    last = next;
    next += stepOf(bytes[next]!);
    if (charClass & NEWLINE) afterNewline = next;
  }
  if (afterNewline > 0) return afterNewline;
  return next < end && last > start ? last : next;
}

function createGpt2Scanner(isDigitAlone: boolean): Pretokenizer {
  return (bytes, start, end) => {
    const first = bytes[start]!;
    const afterFirst = start + stepOf(first);
    if (first === 0x27) {
      const length = contractionLength(bytes, start + 1, end, false);
      if (length > 0) return start + 1 + length;
    }
    const body = first === 0x20 ? afterFirst : start;
    if (body < end) {
      const bodyClass = classAt(bytes, body);
      if (bodyClass & NUMBER && isDigitAlone) return afterFirst;
      if (!(bodyClass & SPACE)) return runEnd(bytes, body, end, bodyClass);
    }
    let next = start;
    let last = start;
    while (next < end && classAt(bytes, next) & SPACE) {
      last = next;
      next += stepOf(bytes[next]!);
    }
    const isTextEnd = next === end || (isDigitAlone && (classAt(bytes, next) & NUMBER) !== 0);
    return !isTextEnd && last > start ? last : next;
  };
}

function classAt(bytes: Uint8Array, i: number): number {
  const byte = bytes[i]!;
  return byte < 0x80 ? asciiClass[byte]! : wideClassAt(bytes, i);
}

function stepOf(lead: number): number {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function runEnd(bytes: Uint8Array, start: number, end: number, charClass: number): number {
  let next = start;
  while (next < end) {
    const byte = bytes[next]!;
    if (byte < 0x80) {
      if (asciiClass[byte] !== charClass) break;
      next++;
    } else {
      if (wideClassAt(bytes, next) !== charClass) break;
      next += stepOf(byte);
    }
  }
  return next;
}

/** Bytes of s, t, re, ve, m, ll or d at `i`, or 0. U+017F folds to s in the reference's (?i:). */
function contractionLength(bytes: Uint8Array, i: number, end: number, isCaseFolded: boolean): number {
  if (i >= end) return 0;
  const fold = isCaseFolded ? 0x20 : 0;
  const first = bytes[i]! | fold;
  if (first === 0x73 || first === 0x74 || first === 0x6d || first === 0x64) return 1;
  if (i + 1 >= end) return 0;
  if (isCaseFolded && bytes[i] === 0xc5 && bytes[i + 1] === 0xbf) return 2;
  const second = bytes[i + 1]! | fold;
  if (second === 0x65 && (first === 0x72 || first === 0x76)) return 2;
  return first === 0x6c && second === 0x6c ? 2 : 0;
}
