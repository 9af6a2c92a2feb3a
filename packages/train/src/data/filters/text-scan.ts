import { CHAR, charTables } from "./char-classes.ts";

/**
 * What one pass over a text finds. Words are runs without white space; Thai, which has none, is cut before its leading
 * vowels, so that the same words give the same cuts; ideographs are words of one sign. Arrays are valid up to their count.
 */
export interface TextScan {
  text: string;
  numWords: number;
  wordStart: Int32Array;
  wordEnd: Int32Array;
  /** Of the folded letters and digits; 0 for a word that has neither. */
  wordHash: Int32Array;
  /** Lines that hold more than white space, without their outer spaces. */
  numLines: number;
  lineStart: Int32Array;
  lineEnd: Int32Array;
  lineHash: Int32Array;
  /** 1 where a blank line stands before. */
  lineOpensParagraph: Uint8Array;
  lineFirstWord: Int32Array;
  letters: number;
  thaiLetters: number;
  digits: number;
  spaces: number;
  /** Words with at least one letter, and the letters and digits of all words. */
  alphabeticWords: number;
  wordCharacters: number;
  hashSigns: number;
  ellipses: number;
  bulletLines: number;
  ellipsisLines: number;
  terminalLines: number;
  sentenceEnds: number;
  newLines: number;
}

const grow = (array: Int32Array): Int32Array => {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
};

function createScan(): TextScan {
  const list = (): Int32Array => new Int32Array(4096);
  return {
    text: "",
    numWords: 0,
    wordStart: list(),
    wordEnd: list(),
    wordHash: list(),
    numLines: 0,
    lineStart: list(),
    lineEnd: list(),
    lineHash: list(),
    lineOpensParagraph: new Uint8Array(4096),
    lineFirstWord: list(),
    letters: 0,
    thaiLetters: 0,
    digits: 0,
    spaces: 0,
    alphabeticWords: 0,
    wordCharacters: 0,
    hashSigns: 0,
    ellipses: 0,
    bulletLines: 0,
    ellipsisLines: 0,
    terminalLines: 0,
    sentenceEnds: 0,
    newLines: 0,
  };
}

/** Bits of the marks table. */
const MARK = { terminal: 1, sentence: 2, bullet: 4, closing: 8, thaiCut: 16 } as const;

const marks = new Uint8Array(65536);
for (const char of ".!?。！？।॥…؟") marks[char.charCodeAt(0)]! |= MARK.terminal;
for (const char of ".!?。！？।॥؟") marks[char.charCodeAt(0)]! |= MARK.sentence;
for (const char of "•‣▶◀◦■□▪▫–●○-*") marks[char.charCodeAt(0)]! |= MARK.bullet;
for (const char of "\"'”’»)]」』") marks[char.charCodeAt(0)]! |= MARK.closing;
for (const char of "เแโใไ") marks[char.charCodeAt(0)]! |= MARK.thaiCut;

const scan = createScan();
let isValid = false;

/**
 * Scans a text. The result is shared: it holds until the next call with another text, and a second call with the same
 * text costs nothing, so that filters in a row share one pass.
 */
export function scanText(text: string): TextScan {
  if (isValid && scan.text === text) return scan;
  isValid = true;
  scan.text = text;
  scanWords(text);
  scanLines(text);
  return scan;
}

/** Code units of the text: reading them from a string costs several times as much. */
let codes = new Uint16Array(1 << 14);
let codeBytes = Buffer.from(codes.buffer);

/** Larger documents give their room back. */
const KEPT_UNITS = 1 << 22;

function spreadCodes(text: string): void {
  const { length } = text;
  if (codes.length <= length || (codes.length > KEPT_UNITS && length < KEPT_UNITS / 4)) {
    codes = new Uint16Array(2 ** Math.ceil(Math.log2(Math.max(length + 1, 1 << 14))));
    codeBytes = Buffer.from(codes.buffer);
  }
  codeBytes.write(text, 0, "utf16le");
  codes[length] = 10;
}

function growWords(): void {
  scan.wordStart = grow(scan.wordStart);
  scan.wordEnd = grow(scan.wordEnd);
  scan.wordHash = grow(scan.wordHash);
}

function scanWords(text: string): void {
  const { classes, fold } = charTables();
  const end = text.length;
  spreadCodes(text);
  const units = codes;
  let { wordStart, wordEnd, wordHash } = scan;
  let capacity = wordStart.length;
  let numWords = 0;
  let letters = 0;
  let thai = 0;
  let digits = 0;
  let spaces = 0;
  let newLines = 0;
  let alphabetic = 0;
  let hashSigns = 0;
  let ellipses = 0;
  let sentenceEnds = 0;
  let start = -1;
  let hash = 0;
  let hasLetter = 0;
  // A line feed behind the end closes the last word.
  for (let at = 0; at <= end; at++) {
    const code = units[at]!;
    const kind = classes[code]!;
    if (kind === CHAR.letter) {
      if (start < 0) start = at;
      hash = (Math.imul(hash ^ fold[code]!, 0x01000193) + 0x2f0b4a27) | 0;
      letters++;
      hasLetter = 1;
      continue;
    }
    const isSpace = kind === CHAR.space;
    const isCut =
      kind >= CHAR.thai && start >= 0 && (kind === CHAR.ideograph || (marks[code]! & MARK.thaiCut) !== 0);
    if ((isSpace && start >= 0) || isCut) {
      if (numWords === capacity) {
        growWords();
        ({ wordStart, wordEnd, wordHash } = scan);
        capacity = wordStart.length;
      }
      wordStart[numWords] = start;
      wordEnd[numWords] = at;
      wordHash[numWords++] = hash;
      alphabetic += hasLetter;
      start = -1;
      hash = 0;
      hasLetter = 0;
    }
    if (isSpace) {
      spaces++;
      if (code === 10) newLines++;
      continue;
    }
    if (start < 0) start = at;
    if (kind >= CHAR.digit) {
      hash = (Math.imul(hash ^ fold[code]!, 0x01000193) + 0x2f0b4a27) | 0;
      if (kind === CHAR.digit) digits++;
      else {
        letters++;
        hasLetter = 1;
        if (kind === CHAR.thai) thai++;
      }
    } else if (code === 0x23) hashSigns++;
    else if (code === 0x2026) ellipses++;
    else if ((marks[code]! & MARK.sentence) !== 0) {
      const next = units[at + 1]!;
      if (next === code) {
        if (code === 0x2e && at + 2 < end && units[at + 2] === 0x2e) {
          ellipses++;
          at += 2;
        }
      } else if (next <= 32 || (marks[next]! & MARK.closing) !== 0) sentenceEnds++;
    }
  }
  // The line feed behind the end is none of the text's.
  spaces--;
  newLines--;
  const wordCharacters = letters + digits;
  scan.numWords = numWords;
  scan.letters = letters;
  scan.thaiLetters = thai;
  scan.digits = digits;
  scan.spaces = spaces;
  scan.newLines = newLines;
  scan.alphabeticWords = alphabetic;
  scan.wordCharacters = wordCharacters;
  scan.hashSigns = hashSigns;
  scan.ellipses = ellipses;
  scan.sentenceEnds = sentenceEnds;
}

/** Lines follow from the words: a new one begins where a line feed lies between two words. */
function scanLines(text: string): void {
  scan.numLines = 0;
  scan.bulletLines = 0;
  scan.ellipsisLines = 0;
  scan.terminalLines = 0;
  const { numWords, wordStart, wordEnd, wordHash } = scan;
  let from = 0;
  let cursor = 0;
  let feeds = 2;
  for (let word = 0; word < numWords; ) {
    // One line: words up to the next line feed.
    const first = word;
    const next = text.indexOf("\n", wordStart[first]!);
    const limit = next < 0 ? text.length : next;
    let hash = 0;
    while (word < numWords && wordStart[word]! < limit) {
      hash = Math.imul(hash ^ wordHash[word]!, 0x9e3779b1) + (wordEnd[word]! - wordStart[word]!);
      hash ^= hash >>> 15;
      word++;
    }
    endLine(text, wordStart[first]!, wordEnd[word - 1]!, hash, first, feeds > 1 ? 1 : 0);
    cursor = limit;
    from = cursor;
    feeds = 0;
    const stop = word < numWords ? wordStart[word]! : from;
    for (let at = from; at < stop; at++) if (codes[at] === 10) feeds++;
  }
}

function endLine(
  text: string,
  start: number,
  end: number,
  hash: number,
  firstWord: number,
  opens: number,
): void {
  const at = scan.numLines;
  if (at === scan.lineStart.length) {
    scan.lineStart = grow(scan.lineStart);
    scan.lineEnd = grow(scan.lineEnd);
    scan.lineHash = grow(scan.lineHash);
    scan.lineFirstWord = grow(scan.lineFirstWord);
    const larger = new Uint8Array(scan.lineStart.length);
    larger.set(scan.lineOpensParagraph);
    scan.lineOpensParagraph = larger;
  }
  scan.lineStart[at] = start;
  scan.lineEnd[at] = end;
  scan.lineHash[at] = hash;
  scan.lineFirstWord[at] = firstWord;
  scan.lineOpensParagraph[at] = opens;
  scan.numLines = at + 1;
  if ((marks[codes[start]!]! & MARK.bullet) !== 0) scan.bulletLines++;
  let last = end - 1;
  while (last > start && (marks[codes[last]!]! & MARK.closing) !== 0) last--;
  const code = codes[last]!;
  if (code === 0x2026 || (code === 0x2e && text.startsWith("..", last - 2))) scan.ellipsisLines++;
  if ((marks[code]! & MARK.terminal) !== 0) scan.terminalLines++;
}
