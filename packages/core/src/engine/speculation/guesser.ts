import type { Speculation } from "../request.ts";
import { Acceptance } from "./acceptance.ts";
import { bestDraftLength } from "./draft-length.ts";
import { continuation, NgramIndex, type NgramMatch } from "./ngram-index.ts";

/** What is known when a draft is made. */
export interface DraftBounds {
  /** Guesses at most: what is left of the answer and of the step. */
  max: number;
  /** Milliseconds of a step with so many guesses. */
  costOf: (length: number) => number;
}

/** Guesses that were made, whether or not they went into a step. */
interface Guess {
  evidence: number;
  tokens: readonly number[];
  /** Length of the sequence that they follow. */
  numTokens: number;
  /** How many went into the step. */
  numTried: number;
}

/** Makes the guesses of one sequence and remembers how good they were. */
export class Guesser {
  readonly kind: Speculation["kind"];
  /** Length of the sequence at which the answer ends. */
  readonly end: number;
  readonly counts: { draftedTokens: number; acceptedTokens: number } = {
    draftedTokens: 0,
    acceptedTokens: 0,
  };
  readonly #maxDraft: number;
  readonly #acceptance = new Acceptance();
  /** Agreements of three tokens first; of two only where there are none, or frequent pairs would hide them. */
  readonly #indexes: readonly NgramIndex[] = [new NgramIndex(3), new NgramIndex(2)];
  #guess: Guess | null = null;
  #numIdle = 0;

  constructor({ kind, maxDraft }: Speculation, end: number) {
    this.kind = kind;
    this.end = end;
    this.#maxDraft = maxDraft;
  }

  /** Guesses by what followed the same tokens before. One guess is made in any case, to see whether it comes true. */
  repeat(tokens: Int32Array, bounds: DraftBounds): readonly number[] {
    this.learn(tokens);
    let match: NgramMatch | null = null;
    for (const index of this.#indexes) match ??= index.find(tokens);
    if (match === null) return [];
    const length = this.lengthFor(match.length, bounds);
    const guessed = continuation(tokens, match.next, Math.max(1, length));
    this.#guess = { evidence: match.length, tokens: guessed, numTokens: tokens.length, numTried: 0 };
    return guessed.slice(0, length);
  }

  /** How many guesses are worth their cost. */
  lengthFor(evidence: number, { max, costOf }: DraftBounds): number {
    const rate = this.#acceptance.rate(evidence);
    return bestDraftLength({ rate, max: Math.min(max, this.#maxDraft), costOf });
  }

  /** How many tokens a draft model should guess; now and then one where it is not worth it, to see whether it has become so. */
  modelLengthFor(bounds: DraftBounds): number {
    const length = this.lengthFor(modelEvidence, bounds);
    this.#numIdle = length > 0 ? 0 : this.#numIdle + 1;
    return this.#numIdle % 32 === 31 ? Math.min(1, bounds.max) : length;
  }

  /** Guesses that a draft model made. */
  note(numTokens: number, guessed: readonly number[]): void {
    this.#guess = { evidence: modelEvidence, tokens: guessed, numTokens, numTried: 0 };
  }

  /** So many guesses are in the step. */
  tried(count: number): void {
    this.counts.draftedTokens += count;
    if (this.#guess !== null) this.#guess.numTried = count;
  }

  /** One of them was drawn and kept. */
  accepted(): void {
    this.counts.acceptedTokens++;
  }

  /** Compares the last guesses with what has come. */
  learn(tokens: Int32Array): void {
    const guess = this.#guess;
    if (guess === null || tokens.length <= guess.numTokens) return;
    this.#guess = null;
    const come = tokens.subarray(guess.numTokens);
    const { evidence, tokens: guessed, numTried } = guess;
    const numComparable = Math.min(guessed.length, come.length, Math.max(1, numTried));
    let numRight = 0;
    while (numRight < numComparable && come[numRight] === guessed[numRight]) numRight++;
    this.#acceptance.record(evidence, { numRight, isWrongNext: numRight < numComparable });
  }
}

/** A draft model's guesses are all of one class. */
const modelEvidence = 10;
