import {
  buildHaystack,
  type Chooser,
  type CountLength,
  inventSentence,
  inventWord,
  inventWords,
} from "./haystack.ts";

/** What is put to a model, and all of what its answer must hold. */
export interface LongQuestion {
  text: string;
  question: string;
  answers: readonly string[];
}

/** How a generated item is built. */
export interface LongBudget {
  choose: Chooser;
  /** 0-1, of the first needle. */
  depth: number;
  /** For the text. */
  budget: number;
  count: CountLength;
}

export type LongKind = (budget: LongBudget) => LongQuestion;

const number = (choose: Chooser): string => String(1_000_000 + choose.below(9_000_000));

interface NeedleOptions {
  numKeys: number;
  numValues?: number;
  numAsked?: number;
  /** Lines around: invented sentences, one repeated sentence, or further needles. */
  hay?: "sentences" | "repeat" | "needles";
  /** Values are long words in place of numbers. */
  hasWords?: boolean;
  /** Depths are spread evenly in place of one given. */
  isSpread?: boolean;
}

const needleLine = (key: string, value: string): string => `The secret number of ${key} is ${value}.`;

/** Needles of the form "key is value": one or many keys, values and questions. */
export function needles(options: NeedleOptions): LongKind {
  const {
    numKeys,
    numValues = 1,
    numAsked = 1,
    hay = "sentences",
    hasWords = false,
    isSpread = false,
  } = options;
  return ({ choose, depth, budget, count }) => {
    const keys = inventWords(choose, numKeys);
    const value = (): string =>
      hasWords ? `${inventWord(choose, 6)}-${inventWord(choose, 6)}` : number(choose);
    const facts = keys.flatMap((key) => Array.from({ length: numValues }, () => ({ key, value: value() })));
    const placed = facts.map((fact, at) => ({
      text: needleLine(fact.key, fact.value),
      depth: isSpread ? (at + 0.5) / facts.length : at === 0 ? depth : choose.below(1000) / 1000,
    }));
    const nextLine = {
      sentences: () => inventSentence(choose),
      repeat: () => "The grass is wet. The lamp is lit. The road goes on. Here and there again.",
      needles: () => needleLine(inventWord(choose, 4), value()),
    }[hay];
    const asked = keys.slice(0, numAsked);
    const what = numValues > 1 ? "all the secret numbers" : "the secret number";
    return {
      text: buildHaystack(placed, { budget, count, nextLine }).join("\n"),
      question: `What ${numValues > 1 ? "are" : "is"} ${what} of ${asked.join(", of ")}? Answer with ${numValues > 1 || numAsked > 1 ? "the values" : "the value"} only.`,
      answers: facts.filter(({ key }) => asked.includes(key)).map((fact) => fact.value),
    };
  };
}

/** Chains of assignments: which variables come to a value in the end. */
export const variableTracking: LongKind = ({ choose, budget, count }) => {
  const [start, ...wrong] = [number(choose), number(choose)];
  const names = inventWords(choose, 10).map((word) => word.toUpperCase());
  const chain = names.slice(0, 5);
  const lines = (list: readonly string[], value: string): string[] =>
    list.map((name, at) => `VAR ${name} = ${at === 0 ? value : `VAR ${list[at - 1]}`}`);
  const own = lines(chain, start!);
  const other = lines(names.slice(5), wrong[0]!);
  // Both chains must stay in order.
  const placed = [own, other].flatMap((list, which) =>
    list.map((text, at) => ({ text, depth: (at + 0.3 + 0.3 * which) / list.length })),
  );
  const nextLine = (): string => inventSentence(choose);
  return {
    text: buildHaystack(placed, { budget, count, nextLine }).join("\n"),
    question: `Which variables have the value ${start} in the end? Answer with their names only.`,
    answers: chain,
  };
};

/** Ten words that stand in a list up to thirty times, among words that stand there three times. */
export const commonWords: LongKind = ({ choose, budget, count }) => {
  const slots = Math.floor(budget / count("1000. bababa\n"));
  const times = Math.min(30, Math.max(4, Math.floor(slots / 20)));
  const numRare = Math.max(0, Math.floor((slots - 10 * times) / 3));
  const words = inventWords(choose, 10 + numRare);
  const list = words.flatMap((word, at) => new Array<string>(at < 10 ? times : 3).fill(word));
  return {
    text: choose
      .shuffle(list)
      .map((word, at) => `${at + 1}. ${word}`)
      .join("\n"),
    question: "Which ten words are the most common in the list? Answer with the words only.",
    answers: words.slice(0, 10),
  };
};

/** The three most frequent words of a text whose word frequencies fall as Zipf's law has it. */
export const frequentWords: LongKind = ({ choose, budget, count }) => {
  const words = inventWords(choose, 60);
  const length = count(`${words.join(" ")} `) / words.length;
  const total = Math.max(120, Math.floor(budget / length));
  const weights = words.map((_, at) => 1 / (at + 1) ** 2);
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const list = words.flatMap((word, at) =>
    new Array<string>(Math.max(at < 3 ? 4 - at : 1, Math.floor((total * weights[at]!) / sum))).fill(word),
  );
  return {
    text: choose.shuffle(list).join(" "),
    question: "Which three words are the most frequent in the text? Answer with the words only.",
    answers: words.slice(0, 3),
  };
};

/** A question about one of many people, among descriptions of all others. */
export const questionAmongDistractors: LongKind = ({ choose, depth, budget, count }) => {
  const capital = (word: string): string => `${word[0]!.toUpperCase()}${word.slice(1)}`;
  const [name, town, trade] = inventWords(choose, 3).map(capital);
  const portrait = (who: string, where: string, what: string): string =>
    `${who} was born in ${where} and learned the trade of a ${what.toLowerCase()} there. ${inventSentence(choose)}`;
  const nextLine = (): string =>
    portrait(...(inventWords(choose, 3).map(capital) as [string, string, string]));
  return {
    text: buildHaystack([{ text: portrait(name!, town!, trade!), depth }], { budget, count, nextLine }).join(
      "\n\n",
    ),
    question: `In which place was ${name} born? Answer with the name of the place only.`,
    answers: [town!],
  };
};
