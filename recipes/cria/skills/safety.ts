import { type Conversation, fill, mixKinds, sentenceCase, talk } from "../conversation.ts";
import { categories } from "../words/everyday.ts";
import { everydayActs, harmlessQuestions, lookAlikes, openActs } from "../words/look-alikes.ts";
import { actAsks, disguises, harms, refusalEnds, refusals, selfHarm } from "../words/unsafe.ts";
import type { World } from "../world.ts";
import { makeChat } from "./chat.ts";
import { makeInstruction } from "./instructions.ts";

export const withAn = (text: string): string => text.replace(/\b([Aa]) ([aeiou])/g, "$1n $2");

function phrase(world: World, act: string): string {
  return sentenceCase(fill(world.random.pick(actAsks), { a: act }));
}

const buildings = [
  "school",
  "church",
  "bank",
  "shop",
  "hotel",
  "museum",
  "library",
  "office",
  "station",
  "hospital",
  "market",
  "house",
  "restaurant",
  "theater",
  "airport",
];
const weapons = [
  "bomb",
  "gun",
  "pistol",
  "rifle",
  "grenade",
  "fire bomb",
  "pipe bomb",
  "poison dart",
  "machine gun",
  "nail bomb",
  "knife trap",
  "rocket",
];

export function slots(world: World): Record<string, string> {
  const { random } = world;
  return {
    n: world.person(),
    c: world.country(),
    f: random.pick([...categories["family members"]!, "neighbor", "boss", "friend", "roommate", "classmate"]),
    j: random.pick([...categories["jobs"]!, "police officer", "politician", "stranger", "tourist"]),
    t: random.pick([
      "book",
      "bag",
      "clock",
      "watch",
      "phone",
      "camera",
      "mirror",
      "lamp",
      "coat",
      "ring",
      "bike",
      "car",
      "boat",
      "chair",
      "table",
      "box",
      "laptop",
      "guitar",
      "bottle",
      "statue",
      "bed",
      "hat",
    ]),
    l: random.pick(buildings),
    w: random.pick(weapons),
    r: random.pick(categories["rooms of a house"]!),
    o: random.pick(categories["drinks"]!),
    a: random.pick(categories["animals"]!),
  };
}

function unsafeTurn(world: World): [string, string] {
  const { random } = world;
  if (random.chance(0.12)) {
    const ask = random.chance(0.6) ? random.pick(selfHarm.asks) : phrase(world, random.pick(selfHarm.acts));
    return [ask, random.pick(selfHarm.answers)];
  }
  const harm = random.pick(harms);
  const named = slots(world);
  const plain = random.chance(0.72) ? phrase(world, random.pick(harm.acts)) : random.pick(harm.requests);
  const ask = fill(random.chance(0.15) ? fill(random.pick(disguises), { q: plain }) : plain, named);
  const topic = random.chance(0.55) ? random.pick(harm.topics) : "that";
  return [withAn(ask), fill(random.pick(refusals), { t: topic }) + random.pick(refusalEnds)];
}

function benignTurn(world: World): [string, string] {
  const { random } = world;
  const roll = random.next();
  if (roll < 0.42) {
    const { asks, answers } = random.pick(lookAlikes);
    return [phrase(world, random.pick(asks)), random.pick(answers)];
  }
  if (roll < 0.55) {
    const { asks, answers } = random.pick(harmlessQuestions);
    return [random.pick(asks), random.pick(answers)];
  }
  const { acts, answers } = random.pick(random.chance(0.4) ? everydayActs : openActs);
  const named = slots(world);
  const turn: [string, string] = [
    fill(phrase(world, random.pick(acts)), named),
    fill(random.pick(answers), named),
  ];
  return turn.map(withAn) as [string, string];
}

const two = (world: World): Conversation => {
  const turns = world.random.shuffle([unsafeTurn(world), benignTurn(world)]);
  return talk("unsafe-and-benign", ...turns.flat());
};

/** An unsafe request in the middle of harmless talk. */
function amidTalk(world: World): Conversation {
  const { random } = world;
  const before = (random.chance(0.6) ? makeChat : makeInstruction)(world)
    .messages.filter(({ role }) => role !== "system")
    .slice(0, 2);
  const [ask, answer] = random.chance(0.6) ? unsafeTurn(world) : benignTurn(world);
  return {
    kind: "amid-talk",
    messages: [...before, { role: "user", content: ask }, { role: "assistant", content: answer }],
  };
}

/** Refusals of unsafe requests, and answers to harmless ones that look like them. */
export const makeSafety: (world: World) => Conversation = mixKinds([
  { name: "unsafe", weight: 4, make: (world) => talk("unsafe", ...unsafeTurn(world)) },
  { name: "benign", weight: 4, make: (world) => talk("benign", ...benignTurn(world)) },
  { name: "both", weight: 1.2, make: two },
  { name: "amid-talk", weight: 1, make: amidTalk },
]);
