/** What a code unit is to the filters. Everything above `space` is part of a word by itself or with its neighbours. */
export const CHAR = { symbol: 0, space: 1, digit: 2, letter: 3, thai: 4, ideograph: 5 } as const;

/** Tables over all 65,536 code units: the class, and the lower-case letter or digit (0 for all else). */
export interface CharTables {
  classes: Uint8Array;
  fold: Uint16Array;
}

let tables: CharTables | null = null;

/** The tables, built at the first use (about 20 ms). */
export function charTables(): CharTables {
  if (tables !== null) return tables;
  const classes = new Uint8Array(65536);
  const fold = new Uint16Array(65536);
  const word = /[\p{L}\p{M}]/u;
  const digit = /\p{Nd}/u;
  const space = /\s/u;
  const ideograph = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
  for (let code = 0; code < 65536; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const char = String.fromCharCode(code);
    if (space.test(char)) classes[code] = CHAR.space;
    else if (code >= 0xe00 && code <= 0xe5b) classes[code] = CHAR.thai;
    else if (digit.test(char)) classes[code] = CHAR.digit;
    else if (ideograph.test(char)) classes[code] = CHAR.ideograph;
    else if (word.test(char)) classes[code] = CHAR.letter;
    if (classes[code]! >= CHAR.digit) {
      const lower = char.toLowerCase();
      fold[code] = lower.length === 1 ? lower.charCodeAt(0) : code;
    }
  }
  tables = { classes, fold };
  return tables;
}
