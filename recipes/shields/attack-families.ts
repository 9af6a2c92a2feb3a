import type { Random } from "../cria/random.ts";
import type { LabeledText } from "./texts.ts";
import { readWords, type Words } from "./words.ts";

const attackWords = readWords("attacks");
const calmWords = readWords("look-alikes");

/** A text for a slot; slots within are filled as well, and those without words (of code) stay. */
function expand(slot: string, words: Words, random: Random): string {
  return random
    .pick(words[slot]!)
    .replace(/\{(\w+)\}/g, (whole, name: string) =>
      words[name] === undefined ? whole : expand(name, words, random),
    );
}

/** Begins sentences with a capital most of the time, and ends the last one. */
function write(text: string, random: Random): string {
  if (random.chance(0.15)) return text;
  const written = text.replace(
    /(^|[.!?]\s+)(\p{Ll})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  );
  return /[.?!:>`"'\])]$/.test(written) || random.chance(0.2) ? written : `${written}.`;
}

/** Attacks of the kinds that are known from the literature, each put together from many words. */
export function makeAttacks(random: Random, count: number): LabeledText[] {
  return Array.from({ length: count }, () => {
    const plain = write(expand("attack", attackWords, random), random);
    const text = random.chance(0.15) ? random.pick(attackWords["fence"]!).replace("{x}", () => plain) : plain;
    return { text, kind: "prompt_injection", source: "lists" };
  });
}

/** Harmless requests and sentences with the words of attacks. */
export function makeLookAlikes(random: Random, count: number): LabeledText[] {
  return Array.from({ length: count }, () => ({
    text: write(expand("harmless", calmWords, random), random),
    kind: null,
    source: "lists",
  }));
}
