/** Character classes as bits; 0 is everything else (punctuation, marks, symbols, unassigned). */
export const LETTER = 1;
export const NUMBER = 2;
export const SPACE = 4;
export const NEWLINE = 8;

const letter = /\p{L}/u;
const number = /\p{N}/u;
// Unicode White_Space. JavaScript's \s differs: it has U+FEFF and lacks U+0085.
const space = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u;

const pageSize = 256;
const classes = new Uint8Array(0x110000);
const isPageFilled = new Uint8Array(0x110000 / pageSize);

/** Classes of the ASCII bytes. */
export const asciiClass: Uint8Array = fillPage(0).subarray(0, 128);

function fillPage(page: number): Uint8Array {
  for (let code = page * pageSize; code < (page + 1) * pageSize; code++) {
    const char = String.fromCodePoint(code);
    if (letter.test(char)) classes[code] = LETTER;
    else if (number.test(char)) classes[code] = NUMBER;
    else if (space.test(char)) classes[code] = char === "\n" || char === "\r" ? SPACE | NEWLINE : SPACE;
  }
  isPageFilled[page] = 1;
  return classes.subarray(page * pageSize, (page + 1) * pageSize);
}

/** Class of the multi-byte UTF-8 character that starts at `i`; the bytes must be valid UTF-8. */
export function wideClassAt(bytes: Uint8Array, i: number): number {
  const lead = bytes[i]!;
  let code: number;
  if (lead < 0xe0) code = ((lead & 0x1f) << 6) | (bytes[i + 1]! & 0x3f);
  else if (lead < 0xf0) code = ((lead & 0x0f) << 12) | ((bytes[i + 1]! & 0x3f) << 6) | (bytes[i + 2]! & 0x3f);
  else
    code =
      ((lead & 0x07) << 18) |
      ((bytes[i + 1]! & 0x3f) << 12) |
      ((bytes[i + 2]! & 0x3f) << 6) |
      (bytes[i + 3]! & 0x3f);
  if (isPageFilled[code >> 8] === 0) fillPage(code >> 8);
  return classes[code]!;
}
