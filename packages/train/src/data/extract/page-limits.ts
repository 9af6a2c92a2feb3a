/** Bounds that keep the time for one page short; a page above them is read tag by tag, without a tree. */
export const pageLimits = { characters: 4_000_000, elements: 40_000, depth: 400 } as const;

/** Whether a tree of this page would be small enough to search for its main part. Takes time linear in its length. */
export function isWithinLimits(html: string): boolean {
  if (html.length > pageLimits.characters) return false;
  let tags = 0;
  let depth = 0;
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at + 1)) {
    // A "<" that opens nothing becomes a piece of text of its own.
    if (++tags > pageLimits.elements * 2) return false;
    const code = html.charCodeAt(at + 1) | 32;
    if (code >= 97 && code <= 122) {
      // Elements that are never closed, such as img and p, count as depth only up to the next end tag.
      depth++;
      if (depth > pageLimits.depth * 10) return false;
    } else if (html.charCodeAt(at + 1) === 47) depth = Math.max(0, depth - 1);
  }
  return true;
}
