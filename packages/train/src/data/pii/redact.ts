import { DETECTORS, PII_KINDS, type PiiKind } from "./detectors.ts";

/** Something personal or secret in a text. */
export interface PiiFind {
  kind: PiiKind;
  start: number;
  end: number;
}

/** What is looked for. */
export interface PiiOptions {
  /** All kinds by default. */
  kinds?: readonly PiiKind[];
  /** Leaves addresses that belong to no one (private, local, documentation) as they are; true by default. */
  keepsReserved?: boolean;
}

/** How much of the text before and after a find its rule may look at. */
const BEFORE = 48;
const AFTER = 8;

/** Finds in order, none overlapping another; where two rules match, the more special one wins. */
export function findPii(
  text: string,
  { kinds = PII_KINDS, keepsReserved = true }: PiiOptions = {},
): PiiFind[] {
  const found: (PiiFind & { rank: number })[] = [];
  const met = new Map<RegExp, boolean>();
  const has = (sign: RegExp): boolean => {
    const known = met.get(sign) ?? sign.test(text);
    met.set(sign, known);
    return known;
  };
  for (const [rank, { kind, pattern, needs, check }] of DETECTORS.entries()) {
    if (!kinds.includes(kind) || (needs !== undefined && !has(needs))) continue;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const isPart = match[1] !== undefined && match[1].length > 4;
      const meant = isPart ? match[1]! : match[0];
      const start = isPart ? match.index + match[0].lastIndexOf(meant) : match.index;
      const end = start + meant.length;
      const fits =
        check === undefined ||
        check(
          meant,
          text.slice(Math.max(0, start - BEFORE), start),
          text.slice(end, end + AFTER),
          keepsReserved,
        );
      if (fits) found.push({ kind, start, end, rank });
      // A number that was refused may begin one that is right.
      else if (match[0].length > 1) pattern.lastIndex = match.index + 1;
    }
  }
  found.sort((a, b) => a.rank - b.rank || a.start - b.start);
  const kept: PiiFind[] = [];
  for (const { kind, start, end } of found)
    if (kept.every((other) => end <= other.start || start >= other.end)) kept.push({ kind, start, end });
  return kept.sort((a, b) => a.start - b.start);
}

/** The text with a placeholder such as `<EMAIL>` for each find, and the finds in the text as it was. */
export function redact(text: string, options: PiiOptions = {}): { text: string; found: PiiFind[] } {
  const found = findPii(text, options);
  let clean = "";
  let from = 0;
  for (const { kind, start, end } of found) {
    clean += `${text.slice(from, start)}<${kind.toUpperCase()}>`;
    from = end;
  }
  return { text: clean + text.slice(from), found };
}
