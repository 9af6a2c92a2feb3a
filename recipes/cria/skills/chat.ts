import {
  type ChatMessage,
  type Conversation,
  fill,
  mixKinds,
  sentenceCase,
  talk,
  withAn,
} from "../conversation.ts";
import { categories, things } from "../words/everyday.ts";
import { type Exchange, feelings, goodbyes, hellos, howAreYou, identity, thanks } from "../words/phrases.ts";
import { topics } from "../words/topics.ts";
import { type FactKind, factSlots, userFacts } from "../words/user-facts.ts";
import type { World } from "../world.ts";
import { storyFor } from "./story.ts";
import { tellDay } from "./tell-day.ts";

type Turn = readonly [ask: string, answer: string];

const ends = ["", "", "", "!", "."];

function exchange({ random }: World, { asks, answers }: Exchange): Turn {
  return [random.pick(asks), random.pick(answers)];
}

function hello(world: World): Turn {
  const [ask, answer] = exchange(world, hellos);
  return [/[!.?]$/.test(ask) ? ask : ask + world.random.pick(ends), answer];
}

function feelingTurn({ random }: World): Turn {
  const { words, because, answers } = random.pick(feelings);
  const word = random.pick(words);
  const reason = fill(random.pick(because), {
    pet: random.pick(["dog", "cat", "rabbit", "horse"]),
    thing: random.pick(["book", "phone", "keys", "bag", "watch", "bike", "ring", "camera"]),
    family: random.pick(categories["family members"]!),
  });
  const ask = random.pick([
    `I am ${word}.`,
    `I feel ${word}.`,
    `I'm ${word} today.`,
    `I am ${word} because ${reason}.`,
    `I feel ${word} because ${reason}.`,
    `${sentenceCase(reason)}. I am ${word}.`,
    `I am ${word} today, ${reason}.`,
  ]);
  return [ask, fill(random.pick(answers), { word })];
}

/** An answer to "How are you?", which people return. */
function feelsBack({ random }: World): Turn {
  return [
    random.pick([
      "I am fine, thanks.",
      "I am good.",
      "Very well, thank you.",
      "Not bad.",
      "I'm okay.",
      "Good, thanks!",
      "So so.",
      "I am great today!",
    ]),
    random.pick([
      "Thanks for telling me! What can I do for you?",
      "I see. What would you like to talk about?",
      "I see. How can I help you today?",
      "Thank you for telling me. What is on your mind?",
    ]),
  ];
}

interface Fact {
  kind: FactKind;
  slots: Record<string, string>;
}

const tellTurn = ({ random }: World, { kind, slots }: Fact): Turn => [
  sentenceCase(fill(random.pick(kind.tells), slots)),
  sentenceCase(fill(random.pick(kind.replies), slots)),
];
const askTurn = ({ random }: World, { kind, slots }: Fact): Turn => [
  fill(random.pick(kind.asks), slots),
  sentenceCase(fill(random.pick(kind.recalls), slots)),
];

function facts(world: World, count: number): Fact[] {
  return world.random
    .sample(userFacts, count)
    .map((kind) => ({ kind, slots: factSlots(kind.key, kind.value(world)) }));
}

const small = (world: World): Turn =>
  world.random.pick([
    () => exchange(world, world.random.pick(topics)),
    () => exchange(world, world.random.pick(topics)),
    () => feelingTurn(world),
    () => exchange(world, howAreYou),
    () => exchange(world, world.random.pick(identity)),
  ])();

const flat = (kind: string, turns: readonly Turn[]): Conversation => talk(kind, ...turns.flat());

/** A user tells one to three facts and asks for them later, with small talk between. */
function remember(world: World): Conversation {
  const { random } = world;
  const told = facts(world, random.int(1, 3));
  const turns: Turn[] = [];
  if (random.chance(0.3)) turns.push(hello(world));
  for (const fact of told) {
    turns.push(tellTurn(world, fact));
    if (random.chance(0.3)) turns.push(small(world));
  }
  for (const fact of random.sample(told, random.int(1, told.length))) turns.push(askTurn(world, fact));
  if (random.chance(0.3)) turns.push(exchange(world, thanks));
  if (random.chance(0.2)) turns.push(exchange(world, goodbyes));
  return flat("remember", turns);
}

/** Two facts in one message, then a question about either. */
function rememberBoth(world: World): Conversation {
  const { random } = world;
  const [first, second] = facts(world, 2) as [Fact, Fact];
  const ask = `${tellTurn(world, first)[0]} ${tellTurn(world, second)[0]}`;
  const asked = random.pick([first, second]);
  const other = asked === first ? second : first;
  const turns: Turn[] = [[ask, tellTurn(world, random.pick([first, second]))[1]], askTurn(world, asked)];
  if (random.chance(0.5)) turns.push(askTurn(world, other));
  return flat("remember-both", turns);
}

/** The user asks for something that was never told. */
function neverTold(world: World): Conversation {
  const { random } = world;
  const [known, asked] = facts(world, 2) as [Fact, Fact];
  const question = fill(random.pick(asked.kind.asks), asked.slots);
  const answer = random.pick([
    "You have not told me that yet.",
    "I do not know. You have not told me.",
    "I do not know that yet. Will you tell me?",
    "You did not tell me yet.",
  ]);
  const turns: Turn[] = random.chance(0.5) ? [] : [tellTurn(world, known)];
  turns.push([question, answer]);
  if (random.chance(0.6)) turns.push(tellTurn(world, asked), askTurn(world, asked));
  return flat("never-told", turns);
}

/** Small talk of one to six turns. */
function smallTalk(world: World): Conversation {
  const { random } = world;
  const turns: Turn[] = [];
  if (random.chance(0.5)) turns.push(hello(world));
  if (random.chance(0.3)) turns.push(exchange(world, howAreYou), feelsBack(world));
  const count = random.int(turns.length === 0 ? 1 : 0, 3);
  for (let i = 0; i < count; i++) turns.push(small(world));
  if (random.chance(0.3)) turns.push(exchange(world, thanks));
  if (turns.length === 0 || random.chance(0.25)) turns.push(exchange(world, goodbyes));
  return flat("small-talk", turns);
}

const storyAsks = [
  "Tell me a story about {w}.",
  "Tell me a short story about {w}.",
  "Can you tell me a story about {w}?",
  "Write a short story about {w}.",
  "I want to hear a story about {w}.",
  "Please tell a little story about {w}.",
  "Make up a story about {w}.",
];
const plainStoryAsks = [
  "Tell me a story.",
  "Tell me a short story.",
  "Can you tell me a story?",
  "Please tell me a story.",
  "I would like to hear a story.",
];

function story(world: World): Conversation {
  const { random } = world;
  const about = random.chance(0.5) ? random.pick(categories["animals"]!) : random.pick(things);
  const hasTopic = random.chance(0.8);
  const ask = hasTopic
    ? withAn(fill(random.pick(storyAsks), { w: `a ${about}` }))
    : random.pick(plainStoryAsks);
  return talk("story", ask, storyFor(world, about, random.int(3, 5)));
}

const systems = [
  "You are a helpful assistant.",
  "You are Cria, a small and friendly assistant.",
  "Answer in short sentences.",
  "You are a friendly helper.",
  "Be kind and short.",
  "You are a helpful assistant. Keep answers short.",
];

function withSystem(world: World, conversation: Conversation): Conversation {
  if (!world.random.chance(0.12)) return conversation;
  const system: ChatMessage = { role: "system", content: world.random.pick(systems) };
  return { ...conversation, messages: [system, ...conversation.messages] };
}

const kinds = mixKinds([
  { name: "tell-day", weight: 9, make: tellDay },
  { name: "small-talk", weight: 4, make: smallTalk },
  { name: "remember", weight: 4, make: remember },
  { name: "remember-both", weight: 2, make: rememberBoth },
  { name: "never-told", weight: 1, make: neverTold },
  { name: "story", weight: 1, make: story },
  { name: "feeling", weight: 1, make: (world) => flat("feeling", [feelingTurn(world)]) },
  {
    name: "identity",
    weight: 1,
    make: (world) => flat("identity", [exchange(world, world.random.pick(identity))]),
  },
]);

/** Short English conversation: small talk, and later turns that need earlier ones. */
export const makeChat = (world: World): Conversation => withSystem(world, kinds(world));
