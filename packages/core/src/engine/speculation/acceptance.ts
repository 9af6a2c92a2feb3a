/** A first opinion, and a limit of the match length up to which it holds. */
const classes = [
  { upTo: 3, rate: 0.4 },
  { upTo: 6, rate: 0.6 },
  { upTo: 15, rate: 0.75 },
  { upTo: Number.POSITIVE_INFINITY, rate: 0.9 },
] as const;

/** Weight of the newest guess. */
const weight = 0.12;

/** How often guesses were right lately, by how good the evidence for them was. */
export class Acceptance {
  readonly #rates: number[] = classes.map(({ rate }) => rate);

  /** Probability that a guess is right when those before it were; `evidence` is a match length. */
  rate(evidence: number): number {
    return this.#rates[classOf(evidence)]!;
  }

  /** Some guesses were right and then, perhaps, one was wrong. */
  record(evidence: number, { numRight, isWrongNext }: { numRight: number; isWrongNext: boolean }): void {
    const index = classOf(evidence);
    for (let i = 0; i < numRight; i++) this.#rates[index]! += weight * (1 - this.#rates[index]!);
    if (isWrongNext) this.#rates[index]! *= 1 - weight;
  }
}

const classOf = (evidence: number): number => classes.findIndex(({ upTo }) => evidence <= upTo);
