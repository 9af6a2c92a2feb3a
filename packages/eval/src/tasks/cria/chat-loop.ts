import { plainWords } from "./reply-rules.ts";

const gramLength = 4;

const wordsOf = (text: string): readonly string[] =>
  plainWords(text)
    .split(" ")
    .filter((word) => word !== "");

/**
 * The words a chat runs in circles with, or null: four words three times in one reply, four words twice without a word
 * between, or a whole reply of four words or more said again word for word.
 */
export function chatLoop(replies: readonly string[]): string | null {
  const said = new Set<string>();
  for (const reply of replies) {
    const words = wordsOf(reply);
    const whole = words.join(" ");
    if (words.length >= gramLength && said.has(whole)) return whole;
    said.add(whole);
    const places = new Map<string, number[]>();
    for (let at = 0; at + gramLength <= words.length; at++) {
      const gram = words.slice(at, at + gramLength).join(" ");
      const before = places.get(gram) ?? [];
      if (before.length >= 2 || before.at(-1) === at - gramLength) return gram;
      places.set(gram, [...before, at]);
    }
  }
  return null;
}
