import { fill, joinList, sentenceCase, withAn, withArticle } from "../conversation.ts";
import { adjectives, categories } from "../words/everyday.ts";
import type { World } from "../world.ts";

const places = [
  "the forest",
  "the garden",
  "a small village",
  "the old house",
  "the beach",
  "the market",
  "the river",
  "the park",
  "the school",
  "the farm",
  "the mountain",
  "the library",
  "the harbor",
  "the kitchen",
];
const begins = [
  "Once upon a time there was {a}.",
  "There was once {a}.",
  "One day, {name} saw {a} near {place}.",
  "{name} had {a}.",
  "In {place} there lived {name} and {a}.",
  "Long ago, {name} found {a} in {place}.",
];
const middles = [
  "{name} looked at the {thing} and smiled.",
  "Every morning {name} went to {place}.",
  "One day it began to rain.",
  "The {thing} was {adj}, but {name} did not mind.",
  "{name} met {friend} near {place}.",
  "Together they walked to {place}.",
  "They ate {food} and talked about the {thing}.",
  '{friend} asked: "Can I help you?"',
  '"Yes, please," said {name}.',
  "But then the {thing} was gone.",
  "They looked for it in {place}.",
  "{friend} was {adj} and wanted to go home.",
  "The wind was strong and the night was dark.",
  "{name} gave {friend} some {food}.",
  "A {adj} {animal} came and sat down next to them.",
  "{friend} had a good idea.",
];
const finals = [
  "In the end, everyone was happy.",
  "From that day on, {name} and {friend} were friends.",
  "That night, {name} slept very well.",
  "{name} never forgot that day.",
  "And so they all went home and had {food} for dinner.",
  "At last {name} found the {thing} again.",
  "They lived happily ever after.",
  '"Thank you," said {name}, and they went home together.',
];

/** A little story with the noun in it, of `count` sentences in the middle. */
export function storyFor(world: World, noun: string, count: number): string {
  const { random } = world;
  const adjective = random.pick(adjectives);
  const slots = (): Record<string, string> => ({
    name,
    friend,
    thing: noun,
    a: withArticle(`${adjective} ${noun}`),
    adj: random.pick(adjectives),
    place,
    food: random.pick(["bread", "soup", "cake", "apples", "rice", "cheese", "honey", "pasta"]),
    animal: random.pick(categories["animals"]!),
  });
  const name = world.person();
  let friend = world.person();
  while (friend === name) friend = world.person();
  const place = random.pick(places);
  const lines = [
    random.pick(begins),
    ...inOrder(
      random.sample(
        middles.map((_, index) => index),
        count,
      ),
    ),
    random.pick(finals),
  ];
  let text = lines.map((line) => sentenceCase(fill(line, slots()))).join(" ");
  if (!text.includes(name)) text = `This is a story of ${name}. ${text}`;
  return withAn(text);
}

const inOrder = (indices: number[]): string[] =>
  indices.sort((a, b) => a - b).map((index) => middles[index]!);

/** Some lines about a person's day, for plain text. */
export function dayOf(world: World): string {
  const { random } = world;
  const name = world.person();
  const bought = random.sample(categories[random.pick(["fruits", "vegetables", "kinds of food"])]!, 3);
  const place = random.pick(places);
  return [
    `${name} got up at ${random.int(5, 10)} in the morning.`,
    `After breakfast ${name} went to ${place}.`,
    `There ${name} met ${world.person()} and ${world.person()}.`,
    `On the way home ${name} bought ${joinList(bought)}.`,
    `In the evening ${name} read a book and went to bed at ${random.int(8, 11)}.`,
  ].join(" ");
}
