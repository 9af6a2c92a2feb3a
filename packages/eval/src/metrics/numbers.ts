/** Currency signs and units that may stand at a number without changing it. */
const decoration = /[$€£¥₹฿]|\\\$|\\%|%|\b(?:USD|EUR|dollars?|euros?|cents?)\b/gi;
const otherDigits: readonly [zero: number, script: string][] = [
  [0x0966, "Devanagari"],
  [0x09e6, "Bengali"],
  [0x0c66, "Telugu"],
  [0x0e50, "Thai"],
  [0xff10, "full width"],
];

/** Digits of other scripts (Devanagari, Bengali, Telugu, Thai, full width) as ASCII ones. */
export function toAsciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0)!;
    for (const [zero] of otherDigits) if (code >= zero && code < zero + 10) return String(code - zero);
    return digit;
  });
}

/**
 * The value of a text that is one number: "$1,234.50", "-3", "3/4", "1e3", "7.", "1 1/2"; null where it is not one.
 * A comma separates thousands where three digits follow it, else decimals ("0,5").
 */
export function parseNumber(text: string): number | null {
  let body = toAsciiDigits(text)
    .replace(decoration, "")
    .replace(/[−–]/g, "-")
    .replace(/[\u00a0\u202f]/g, " ")
    .trim();
  body = body.replace(/[.,:;]+$/, "").trim();
  const mixed = /^(-?)(\d+) (\d+)\/(\d+)$/.exec(body);
  if (mixed !== null) {
    const value = Number(mixed[2]) + Number(mixed[3]) / Number(mixed[4]);
    return mixed[1] === "-" ? -value : value;
  }
  const fraction = /^([^/]+)\/([^/]+)$/.exec(body);
  if (fraction !== null) {
    const [above, below] = [parseDecimal(fraction[1]!), parseDecimal(fraction[2]!)];
    return above === null || below === null || below === 0 ? null : above / below;
  }
  return parseDecimal(body);
}

function parseDecimal(text: string): number | null {
  let body = text.trim().replace(/^\+/, "").replace(/^- +/, "-");
  if (/^-?\d{1,3}(?: \d{3})+(?:[.,]\d+)?$/.test(body)) body = body.replaceAll(" ", "");
  if (/^-?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/.test(body)) body = body.replaceAll(",", "");
  else if (/^-?\d{1,3}(?:\.\d{3})+,\d+$/.test(body)) body = body.replaceAll(".", "").replace(",", ".");
  else if (/^-?\d+,\d+$/.test(body)) body = body.replace(",", ".");
  if (!/^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(body)) return null;
  return Number(body);
}

/** Whether two texts are the same number, to nine digits. */
export function isSameNumber(first: string, second: string): boolean {
  const [a, b] = [parseNumber(first), parseNumber(second)];
  return a !== null && b !== null && isClose(a, b);
}

/** Equality of two values to nine digits. */
export function isClose(a: number, b: number): boolean {
  return (
    a === b || (Number.isFinite(a - b) && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)))
  );
}
