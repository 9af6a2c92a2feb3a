import { type Conversation, fill, mixKinds, talk } from "../conversation.ts";
import { greetingPhrases, type LanguagePhrases } from "../words/greetings.ts";
import type { World } from "../world.ts";

const endings = ["", "", "!", ".", "!"];

function vary({ random }: World, text: string): string {
  let varied = /[.!?]$/.test(text) ? text : text + random.pick(endings);
  if (random.chance(0.2)) varied = varied.toLowerCase();
  return varied;
}

const choose = ({ random }: World): LanguagePhrases => random.pick(greetingPhrases);

/** Greeting in a language, answered in it, with a question or an offer. */
function greet(world: World): Conversation {
  const { random } = world;
  const phrases = choose(world);
  const name = world.person();
  const asked = random.chance(0.3) ? ` ${fill(random.pick(phrases.iAm), { n: name })}` : "";
  const wellness = random.chance(0.25) ? ` ${random.pick(phrases.howAreYou)}` : "";
  const opening = random.pick(phrases.greetings);
  const ask =
    asked === "" && wellness === ""
      ? vary(world, opening)
      : `${opening}${random.pick(["!", ",", "."])}${asked}${wellness}`.replace(/,( ?)$/, "!");
  const hello =
    asked === "" ? random.pick(phrases.replies) : fill(random.pick(phrases.namedReplies), { n: name });
  const state = wellness === "" ? "" : ` ${random.pick(phrases.iAmWell)}`;
  return talk(`greet-${phrases.code}`, ask, `${hello}${state} ${random.pick(phrases.offers)}`);
}

function small(world: World, phrases: LanguagePhrases): [string, string] {
  const { random } = world;
  return random.pick([
    (): [string, string] => [
      vary(world, random.pick(phrases.howAreYou)),
      `${random.pick(phrases.iAmWell)} ${random.pick(phrases.andYou)}`,
    ],
    (): [string, string] => [vary(world, random.pick(phrases.thanks)), random.pick(phrases.welcomes)],
    (): [string, string] => [vary(world, random.pick(phrases.goodbyes)), random.pick(phrases.goodbyeReplies)],
    (): [string, string] => [vary(world, random.pick(phrases.whoAreYou)), random.pick(phrases.iAmCria)],
    (): [string, string] => [vary(world, random.pick(phrases.speak)), random.pick(phrases.iSpeak)],
  ])();
}

const phrase = (world: World): Conversation => {
  const phrases = choose(world);
  return talk(`phrase-${phrases.code}`, ...small(world, phrases));
};

/** Greeting and then one or two more turns in the same language. */
function longer(world: World): Conversation {
  const phrases = choose(world);
  const { random } = world;
  const turns = [
    vary(world, random.pick(phrases.greetings)),
    `${random.pick(phrases.replies)} ${random.pick(phrases.offers)}`,
  ];
  const count = random.int(1, 3);
  for (let i = 0; i < count; i++) turns.push(...small(world, phrases));
  return talk(`talk-${phrases.code}`, ...turns);
}

/** Greetings and small phrases in six languages. */
export const makeGreeting: (world: World) => Conversation = mixKinds([
  { name: "greet", weight: 5, make: greet },
  { name: "phrase", weight: 3, make: phrase },
  { name: "longer", weight: 2, make: longer },
]);
