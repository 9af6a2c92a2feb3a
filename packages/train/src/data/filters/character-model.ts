import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

import { CHAR, charTables } from "./char-classes.ts";

/** log2 of the slots of the table. */
export const CHARACTER_MODEL_BITS = 18;
/** Steps of a stored surprise: 1/16 bit, up to 15.9 bits. */
export const SURPRISE_STEPS = 16;
/** What a trigram that training has not seen costs, in 1/16 bits. */
const UNSEEN = 14 * SURPRISE_STEPS;
const MASK = (1 << CHARACTER_MODEL_BITS) - 1;

/**
 * Slot and check byte of a trigram of folded letters; 32 is the gap between words. Letters of Thai and of ideographic
 * scripts are part of it, digits and signs are gaps.
 */
export function trigramSlot(first: number, second: number, third: number): number {
  let hash = Math.imul(first, 0x9e3779b1) + Math.imul(second, 0x85ebca6b) + Math.imul(third, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

/**
 * Bits, in steps, that are taken off a letter, so that one limit serves all scripts: training has little Hindi, and of
 * Thai and further scripts only the declaration. Ideographs are not judged.
 */
function allowance(letter: number): number {
  if (letter < 0x370) return 0;
  if (letter >= 0x900 && letter <= 0x97f) return 2.5 * SURPRISE_STEPS;
  if (letter >= 0xe00 && letter <= 0xe7f) return 6.5 * SURPRISE_STEPS;
  return letter >= 0x2e80 ? UNSEEN : 4 * SURPRISE_STEPS;
}

/** A model of which letter follows two others, over all languages of its training at once. */
export class CharacterModel {
  readonly #entries: Uint16Array;

  /** Entries of `check << 8 | surprise`, 0 where nothing was seen. */
  constructor(entries: Uint16Array) {
    this.#entries = entries;
  }

  /** Mean surprise in bits of a letter of `text[start..end)`; null where fewer than `minLetters` stand there. */
  surprise(text: string, start: number, end: number, minLetters: number): number | null {
    const { classes, fold } = charTables();
    const entries = this.#entries;
    let first = 32;
    let second = 32;
    let total = 0;
    let count = 0;
    for (let at = start; at < end; at++) {
      const code = text.charCodeAt(at);
      let letter = classes[code]! >= CHAR.letter ? fold[code]! : 32;
      if (letter === 32 && (code === 0x27 || code === 0x2019)) letter = 0x27;
      if (letter === 32 && second === 32) continue;
      const hash = trigramSlot(first, second, letter);
      const entry = entries[hash & MASK]!;
      total += entry >>> 8 === ((hash >>> 24) & 255) && entry !== 0 ? entry & 255 : UNSEEN;
      if (letter >= 0x370) total -= allowance(letter);
      count++;
      first = second;
      second = letter;
    }
    return count < minLetters ? null : total / (SURPRISE_STEPS * count);
  }
}

let shipped: CharacterModel | null = null;

/** The model that comes with the package. */
export function loadCharacterModel(): CharacterModel {
  if (shipped !== null) return shipped;
  const bytes = inflateSync(readFileSync(new URL("../../../models/characters.bin", import.meta.url)));
  if (bytes.length !== 2 << CHARACTER_MODEL_BITS) {
    throw new SyntaxError(
      `models/characters.bin holds ${bytes.length} bytes, ${2 << CHARACTER_MODEL_BITS} are expected`,
    );
  }
  shipped = new CharacterModel(new Uint16Array(new Uint8Array(bytes).buffer));
  return shipped;
}
