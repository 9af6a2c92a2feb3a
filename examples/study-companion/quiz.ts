import { editDistance } from "@llamero/core";

/** A thing to know. */
export interface Card {
  topic: string;
  question: string;
  /** The first is shown; any of them is right. */
  answers: readonly string[];
  /** What is worth remembering about it. */
  note: string;
}

/** A round of questions. A card that was answered wrongly comes back two questions later. */
export class Quiz {
  readonly total: number;
  numRight = 0;
  readonly #queue: Card[];

  constructor(cards: readonly Card[]) {
    this.#queue = [...cards];
    this.total = cards.length;
  }

  /** The card that is asked; null when the round is over. */
  get current(): Card | null {
    return this.#queue[0] ?? null;
  }

  /** Judges an answer to the current card and goes to the next. The cards decide, not the model. */
  answer(text: string): { card: Card; isRight: boolean } {
    const card = this.#queue.shift();
    if (card === undefined) throw new RangeError("The round is over; there is nothing to answer");
    const isRight = card.answers.some((answer) => isSame(text, answer));
    if (isRight) this.numRight++;
    else this.#queue.splice(2, 0, card);
    return { card, isRight };
  }
}

/** The same words, whatever their accents, case and marks; one slip of the finger in longer answers is forgiven. */
export function isSame(given: string, answer: string): boolean {
  const said = plain(given);
  const wanted = plain(answer);
  // In a short sentence, such as "it is the Tagus"; a list of guesses is none.
  const isShort = said.split(" ").length <= wanted.split(" ").length + 4;
  if (isShort && ` ${said} `.includes(` ${wanted} `)) return true;
  return wanted.length >= 5 && !/\d/.test(wanted) && editDistance(said.slice(0, 100), wanted) <= 1;
}

/** Lower-case words without accents and marks. */
export function plain(text: string): string {
  const letters = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return letters.replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}
