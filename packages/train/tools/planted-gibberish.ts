import { createRandom } from "./corpus.ts";
import type { HeldOutSentence } from "./heldout-language.ts";

/** A text that is gibberish or not, by construction; `kind` says how it was made. */
export interface PlantedText {
  kind: string;
  isGibberish: boolean;
  text: string;
}

const ROWS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/** Clean texts out of held-out sentences, eight a text, and as many planted ones in eight kinds. */
export function plantGibberish(sentences: readonly HeldOutSentence[], seed: number): PlantedText[] {
  const random = createRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const groups = new Map<string, string[]>();
  for (const { source, language, text } of sentences) {
    const key = `${source} ${language}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key)!.push(text);
  }
  const clean: string[] = [];
  for (const list of groups.values())
    for (let at = 0; at + 8 <= list.length; at += 8) clean.push(list.slice(at, at + 8).join("\n"));
  const letters = (alphabet: string, shortest: number, longest: number, words: number): string =>
    Array.from({ length: words }, () =>
      Array.from(
        { length: shortest + below(longest - shortest + 1) },
        () => alphabet[below(alphabet.length)]!,
      ).join(""),
    ).join(" ");
  const shuffle = (word: string): string => {
    const chars = [...word];
    for (let at = chars.length - 1; at > 0; at--) {
      const other = below(at + 1);
      [chars[at], chars[other]] = [chars[other]!, chars[at]!];
    }
    return chars.join("");
  };
  const kinds: Record<string, (text: string) => string> = {
    "random letters": () => letters("abcdefghijklmnopqrstuvwxyz", 2, 10, 80),
    "keyboard rows": () => Array.from({ length: 80 }, () => letters(ROWS[below(3)]!, 3, 9, 1)).join(" "),
    "shuffled letters": (text) => text.split(" ").map(shuffle).join(" "),
    base64: (text) => Buffer.from(text).toString("base64"),
    "random capitals": () => letters("ABCDEFGHJKLMNPQRSTVWXYZ", 4, 12, 60),
    "random Devanagari": () => letters("कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह", 2, 8, 80),
    "broken encoding": (text) =>
      Buffer.from(Buffer.from(text.normalize("NFD") + " हिन्दी ไทย ".repeat(20)).toString("latin1")).toString(
        "latin1",
      ),
    "shuffled text": (text) => shuffle(text.replace(/\s+/g, " ")),
  };
  const names = Object.keys(kinds);
  const planted: PlantedText[] = clean.map((text) => ({ kind: "clean", isGibberish: false, text }));
  for (const [at, text] of clean.entries()) {
    const kind = names[at % names.length]!;
    planted.push({ kind, isGibberish: true, text: kinds[kind]!(text) });
  }
  return planted;
}
