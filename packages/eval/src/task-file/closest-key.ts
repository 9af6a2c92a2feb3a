import { editDistance } from "@llamero/core";

/** A hint that names the key that was most likely meant, or all of them. */
export function keyHint(key: string, known: readonly string[]): string {
  const [best] = known
    .map((name) => ({ name, distance: editDistance(key, name) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(2, Math.floor(key.length / 3))
    ? `did you mean ${best.name}?`
    : `known are ${known.join(", ")}`;
}
