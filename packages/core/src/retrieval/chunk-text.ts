/** How a text is cut. */
export interface ChunkOptions {
  /** Tokens of one chunk at most. */
  maxTokens: number;
  /** Tokens that a chunk may repeat of the one before it; below `maxTokens`. */
  overlapTokens: number;
  /** Default `estimateTokens`. */
  countTokens?: (text: string) => number;
}

/** A part of a text: `text.slice(start, end)`. */
export interface ChunkSpan {
  start: number;
  end: number;
  numTokens: number;
}

/** How strongly a text is parted at a place; the stronger, the earlier a chunk ends there. */
const boundaries: readonly RegExp[] = [
  // Before a Markdown heading.
  /\n(?=#{1,6} )/g,
  // After an empty line.
  /\n[^\S\n]*\n+/g,
  // After a line.
  /\n+/g,
  // After a sentence.
  /[.!?…]["')\]]*\s+|[。！？]/g,
  // After a word.
  /\s+/g,
];

/** About how many tokens a text has: four bytes of a word are one, and so is each other sign. */
export function estimateTokens(text: string): number {
  let sum = 0;
  for (const [word] of text.matchAll(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu)) {
    sum += Math.ceil(Buffer.byteLength(word) / 4);
  }
  return sum;
}

/**
 * Cuts a text at headings, else paragraphs, else lines, sentences, words and at last anywhere, so that each part fits.
 * Without an overlap the spans follow on one another and together are the whole text; a text of white space has none.
 */
export function chunkText(text: string, options: ChunkOptions): ChunkSpan[] {
  const { maxTokens, overlapTokens, countTokens = estimateTokens } = options;
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 1) {
    throw new RangeError(`maxTokens is ${maxTokens}; it must be a whole number of at least 1`);
  }
  if (!Number.isSafeInteger(overlapTokens) || overlapTokens < 0 || overlapTokens >= maxTokens) {
    throw new RangeError(`overlapTokens is ${overlapTokens}; it must be from 0 to ${maxTokens - 1}`);
  }
  if (text.trim() === "") return [];
  const count = (start: number, end: number): number => countTokens(text.slice(start, end));
  const pieces: ChunkSpan[] = [];
  split(text, { start: 0, end: text.length, level: 0 }, { fits: maxTokens, count, pieces });
  return join(pieces, { maxTokens, overlapTokens, count });
}

type Count = (start: number, end: number) => number;

/** Parts a span at the boundaries of a level, and what is still too long at the next one. */
function split(
  text: string,
  { start, end, level }: { start: number; end: number; level: number },
  out: { fits: number; count: Count; pieces: ChunkSpan[] },
): void {
  const numTokens = out.count(start, end);
  const boundary = boundaries[level];
  const isAtom = boundary === undefined && end - start <= charLength(text, start);
  // Sentences are the grain in which chunks overlap and fill.
  if ((numTokens <= out.fits && level > 3) || isAtom) {
    out.pieces.push({ start, end, numTokens });
    return;
  }
  if (boundary === undefined) {
    // A word longer than a chunk: halves, between characters.
    let middle = start + Math.max(1, Math.floor((end - start) / 2));
    if (middle < end && isLowSurrogate(text.charCodeAt(middle))) middle += 1;
    if (middle >= end) {
      out.pieces.push({ start, end, numTokens });
      return;
    }
    split(text, { start, end: middle, level }, out);
    split(text, { start: middle, end, level }, out);
    return;
  }
  let from = start;
  for (const match of text.slice(start, end).matchAll(boundary)) {
    const to = start + match.index + match[0].length;
    if (to >= end) break;
    split(text, { start: from, end: to, level: level + 1 }, out);
    from = to;
  }
  split(text, { start: from, end, level: level + 1 }, out);
}

const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;
const charLength = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/** Fills chunks with pieces; each begins with as many of the last ones as the overlap allows. */
function join(
  pieces: readonly ChunkSpan[],
  { maxTokens, overlapTokens, count }: { maxTokens: number; overlapTokens: number; count: Count },
): ChunkSpan[] {
  const chunks: ChunkSpan[] = [];
  let first = 0;
  for (let next = 0; next < pieces.length; ) {
    const { start } = pieces[first]!;
    let { end } = pieces[next]!;
    // The sum of the parts is counted already and hardly ever less than the whole, which is counted where the sum is too much.
    let bound = 0;
    for (let each = first; each <= next; each++) bound += pieces[each]!.numTokens;
    next++;
    while (next < pieces.length) {
      const { end: reach, numTokens } = pieces[next]!;
      bound += numTokens;
      if (bound > maxTokens) bound = count(start, reach);
      if (bound > maxTokens) break;
      end = reach;
      next++;
    }
    let numTokens = count(start, end);
    while (numTokens > maxTokens && next - 1 > first && pieces[next - 2]!.end > (chunks.at(-1)?.end ?? 0)) {
      end = pieces[--next - 1]!.end;
      numTokens = count(start, end);
    }
    chunks.push({ start, end, numTokens });
    if (next === pieces.length) break;
    first = next;
    while (
      first > 0 &&
      pieces[first - 1]!.start > start &&
      count(pieces[first - 1]!.start, end) <= overlapTokens &&
      count(pieces[first - 1]!.start, pieces[next]!.end) <= maxTokens
    ) {
      first--;
    }
  }
  return chunks;
}
