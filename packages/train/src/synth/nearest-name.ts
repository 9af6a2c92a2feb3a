import { editDistance } from "@llamero/core";

/** Throws where a table has a name that its reader does not know, with the known name that is nearest. */
export function refuseUnknownNames(owner: string, names: Iterable<string>, known: readonly string[]): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = nearestName(name, known);
    const hint = near === null ? `it takes ${known.join(", ")}` : `did you mean ${near}?`;
    throw new SyntaxError(`${owner} has no field ${name}; ${hint}`);
  }
}

/** The name that a mistyped one most likely means; null where none is near. */
export function nearestName(word: string, names: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.max(2, Math.floor(word.length / 2)) + 1;
  for (const name of names) {
    const distance = editDistance(word, name);
    if (distance >= least) continue;
    best = name;
    least = distance;
  }
  return best;
}
