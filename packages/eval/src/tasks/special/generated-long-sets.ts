import type { GenerateOptions, Row, Task } from "../../task.ts";
import { type CountLength, createChooser } from "./haystack.ts";
import {
  commonWords,
  frequentWords,
  type LongKind,
  type LongQuestion,
  needles,
  questionAmongDistractors,
  variableTracking,
} from "./long-context-kinds.ts";
import { filesOf, numberField, specialTask, userPrompt } from "./special-task.ts";

interface LongSet {
  name: string;
  title: string;
  kind: LongKind;
}

const sets: readonly LongSet[] = [
  { name: "needle_single", title: "One fact in a long text", kind: needles({ numKeys: 1 }) },
  {
    name: "needle_multi",
    title: "Four facts in a long text at even depths, of which two are asked",
    kind: needles({ numKeys: 4, numAsked: 2, isSpread: true }),
  },
  {
    name: "ruler_niah_single_1",
    title: "A number in repeated lines",
    kind: needles({ numKeys: 1, hay: "repeat" }),
  },
  { name: "ruler_niah_single_2", title: "A number in prose", kind: needles({ numKeys: 1 }) },
  {
    name: "ruler_niah_single_3",
    title: "A long code in prose",
    kind: needles({ numKeys: 1, hasWords: true }),
  },
  { name: "ruler_niah_multikey_1", title: "One of four keys", kind: needles({ numKeys: 4 }) },
  {
    name: "ruler_niah_multikey_2",
    title: "One key among keys only",
    kind: needles({ numKeys: 1, hay: "needles" }),
  },
  {
    name: "ruler_niah_multikey_3",
    title: "One key among keys only, with long codes",
    kind: needles({ numKeys: 1, hay: "needles", hasWords: true }),
  },
  {
    name: "ruler_niah_multivalue",
    title: "Four values of one key",
    kind: needles({ numKeys: 1, numValues: 4 }),
  },
  { name: "ruler_niah_multiquery", title: "Four keys at once", kind: needles({ numKeys: 4, numAsked: 4 }) },
  { name: "ruler_vt", title: "Chains of variables", kind: variableTracking },
  { name: "ruler_cwe", title: "The ten most common words", kind: commonWords },
  { name: "ruler_fwe", title: "The three most frequent words", kind: frequentWords },
  { name: "ruler_qa", title: "A question with distractors", kind: questionAmongDistractors },
];

/** Lengths of Meta's multi-needle table: ten at even distances. */
export const metaLengths: readonly number[] = Array.from({ length: 10 }, (_, at) =>
  Math.round(2000 + (at * (131_072 - 2000)) / 9),
);

// For question and chat format, which are counted in no row.
const reserve = 200;
const defaultCharsPerToken = 4;

/**
 * Records of generated sets: `{seed, length, depth, chars_per_token}`. The text is built from the seed until it has
 * `length` tokens, taken as `chars_per_token` characters each.
 */
export function generatedRows(
  options: {
    lengths?: readonly number[];
    depths?: readonly number[];
    seeds?: readonly number[];
    charsPerToken?: number;
  } = {},
): Row[] {
  const {
    lengths = metaLengths,
    depths = [0, 0.25, 0.5, 0.75, 1],
    seeds = [1],
    charsPerToken = defaultCharsPerToken,
  } = options;
  return lengths.flatMap((length) =>
    depths.flatMap((depth) => seeds.map((seed) => ({ seed, length, depth, chars_per_token: charsPerToken }))),
  );
}

/** Lengths unless others are asked for, as far as the context goes. */
const usualLengths = [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000] as const;
/** Where nobody tells how long the context is. */
const carefulLimit = 8192;
const maxAnswer = 256;

/** Lengths that leave room for an answer. Throws a RangeError for one beyond the context. */
function lengthsFor({ lengths = null, contextLimit = null }: GenerateOptions): readonly number[] {
  const longest = (contextLimit ?? carefulLimit) - maxAnswer;
  if (lengths === null) {
    const fitting = usualLengths.filter((length) => length <= longest);
    return fitting.length > 0 ? fitting : [longest];
  }
  const asked = lengths === "meta" ? metaLengths : lengths;
  if (contextLimit === null) return asked;
  const beyond = asked.find((length) => length > contextLimit);
  if (beyond !== undefined)
    throw new RangeError(`A text of ${beyond} tokens is longer than the context of ${contextLimit}`);
  return asked.map((length) => Math.min(length, longest));
}

/** Rows of a set, each text as long in the model's tokens as it says. */
function rowsFor(set: LongSet, options: GenerateOptions): Row[] {
  const { countTokens = null } = options;
  return lengthsFor(options).flatMap((length) =>
    generatedRows({
      lengths: [length],
      ...(countTokens && { charsPerToken: measureCharsPerToken(set.name, countTokens, length) }),
    }),
  );
}

/** The set's own characters per token, measured with a tokenizer on a text of it; for `generatedRows`. */
export function measureCharsPerToken(name: string, countTokens: CountLength, length: number = 2000): number {
  const set = sets.find((one) => one.name === name);
  if (set === undefined) {
    throw new RangeError(
      `${name} is no generated set; take one of ${sets.map((one) => one.name).join(", ")}`,
    );
  }
  const { text } = build(set, { seed: 1, length, depth: 0.5, charsPerToken: defaultCharsPerToken });
  // Rounded down, so that texts stay within the budget.
  return Math.floor((text.length / countTokens(text)) * 100) / 100;
}

interface Place {
  seed: number;
  length: number;
  depth: number;
  charsPerToken: number;
}

function build({ kind }: LongSet, { seed, length, depth, charsPerToken }: Place): LongQuestion {
  return kind({
    choose: createChooser(seed),
    depth,
    budget: (length - reserve) * charsPerToken,
    count: (text) => text.length,
  });
}

function parsePlace(set: string, row: Row): Place {
  const [seed, length, depth] = ["seed", "length", "depth"].map((name) => numberField(set, row, name));
  const charsPerToken =
    row["chars_per_token"] === undefined ? defaultCharsPerToken : numberField(set, row, "chars_per_token");
  if (length! <= reserve || depth! < 0 || depth! > 1 || charsPerToken <= 0) {
    throw new SyntaxError(
      `A record of ${set} must have a length above ${reserve}, a depth of 0 to 1 and chars_per_token above 0, not ${JSON.stringify(row)}`,
    );
  }
  return { seed: seed!, length: length!, depth: depth!, charsPerToken };
}

function longTask(set: LongSet): Task {
  return specialTask<LongQuestion>({
    name: set.name,
    title: `${set.title}, generated to a length`,
    kind: "generation",
    category: "long-context",
    languages: ["en"],
    source: filesOf("made by rule; no files needed", "Apache-2.0", [`${set.name}/*`], {
      generate: (options) => rowsFor(set, options),
    }),
    means: ["recall", "all"],
    maxTokens: maxAnswer,
    parse: (row) => build(set, parsePlace(set.name, row)),
    prompt: ({ text, question }) =>
      userPrompt(`Read the text; a question about it follows.\n\n${text}\n\n${question}`),
    reference: ({ answers }) => answers.join(", "),
    grade({ answers }, { text }) {
      const said = text.toLowerCase();
      const found = answers.filter((answer) => said.includes(answer.toLowerCase()));
      return {
        scores: { recall: found.length / answers.length, all: found.length === answers.length ? 1 : 0 },
        answer: text,
        expected: answers.join(", "),
      };
    },
  });
}

/** Needles and RULER's kinds. */
export const generatedLongSets: readonly Task[] = sets.map(longTask);
