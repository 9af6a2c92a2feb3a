import type { Range } from "./regular.ts";

const lastCodePoint = 0x10ffff;
const surrogates: Range = [0xd800, 0xdfff];

/** Sorted, disjoint ranges of the same code points. */
export function normalize(ranges: readonly Range[]): Range[] {
  const found: [number, number][] = [];
  for (const [lo, hi] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last !== undefined && lo <= last[1] + 1) last[1] = Math.max(last[1], hi);
    else found.push([lo, hi]);
  }
  return found;
}

/** All code points but these, and without surrogates, which UTF-8 cannot hold. */
export function complement(ranges: readonly Range[]): Range[] {
  const found: Range[] = [];
  let from = 0;
  for (const [lo, hi] of normalize([...ranges, surrogates])) {
    if (lo > from) found.push([from, lo - 1]);
    from = hi + 1;
  }
  if (from <= lastCodePoint) found.push([from, lastCodePoint]);
  return found;
}

/** Every code point that UTF-8 can hold. */
export const anyChar: readonly Range[] = complement([]);

/** Code points of the class escapes of ECMAScript. */
export const classEscapes: Readonly<Record<string, readonly Range[]>> = {
  d: [[0x30, 0x39]],
  w: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ],
  s: [
    [0x09, 0x0d],
    [0x20, 0x20],
    [0xa0, 0xa0],
    [0x1680, 0x1680],
    [0x2000, 0x200a],
    [0x2028, 0x2029],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
    [0xfeff, 0xfeff],
  ],
};

/** What `.` matches. */
export const notLineEnd: readonly Range[] = complement([
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]);

const properties = new Map<string, readonly Range[]>();

/** Code points of a Unicode property such as `L` or `Script=Greek`; asks the JavaScript engine for each. */
export function unicodeProperty(name: string): readonly Range[] {
  const known = properties.get(name);
  if (known !== undefined) return known;
  const pattern = new RegExp(`^\\p{${name}}$`, "u");
  const found: [number, number][] = [];
  for (const [lo, hi] of anyChar) {
    for (let code = lo; code <= hi; code++) {
      if (!pattern.test(String.fromCodePoint(code))) continue;
      const last = found.at(-1);
      if (last !== undefined && last[1] === code - 1) last[1] = code;
      else found.push([code, code]);
    }
  }
  properties.set(name, found);
  return found;
}
