/** Runs of what Python's `str.split` takes for whitespace; JavaScript's `\s` lacks some and has U+FEFF beside. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python splits at U+001C to U+001F
const whitespace = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;

/** The words of a text as Python's `str.split()` gives them. */
export function splitWords(text: string): string[] {
  return text.split(whitespace).filter((word) => word !== "");
}
