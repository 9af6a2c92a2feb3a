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

function endWord(start: number, end: number, hash: number): void {
  const at = scan.numWords;
  if (at === scan.wordStart.length) {
    scan.wordStart = grow(scan.wordStart);
    scan.wordEnd = grow(scan.wordEnd);
    scan.wordHash = grow(scan.wordHash);
  }
  scan.wordStart[at] = start;
  scan.wordEnd[at] = end;
  scan.wordHash[at] = hash;
  scan.numWords = at + 1;
}

function scanWords(text: string): void {
  const { classes, fold } = charTables();
  const end = text.length;
  let letters = 0;
  let thai = 0;
  let digits = 0;
  let spaces = 0;
  let newLines = 0;
  let alphabetic = 0;
  let wordCharacters = 0;
  let hashSigns = 0;
  let ellipses = 0;
  let sentenceEnds = 0;
  let start = -1;
  let hash = 0;
  let hasLetter = 0;
  scan.numWords = 0;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    const kind = classes[code]!;
    if (kind === CHAR.space) {
      if (start >= 0) {
        endWord(start, at, hash);
        alphabetic += hasLetter;
        start = -1;
        hash = 0;
        hasLetter = 0;
      }
      spaces++;
      if (code === 10) newLines++;
      continue;
    }
    if (kind >= CHAR.thai && start >= 0 && (kind === CHAR.ideograph || (marks[code]! & MARK.thaiCut) !== 0)) {
      endWord(start, at, hash);
      alphabetic += hasLetter;
      hash = 0;
      hasLetter = 0;
      start = at;
    } else if (start < 0) start = at;
    if (kind >= CHAR.digit) {
      hash = Math.imul(hash ^ fold[code]!, 0x01000193) + 0x2f0b4a27;
      wordCharacters++;
      if (kind === CHAR.digit) digits++;
      else {
        letters++;
        hasLetter = 1;
        if (kind === CHAR.thai) thai++;
      }
    } else if (code === 0x23) hashSigns++;
    else if (code === 0x2026) ellipses++;
    else if ((marks[code]! & MARK.sentence) !== 0) {
      const next = at + 1 < end ? text.charCodeAt(at + 1) : 10;
      if (next === code) {
        if (code === 0x2e && at + 2 < end && text.charCodeAt(at + 2) === 0x2e) {
          ellipses++;
          at += 2;
        }
      } else if (next <= 32 || (marks[next]! & MARK.closing) !== 0) sentenceEnds++;
    }
  }
  if (start >= 0) {
    endWord(start, end, hash);
    alphabetic += hasLetter;
  }
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
    for (let at = from; at < stop; at++) if (text.charCodeAt(at) === 10) feeds++;
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
  if ((marks[text.charCodeAt(start)]! & MARK.bullet) !== 0) scan.bulletLines++;
  let last = end - 1;
  while (last > start && (marks[text.charCodeAt(last)]! & MARK.closing) !== 0) last--;
  const code = text.charCodeAt(last);
  if (code === 0x2026 || (code === 0x2e && text.startsWith("..", last - 2))) scan.ellipsisLines++;
  if ((marks[code]! & MARK.terminal) !== 0) scan.terminalLines++;
}
