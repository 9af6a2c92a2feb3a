import type { Sequence } from "../sequence.ts";
import type { StepCosts } from "../step-costs.ts";
import type { ModelDrafter } from "./draft-model.ts";
import type { DraftBounds, Guesser } from "./guesser.ts";

/** Puts guesses to sequences before a step. */
export class Speculator {
  readonly #costs: StepCosts;
  readonly #drafter: ModelDrafter | null;

  constructor(costs: StepCosts, drafter: ModelDrafter | null) {
    this.#costs = costs;
    this.#drafter = drafter;
  }

  /** Sets `draft` of those that speculate, with `rowsEach` guesses at most; `decoding` are all that the step decodes. */
  async propose(decoding: readonly Sequence[], rowsEach: number): Promise<void> {
    const guessing = decoding.flatMap((sequence) => {
      const { guesser } = sequence;
      return guesser === null ? [] : [{ sequence, guesser }];
    });
    if (guessing.length === 0) return;
    const rowsOf = (length: number): number => decoding.length + guessing.length * length;
    const costOf = (length: number): number =>
      this.#costs.decodeMs(rowsOf(length)) ?? 1 + 0.03 * rowsOf(length);
    const boundsOf = (sequence: Sequence, guesser: Guesser): DraftBounds => ({
      max: Math.max(0, Math.min(rowsEach, guesser.end - sequence.length - 1)),
      costOf:
        guesser.kind === "ngram" ? costOf : (length) => costOf(length) + length * this.#drafter!.msPerGuess,
    });
    for (const { sequence, guesser } of guessing) {
      if (guesser.kind !== "ngram") continue;
      sequence.draft = guesser.repeat(sequence.tokens, boundsOf(sequence, guesser));
    }
    const requests = guessing.flatMap(({ sequence, guesser }) => {
      if (guesser.kind !== "draft") return [];
      guesser.learn(sequence.tokens);
      const length = guesser.modelLengthFor(boundsOf(sequence, guesser));
      return length === 0 ? [] : [{ sequence, guesser, length }];
    });
    if (requests.length === 0) return;
    const drafts = await this.#drafter!.draft(requests, decoding.length === 1);
    for (const [i, { sequence, guesser }] of requests.entries()) {
      sequence.draft = drafts[i]!;
      guesser.note(sequence.length, drafts[i]!);
    }
  }
}
