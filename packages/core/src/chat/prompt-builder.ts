import { type ChatTokenizer, requireSpecial } from "./chat-tokenizer.ts";
import type { RenderedChat } from "./message.ts";

/** What a token of a prompt is counted as in the context ledger. */
export type LedgerEntry = keyof RenderedChat["ledger"];

interface Piece {
  text: string;
  entry: LedgerEntry;
  isTrained: boolean;
}

/**
 * Collects a prompt as ids, loss mask and ledger. Text is only ever encoded as plain text; neighbouring pieces
 * are encoded together, so a prompt has the same ids however its text is cut into pieces.
 */
export class PromptBuilder {
  readonly #tokenizer: ChatTokenizer;
  readonly #ids: number[] = [];
  readonly #mask: number[] = [];
  readonly #ledger: RenderedChat["ledger"] = { system: 0, messages: 0, tools: 0, template: 0 };
  readonly #utf8 = new TextEncoder();
  #pieces: Piece[] = [];

  constructor(tokenizer: ChatTokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** Adds plain text. */
  text(text: string, entry: LedgerEntry, isTrained = false): this {
    if (text !== "") this.#pieces.push({ text, entry, isTrained });
    return this;
  }

  /** Adds a special token by name. */
  special(name: string, entry: LedgerEntry = "template", isTrained = false): this {
    return this.id(requireSpecial(this.#tokenizer, name), entry, isTrained);
  }

  /** Adds one token. */
  id(id: number, entry: LedgerEntry = "template", isTrained = false): this {
    this.cut();
    this.#push(id, entry, isTrained);
    return this;
  }

  /** Text added from here on is encoded apart from the text before. */
  cut(): this {
    const pieces = this.#pieces;
    if (pieces.length === 0) return this;
    this.#pieces = [];
    const ids = this.#tokenizer.encode(pieces.map((piece) => piece.text).join(""));
    if (pieces.length === 1) {
      for (const id of ids) this.#push(id, pieces[0]!.entry, pieces[0]!.isTrained);
      return this;
    }
    // A token belongs to the piece that its first byte comes from.
    const ends: number[] = [];
    let end = 0;
    for (const piece of pieces) {
      end += this.#utf8.encode(piece.text).length;
      ends.push(end);
    }
    let at = 0;
    let offset = 0;
    for (const id of ids) {
      while (at < pieces.length - 1 && offset >= ends[at]!) at++;
      this.#push(id, pieces[at]!.entry, pieces[at]!.isTrained);
      offset += this.#tokenizer.tokenBytes(id).length;
    }
    return this;
  }

  /** The prompt so far. */
  build(): RenderedChat {
    this.cut();
    return { ids: [...this.#ids], mask: Uint8Array.from(this.#mask), ledger: { ...this.#ledger } };
  }

  #push(id: number, entry: LedgerEntry, isTrained: boolean): void {
    this.#ids.push(id);
    this.#mask.push(isTrained ? 1 : 0);
    this.#ledger[entry]++;
  }
}
