import { wordLists } from "./word-lists.ts";

type Check = (text: string, words: string, terms: readonly string[], count: number) => boolean;

const compare: Readonly<Record<string, (value: number, count: number) => boolean>> = {
  "<=": (value, count) => value <= count,
  ">=": (value, count) => value >= count,
  "=": (value, count) => value === count,
};

/** Rules with terms behind a colon: `any:ice,snow`. A term may hold ways to say the same between bars: `5|five`. */
const termRules: Readonly<Record<string, Check>> = {
  any: (_, words, terms) => terms.some((term) => firstAt(words, term) >= 0),
  all: (_, words, terms) => terms.every((term) => firstAt(words, term) >= 0),
  none: (_, words, terms) => terms.every((term) => firstAt(words, term) < 0),
  order(_, words, terms) {
    let from = 0;
    return terms.every((term) => {
      const at = firstAt(words, term, from);
      from = at + 1;
      return at >= 0;
    });
  },
  exact: (text, _, terms) => bare(text) === terms.join(","),
  start: (_, words, terms) => terms.some((term) => words.trimStart().startsWith(plainWords(term).trim())),
  end: (text, words, terms) =>
    terms.some((term) =>
      term === "?" ? text.trim().endsWith("?") : words.endsWith(` ${plainWords(term).trim()} `),
    ),
  spell: (text, _, terms) =>
    terms.some((term) => new RegExp(`\\b${[...term].join("[^\\p{L}]+")}\\b`, "iu").test(text)),
};

/** Rules with a comparison: `words<=5`, `count>=3:@animals`, `repeat=3:apple`. */
const countRules: Readonly<
  Record<string, (text: string, words: string, terms: readonly string[]) => number>
> = {
  words: (_, words) => words.split(" ").filter((word) => word !== "").length,
  sentences: (text) => text.split(/[.!?]+(?=\s|["')]|$)/).filter((part) => /[\p{L}\p{N}]/u.test(part)).length,
  lines: (text) => text.split("\n").filter((line) => line.trim() !== "").length,
  count: (_, words, terms) => terms.filter((term) => firstAt(words, term) >= 0).length,
  repeat: (_, words, terms) => words.split(" ").filter((word) => word === terms[0]).length,
};

/** Whether a reply keeps a rule written as above. Throws a SyntaxError on a rule that does not exist. */
export function keepsRule(reply: string, rule: string): boolean {
  const { check, count, terms, compareBy } = parseRule(rule);
  const words = plainWords(reply);
  if (compareBy === null) return termRules[check]!(reply, words, terms, count);
  return compareBy(countRules[check]!(reply, words, terms), count);
}

/** Throws a SyntaxError on a rule that does not exist. */
export function assertRule(rule: string): void {
  parseRule(rule);
}

interface ParsedRule {
  check: string;
  terms: readonly string[];
  count: number;
  compareBy: ((value: number, count: number) => boolean) | null;
}

function parseRule(rule: string): ParsedRule {
  const [, check = "", sign = "", digits = "", , list = ""] =
    /^([a-z]+)(?:(<=|>=|=)(\d+))?(:(.+))?$/u.exec(rule) ?? [];
  const isKnown = sign === "" ? check in termRules && list !== "" : check in countRules;
  if (!isKnown) {
    const known = [...Object.keys(termRules).map((name) => `${name}:`), ...Object.keys(countRules)];
    throw new SyntaxError(`There is no rule ${JSON.stringify(rule)}; there are ${known.join(", ")}`);
  }
  return {
    check,
    terms: list.startsWith("@") ? namedList(list.slice(1)) : list === "" ? [] : list.split(","),
    count: Number(digits),
    compareBy: sign === "" ? null : compare[sign]!,
  };
}

function namedList(name: string): readonly string[] {
  const words = wordLists[name];
  if (words !== undefined) return words;
  throw new SyntaxError(`There is no list of words ${name}; there are ${Object.keys(wordLists).join(", ")}`);
}

/** Lower-case words between single spaces, also at both ends; points and colons inside numbers and times stay. */
export function plainWords(text: string): string {
  const words = text
    .toLowerCase()
    .replace(/[’‘`´]/g, "'")
    .match(/[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}.:']*[\p{L}\p{M}\p{N}])?/gu);
  return ` ${(words ?? []).join(" ")} `;
}

function firstAt(words: string, term: string, from = 0): number {
  const places = term
    .split("|")
    .map((way) => words.indexOf(plainWords(way), from))
    .filter((at) => at >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

const bare = (text: string): string =>
  text
    .trim()
    .replace(/^["“']|["”']$/gu, "")
    .replace(/[.!]$/u, "")
    .replace(/["”']$/gu, "");
