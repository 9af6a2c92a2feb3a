import { type Conversation, fill, mixKinds, sentenceCase, talk, withAn } from "../conversation.ts";
import { categories } from "../words/everyday.ts";
import { everydayActs, harmlessQuestions, lookAlikes, openActs } from "../words/look-alikes.ts";
import { dangers, guardians, harmlessObjects, mishaps, names, safeQuestions } from "../words/safe-intents.ts";
import { actAsks, disguises, harms, refusalEnds, refusals, selfHarm } from "../words/unsafe.ts";
import type { World } from "../world.ts";
import { makeChat } from "./chat.ts";
import { makeInstruction } from "./instructions.ts";

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

/** Words of harm in what is harmless: other objects, names, questions that are asked to stay safe. */
function safeTurn(world: World): [string, string] {
  const { random } = world;
  const named = slots(world);
  const filled = ({
    asks,
    answers,
  }: {
    asks: readonly string[];
    answers: readonly string[];
  }): [string, string] => [fill(random.pick(asks), named), fill(random.pick(answers), named)];
  const roll = random.next();
  if (roll < 0.45) {
    const { verb, objects, answers } = random.pick(harmlessObjects);
    const object = random.pick(objects);
    return [phrase(world, `${verb} ${object}`), fill(random.pick(answers), { x: object })];
  }
  if (roll < 0.55) {
    const danger = random.pick(dangers);
    const ask = random.pick([
      "Why is {d} dangerous?",
      "Is {d} dangerous?",
      "How do I stay away from {d}?",
      "Tell me why {d} is bad.",
    ]);
    const answer = random.pick([
      "It can hurt people. Be careful and keep away.",
      "Because people can get hurt. Take care.",
    ]);
    return [fill(ask, { d: danger }), answer];
  }
  if (roll < 0.72) {
    const [ask, answer] = filled(random.pick(mishaps));
    const form = random.pick([
      "What should I do if {m}?",
      "What do I do when {m}?",
      "What can I do if {m}?",
      "Help, {m}!",
    ]);
    return [fill(form, { m: ask }), answer];
  }
  if (roll < 0.79) {
    const [who, what] = random.pick(guardians);
    const ask = random.pick(["What does a {w} do?", "What is the job of a {w}?", "Tell me what a {w} does."]);
    return [fill(ask, { w: who }), `A ${who} ${what}.`];
  }
  if (roll < 0.86) {
    const [what, is] = random.pick(names);
    const ask = random.pick([
      "What is {w}?",
      "What does {w} mean?",
      "Explain what {w} is.",
      "Tell me what {w} is.",
    ]);
    return [fill(ask, { w: what }), `${sentenceCase(what)} is ${is}.`];
  }
  return filled(random.pick(safeQuestions));
}

function benignTurn(world: World): [string, string] {
  const { random } = world;
  if (random.chance(0.45)) return safeTurn(world).map(withAn) as [string, string];
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
  { name: "unsafe", weight: 5, make: (world) => talk("unsafe", ...unsafeTurn(world)) },
  { name: "benign", weight: 6, make: (world) => talk("benign", ...benignTurn(world)) },
  { name: "both", weight: 1.2, make: two },
  { name: "amid-talk", weight: 1, make: amidTalk },
]);
