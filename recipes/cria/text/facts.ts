import { fill, joinList, sentenceCase, withArticle } from "../conversation.ts";
import { categories, verbs } from "../words/everyday.ts";
import { capitals } from "../words/places.ts";
import { animalFacts, opposites, plural, rhymes } from "../words/relations.ts";
import { languageNames, wordTable } from "../words/translations.ts";
import type { World } from "../world.ts";

const numberWords = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
];
const singular = (kind: string): string =>
  kind.replace(/^(\w+?)s( of .*| in .*)?$/, "$1$2").replace(/ie( |$)/, "y$1");

type Line = (world: World) => string;

const lines: readonly Line[] = [
  ({ random }) =>
    fill(
      random.pick([
        "The capital of {a} is {b}.",
        "{b} is the capital of {a}.",
        "{A} is a country in {c}. Its capital is {b}.",
      ]),
      countrySlots(random.pick(capitals)),
    ),
  ({ random }) => {
    const [animal, sound, young, home] = random.pick(animalFacts);
    return `A ${animal} ${sound}. A young ${animal} is called a ${young}. A ${animal} lives in a ${home}.`.replace(
      /\b([Aa]) (o)/g,
      "$1n $2",
    );
  },
  ({ random }) =>
    fill(
      random.pick(["The opposite of {a} is {b}.", "{A} is the opposite of {b}.", "Not {a}, but {b}."]),
      slotsOf(random.pick(opposites)),
    ),
  ({ random }) => {
    const [one, two] = random.sample(random.pick(rhymes), 2);
    return `${sentenceCase(one!)} rhymes with ${two}.`;
  },
  ({ random }) => {
    const kind = random.pick(Object.keys(categories));
    const words = random.sample(categories[kind]!, Math.min(random.int(3, 5), categories[kind]!.length));
    return random.pick([
      `${sentenceCase(joinList(words))} are ${kind}.`,
      `Some ${kind} are ${joinList(words)}.`,
      `${sentenceCase(kind)}: ${words.join(", ")}.`,
      `Here are ${numberWords[words.length]} ${kind}:\n${words.map((word, i) => `${i + 1}. ${sentenceCase(word)}`).join("\n")}`,
    ]);
  },
  ({ random }) => {
    const kind = random.pick([
      "fruits",
      "colors",
      "animals",
      "birds",
      "vehicles",
      "sports",
      "jobs",
      "tools",
      "flowers",
      "trees",
      "metals",
      "insects",
    ]);
    return `${sentenceCase(withArticle(random.pick(categories[kind]!)))} is ${withArticle(singular(kind))}.`;
  },
  ({ random }) => {
    const row = random.pick(wordTable);
    const at = random.int(0, 4);
    return random.pick([
      `${sentenceCase(row[0]!)} is ${row[at + 1]} in ${languageNames[at]}.`,
      `The ${languageNames[at]} word for ${row[0]} is ${row[at + 1]}.`,
      `In ${languageNames[at]}, ${row[0]} is ${row[at + 1]}.`,
      `${sentenceCase(row[at + 1]!)} means ${row[0]}.`,
    ]);
  },
  ({ random }) => {
    const [a, b] = [random.int(0, 20), random.int(0, 20)];
    return random.pick([
      `${a} + ${b} = ${a + b}`,
      `${a + b} - ${a} = ${b}`,
      `${a} plus ${b} is ${a + b}.`,
      `${a + b} minus ${b} is ${a}.`,
    ]);
  },
  ({ random }) => {
    const [a, b] = [random.int(0, 10), random.int(0, 10)];
    return random.pick([`${a} * ${b} = ${a * b}`, `${a} times ${b} is ${a * b}.`]);
  },
  ({ random }) => {
    const [base, third, past] = random.pick(verbs);
    return `I ${base} today. She ${third} every day. Yesterday we ${past}.`;
  },
  ({ random }) => {
    const noun = random.pick(Object.values(categories).slice(0, 4).flat());
    return `One ${noun}, two ${plural(noun)}.`;
  },
  (world) => {
    const word = world.random.chance(0.5)
      ? world.nonword()
      : world.random.pick(
          Object.values(categories)
            .flat()
            .filter((each) => /^[a-z]+$/.test(each)),
        );
    return `${word}: ${[...word].join("-")}. It starts with ${word[0]!.toUpperCase()} and ends with ${word.at(-1)!.toUpperCase()}. In capital letters it is ${word.toUpperCase()}.`;
  },
];

function countrySlots([a, b, c]: readonly [string, string, string]): Record<string, string> {
  return { a, b, c, A: sentenceCase(a) };
}
function slotsOf([a, b]: readonly [string, string]): Record<string, string> {
  return { a, b, A: sentenceCase(a) };
}

/** Some simple facts, a line each. */
export function factLines(world: World): string {
  const { random } = world;
  return Array.from({ length: random.int(3, 12) }, () => random.pick(lines)(world)).join("\n");
}
