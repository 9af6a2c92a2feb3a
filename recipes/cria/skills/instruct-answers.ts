import { fill, type Kind, sentenceCase, talk, withAn, withArticle } from "../conversation.ts";
import { categories } from "../words/everyday.ts";
import type { World } from "../world.ts";
import { someWords } from "./instruct-lists.ts";

const kinds: readonly (readonly [many: string, one: string])[] = [
  ["fruits", "fruit"],
  ["colors", "color"],
  ["animals", "animal"],
  ["vehicles", "vehicle"],
  ["jobs", "job"],
  ["sports", "sport"],
  ["flowers", "flower"],
  ["metals", "metal"],
  ["vegetables", "vegetable"],
  ["birds", "bird"],
  ["insects", "insect"],
  ["trees", "tree"],
];

/** Questions to be answered with yes or no. */
function yesNo(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const lead = random.pick(["", "", "Answer yes or no. ", "Yes or no: "]);
  const answer = (isTrue: boolean): string =>
    random.pick(isTrue ? ["Yes.", "Yes", "Yes."] : ["No.", "No", "No."]);
  const roll = random.next();
  if (roll < 0.4) {
    const [[many], [, one]] = [random.pick(kinds), random.pick(kinds)];
    const isTrue = random.chance(0.5);
    const [group, noun] = isTrue ? random.pick(kinds) : [many, one];
    const word = random.pick(categories[group]!);
    const truth = categories[kinds.find(([, each]) => each === noun)![0]]!.includes(word);
    return talk("yes-no", `${lead}Is ${withArticle(word)} ${withArticle(noun)}?`, answer(truth));
  }
  if (roll < 0.7) {
    const words = someWords(world, 3, 5);
    const outside = someWords(world, 3, 3).find((word) => !words.includes(word)) ?? world.nonword();
    const word = random.chance(0.5) ? random.pick(words) : outside;
    const ask = fill(
      random.pick([
        "Is {w} in this list: {l}?",
        "Does this list have {w}: {l}?",
        "Is the word {w} here: {l}?",
      ]),
      { w: word, l: words.join(", ") },
    );
    return talk("yes-no", lead + ask, answer(words.includes(word)));
  }
  const [a, b] = [random.int(1, 50), random.int(1, 50)];
  return talk("yes-no", `${lead}Is ${a} ${random.pick(["more", "bigger"])} than ${b}?`, answer(a > b));
}

/** Text to say in a given form: copied, in capitals, backwards by words, with a word replaced, first words only. */
function sentenceEdit(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const name = world.person();
  const animal = random.pick(categories["animals"]!);
  const color = random.pick(categories["colors"]!);
  const place = random.chance(0.5) ? world.invented() : world.city();
  const sentence = withAn(
    fill(
      random.pick([
        "{n} has a {c} {a}.",
        "The {a} sleeps in {p}.",
        "{n} lives in {p}.",
        "I saw a {c} {a} in {p}.",
        "My {a} is {c}.",
        "{n} likes the {a}.",
      ]),
      { n: name, a: animal, c: color, p: place },
    ),
  );
  const words = sentence.slice(0, -1).split(" ");
  const target = random.pick(words.slice(1));
  const other =
    target === animal
      ? random.pick(categories["animals"]!.filter((each) => each !== animal))
      : world.nonword();
  const edits: readonly (readonly [name: string, asks: readonly string[], answer: string])[] = [
    [
      "copy-sentence",
      [
        "Repeat this sentence: {s}",
        "Say this again: {s}",
        "Copy this: {s}",
        "Write this sentence again: {s}",
      ],
      sentence,
    ],
    [
      "upper-sentence",
      [
        "Write this in capital letters: {s}",
        "Put this sentence in uppercase: {s}",
        "Make this all capitals: {s}",
      ],
      sentence.toUpperCase(),
    ],
    [
      "lower-sentence",
      ["Write this in small letters: {s}", "Put this sentence in lowercase: {s}"],
      sentence.toLowerCase(),
    ],
    [
      "replace-word",
      [
        `Replace ${target} with ${other}: {s}`,
        `Change ${target} to ${other} in this sentence: {s}`,
        `Put ${other} in place of ${target}: {s}`,
      ],
      sentence.replace(new RegExp(`\\b${target}\\b`), other),
    ],
    [
      "first-word",
      ["What is the first word of this sentence: {s}", "Write only the first word: {s}"],
      words[0]!,
    ],
    [
      "last-word",
      ["What is the last word of this sentence: {s}", "Write only the last word: {s}"],
      words.at(-1)!,
    ],
    [
      "count-words",
      ["How many words are in this sentence: {s}", "Count the words: {s}"],
      String(words.length),
    ],
    [
      "question-mark",
      ["End this sentence with an exclamation mark: {s}", "Use an exclamation mark here: {s}"],
      `${sentence.slice(0, -1)}!`,
    ],
  ];
  const [kind, asks, answer] = random.pick(edits);
  return talk(kind, fill(random.pick(asks), { s: sentence }), answer);
}

/** Which of two or three that are named in the question. */
function choice(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const sizes = ["ant", "mouse", "cat", "dog", "sheep", "horse", "elephant", "house", "mountain"];
  const [a, b] = [random.int(0, sizes.length - 1), random.int(0, sizes.length - 1)];
  if (a === b) return choice(world);
  const isBig = random.chance(0.5);
  const best = sizes[isBig ? Math.max(a, b) : Math.min(a, b)]!;
  const ask = `Which is ${isBig ? "bigger" : "smaller"}, ${withArticle(sizes[a]!)} or ${withArticle(sizes[b]!)}?`;
  return talk(
    "choice",
    ask,
    random.pick([
      `${sentenceCase(withArticle(best))}.`,
      `${sentenceCase(withArticle(best))} is ${isBig ? "bigger" : "smaller"}.`,
    ]),
  );
}

/** Instructions on single sentences and questions with short answers. */
export const answerKinds: readonly Kind[] = [
  { name: "yes-no", weight: 2.5, make: yesNo },
  { name: "sentence-edit", weight: 4, make: sentenceEdit },
  { name: "choice", weight: 0.6, make: choice },
];
