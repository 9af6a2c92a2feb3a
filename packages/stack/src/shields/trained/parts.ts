/** Where a sentence, a line, a tag or a value of JSON ends. */
const borders = /[.!?…;]+["')\]]*\s|[。！？।]|[\n\r<>{}]+|"\s*[,:}\]]\s*/g;

/** Shorter pieces say too little and join the next one; longer ones are cut. */
const shortest = 24;
const longest = 240;

/** Signs of a window of several pieces, and of two pieces judged together. */
const windowLength = 400;
const pairLength = 200;

/** Signs of a text that is judged at once; what is longer takes several slices. */
const sliceLength = 8192;
/** Signs that a slice shares with the one before, so that an attack on their border is whole in one of them. */
const sliceOverlap = 512;

/** A long text in slices that can be judged one after the other; a short one is its only slice. */
export function slicesOf(text: string): string[] {
  if (text.length <= sliceLength) return [text];
  const slices: string[] = [];
  for (let at = 0; at < text.length - sliceOverlap; at += sliceLength - sliceOverlap)
    slices.push(text.slice(at, at + sliceLength));
  return slices;
}

/** Ends of the pieces of a text: sentences, lines, values; each at least a few words long. */
function pieceEnds(text: string): number[] {
  const ends: number[] = [];
  let start = 0;
  const cut = (end: number): void => {
    while (end - start > longest) {
      const space = text.lastIndexOf(" ", start + longest);
      start = space > start + longest / 2 ? space : start + longest;
      ends.push(start);
    }
    if (end - start < shortest) return;
    ends.push(end);
    start = end;
  };
  for (const { index, 0: border } of text.matchAll(borders)) cut(index + border.length);
  cut(text.length);
  if (start < text.length) {
    if (text.length - start < shortest / 2 && ends.length > 0) ends[ends.length - 1] = text.length;
    else ends.push(text.length);
  }
  return ends;
}

/** What of a text is judged by itself: pieces, short neighbors together, windows of several; none of a single sentence. */
export function partsOf(text: string): string[] {
  const ends = pieceEnds(text);
  if (ends.length < 2) return [];
  const startOf = (at: number): number => (at === 0 ? 0 : ends[at - 1]!);
  const parts: string[] = [];
  let [windowStart, lastEnd] = [0, 0];
  for (const [at, end] of ends.entries()) {
    parts.push(text.slice(startOf(at), end));
    if (at > 0 && end - startOf(at - 1) <= pairLength && ends.length > 2)
      parts.push(text.slice(startOf(at - 1), end));
    if (at < ends.length - 1 && ends[at + 1]! - startOf(windowStart) <= windowLength) continue;
    // A window has at least three pieces or is one that was judged already.
    if (at > windowStart + 1 && end > lastEnd && (windowStart > 0 || at < ends.length - 1)) {
      parts.push(text.slice(startOf(windowStart), end));
      lastEnd = end;
    }
    // The next one begins in the middle of this one.
    const middle = (startOf(windowStart) + end) / 2;
    while (windowStart <= at && startOf(windowStart) < middle) windowStart++;
  }
  return parts;
}
