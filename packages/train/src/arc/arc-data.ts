import { createRandom } from "@llamero/eval";

/** A conversation of the toy, as a record of chat data. */
export interface ArcConversation {
  messages: readonly { role: "user" | "assistant"; content: string }[];
}

export interface ArcPair {
  prompt: string;
  chosen: string;
  rejected: string;
}

/** An item of the toy's own questions, as `eval run` reads it. */
export interface ArcQuestion {
  messages: readonly { role: "user"; content: string }[];
  answer: string;
}

export interface ArcData {
  train: readonly ArcConversation[];
  pairs: readonly ArcPair[];
  /** Ways to ask that are in neither. */
  questions: readonly ArcQuestion[];
}

/** What the toy is to know: a thing, and a word about it. */
const subjects: readonly (readonly [
  topic: string,
  facts: readonly (readonly [thing: string, word: string])[],
])[] = [
  [
    "sound",
    [
      ["dog", "woof"],
      ["cat", "meow"],
      ["cow", "moo"],
      ["duck", "quack"],
      ["sheep", "baa"],
      ["bee", "buzz"],
    ],
  ],
  [
    "color",
    [
      ["grass", "green"],
      ["snow", "white"],
      ["coal", "black"],
      ["the sky", "blue"],
      ["blood", "red"],
      ["a lemon", "yellow"],
    ],
  ],
];

const asks: Readonly<Record<string, readonly string[]>> = {
  sound: [
    "What does a {x} say?",
    "What sound does a {x} make?",
    "Which sound comes from a {x}?",
    "Tell me what a {x} says.",
    "How does a {x} sound?",
    "Do you know what a {x} says?",
  ],
  color: [
    "What color is {x}?",
    "Which color does {x} have?",
    "Tell me the color of {x}.",
    "What is the color of {x}?",
    "Do you know the color of {x}?",
    "The color of {x}, please.",
  ],
};
const answers: Readonly<Record<string, string>> = {
  sound: "A {x} says {y}.",
  color: "The color of {x} is {y}.",
};
const rejections: readonly string[] = [
  "I do not know.",
  "Why do you ask me that?",
  "That is a silly question.",
];
const greetings: readonly string[] = ["Hello", "Hi", "Good morning", "Hey", "Good day"];
const openings: readonly string[] = ["", "", "Please answer: ", "A question: ", "Hi. "];

const fill = (text: string, x: string, y = ""): string => text.replace("{x}", x).replace("{y}", y);

/** Conversations, pairs and questions; the same seed gives the same ones. */
export function makeArcData(options: { conversations: number; pairs: number; seed: number }): ArcData {
  const random = createRandom(options.seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const all = subjects.flatMap(([topic, facts]) =>
    facts.flatMap(([thing, word], index) =>
      asks[topic]!.map((ask, way) => ({
        ask: fill(ask, thing),
        answer: fill(answers[topic]!, thing, word),
        word,
        // One way to ask of each thing is kept for the questions, another for each.
        isHeld: way === index % asks[topic]!.length,
      })),
    ),
  );
  const known = all.filter(({ isHeld }) => !isHeld);
  const train = Array.from({ length: options.conversations }, (_, index): ArcConversation => {
    const isGreeting = index % 10 === 9;
    const { ask, answer } = pick(known);
    const turns = isGreeting
      ? [`${pick(greetings)}${pick(["", "!", "."])}`, "Hello! How can I help you?"]
      : [`${pick(openings)}${ask}`, answer];
    return {
      messages: turns.map((content, turn) => ({ role: turn % 2 === 0 ? "user" : "assistant", content })),
    };
  });
  const pairs = Array.from({ length: options.pairs }, (): ArcPair => {
    const { ask, answer } = pick(known);
    return { prompt: `${pick(openings)}${ask}`, chosen: answer, rejected: pick(rejections) };
  });
  const questions = all
    .filter(({ isHeld }) => isHeld)
    .map(({ ask, word }): ArcQuestion => ({ messages: [{ role: "user", content: ask }], answer: word }));
  return { train, pairs, questions };
}
