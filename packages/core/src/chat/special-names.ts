import type { ChatTokenizer } from "./chat-tokenizer.ts";

const joiner = "\u2060";

/** Finds names of special tokens in text. */
export interface SpecialNames {
  /** Cuts trusted text at the names: plain text, or the id that a name stands for. */
  split(text: string): (string | number)[];
  /** Whether the text spells out a special token. */
  has(text: string): boolean;
  /** The text with every name broken by an invisible character; `isThorough` breaks whatever might become one. */
  neutralize(text: string, isThorough: boolean): string;
  nameOf(id: number): string | undefined;
}

/** Special-token names of a tokenizer, aliases of the form <|name|> included. */
export function createSpecialNames(tokenizer: ChatTokenizer): SpecialNames {
  const names = [...tokenizer.specialTokens.keys()].sort((a, b) => b.length - a.length);
  const alternatives = names.map((name) => name.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  const pattern = new RegExp([...alternatives, "<\\|\\w+\\|>"].join("|"), "g");
  const firstCharacters = new Set(["<", ...names.map((name) => name[0]!)]);
  const nameById = new Map([...tokenizer.specialTokens].map(([name, id]) => [id, name]));
  const matches = (text: string): RegExpExecArray[] =>
    [...text.matchAll(pattern)].filter((match) => tokenizer.specialId(match[0]) !== undefined);
  return {
    split(text) {
      const parts: (string | number)[] = [];
      let from = 0;
      for (const match of matches(text)) {
        if (match.index > from) parts.push(text.slice(from, match.index));
        parts.push(tokenizer.specialId(match[0])!);
        from = match.index + match[0].length;
      }
      if (from < text.length) parts.push(text.slice(from));
      return parts;
    },
    has: (text) => matches(text).length > 0,
    neutralize(text, isThorough) {
      if (isThorough)
        return [...text]
          .map((character) => (firstCharacters.has(character) ? character + joiner : character))
          .join("");
      return text.replace(pattern, (name) =>
        tokenizer.specialId(name) === undefined ? name : name[0] + joiner + name.slice(1),
      );
    },
    nameOf: (id) => nameById.get(id),
  };
}
