/** Counts the tokens that one of two masks allows and the other refuses, by what kind of token it is and where. */

type Side = "ours" | "theirs";

interface Kind {
  ours: number;
  theirs: number;
  /** States in which there are such tokens. */
  states: number;
  examples: string[];
}

const maxExamples = 3;

/** Differences of masks along texts, in classes. */
export class MaskDifferences {
  readonly #kinds = new Map<string, Kind>();
  readonly #textOf: (id: number) => string;
  numStates = 0;
  numSame = 0;

  constructor(textOf: (id: number) => string) {
    this.#textOf = textOf;
  }

  /** Notes how two masks differ behind a text. */
  add(name: string, text: string, masks: { ours: Uint32Array; theirs: ArrayLike<number> }): void {
    this.numStates++;
    const isInString = endsInString(text);
    const seen = new Set<string>();
    for (const [side, id] of differing(masks.ours, masks.theirs)) {
      const token = this.#textOf(id);
      const key = `${isInString ? "in a string" : "outside strings"}: ${kindOf(token, isInString)}`;
      const kind = this.#kinds.get(key) ?? { ours: 0, theirs: 0, states: 0, examples: [] };
      this.#kinds.set(key, kind);
      kind[side]++;
      if (seen.has(key + side)) continue;
      seen.add(key + side);
      kind.states++;
      if (kind.examples.filter((each) => each.startsWith(side)).length < maxExamples)
        kind.examples.push(
          `${side} ${JSON.stringify(token)} after ${JSON.stringify(text.slice(-24))} (${name.slice(0, 30)})`,
        );
    }
    if (seen.size === 0) this.numSame++;
  }

  print(): void {
    console.log(`\n## Differences of masks: ${this.numSame} of ${this.numStates} states without any`);
    for (const [key, { ours, theirs, states, examples }] of [...this.#kinds].sort(
      (a, b) => b[1].states - a[1].states,
    )) {
      console.log(`${key}: ${ours} tokens ours only, ${theirs} theirs only, in ${states} states`);
      for (const example of examples) console.log(`    ${example}`);
    }
  }
}

function* differing(ours: Uint32Array, theirs: ArrayLike<number>): Generator<[Side, number]> {
  for (let word = 0; word < ours.length; word++) {
    const [a, b] = [ours[word]!, theirs[word]! >>> 0];
    if (a === b) continue;
    for (let rest = (a ^ b) >>> 0; rest !== 0; rest &= rest - 1) {
      const bit = 31 - Math.clz32(rest & -rest);
      yield [(a >>> bit) & 1 ? "ours" : "theirs", word * 32 + bit];
    }
  }
}

function endsInString(text: string): boolean {
  return (text.replace(/\\./gs, "").match(/"/g) ?? []).length % 2 === 1;
}

function kindOf(token: string, isInString: boolean): string {
  if (token === "") return "the stop token";
  // Halves of characters come out as replacement characters.
  if (token.includes("\ufffd")) return "parts of characters";
  if (isInString) {
    const [inside, ...behind] = token.split(/(?<!\\)"/);
    if (behind.length > 0 && /\s/.test(behind.join("")) && !inside!.includes("\\"))
      return "the end of the string and white space";
    if (token.includes("\\")) return "escapes";
    return behind.length > 0 ? "the end of the string and more" : "characters";
  }
  if (/^\s/.test(token)) return "white space first";
  if (/\s/.test(token)) return "white space inside";
  if (/^-?\d/.test(token)) return "numbers";
  return "other";
}
