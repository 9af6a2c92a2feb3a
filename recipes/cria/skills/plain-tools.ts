import { fill, type Json, sentenceCase, withAn } from "../conversation.ts";
import { categories } from "../words/everyday.ts";
import { type KindName, kinds, plainTools } from "../words/plain-tools.ts";
import { animals, foods, objects, roles } from "../words/scenes.ts";
import type { World } from "../world.ts";
import { inventResult, tellResult } from "./tool-results.ts";
import type { OfferedTool } from "./tools.ts";

const words = [
  "Old",
  "New",
  "Red",
  "Blue",
  "Green",
  "White",
  "Stone",
  "River",
  "Hill",
  "Lake",
  "Sun",
  "Moon",
  "Rose",
  "Apple",
];
const spots = [
  "Park",
  "Street",
  "Bridge",
  "Tower",
  "Museum",
  "Hall",
  "School",
  "Market",
  "Castle",
  "Mountain",
  "House",
  "Inn",
];
const heads = [
  "The Last",
  "The First",
  "My",
  "A Long",
  "The Silent",
  "Two",
  "Songs of",
  "Under the",
  "The Little",
  "Beyond the",
];
const tails = [
  "Winter",
  "Garden",
  "Train",
  "Letter",
  "King",
  "Ocean",
  "Road",
  "Summer",
  "Night",
  "Song",
  "Window",
  "Forest",
];

const titled = ({ random, invented }: World): string => {
  const roll = random.next();
  if (roll < 0.4) return `${random.pick(heads)} ${random.pick(tails)}`;
  return roll < 0.7 ? `${random.pick(words)} ${random.pick(tails)}` : invented();
};

const values: Readonly<Record<KindName, (world: World) => string | number>> = {
  object: ({ random }) => random.pick(objects),
  food: ({ random }) => random.pick(foods).replace(/^an? /, ""),
  animal: ({ random }) => random.pick(animals),
  person: (world) => (world.random.chance(0.8) ? world.person() : `${world.person()} ${world.invented()}`),
  pet: (world) => world.pet(),
  city: (world) => {
    const roll = world.random.next();
    if (roll < 0.35) return world.city();
    return roll < 0.8
      ? world.invented()
      : `${world.random.pick(["Port", "New", "Saint", "Lake", "North"])} ${world.invented()}`;
  },
  country: (world) => (world.random.chance(0.8) ? world.country() : world.invented()),
  spot: (world) => {
    const { random } = world;
    return random.chance(0.5)
      ? `${random.pick(words)} ${random.pick(spots)}`
      : `${world.invented()} ${random.pick(spots)}`;
  },
  title: titled,
  word: (world) =>
    world.random.chance(0.75) ? world.random.pick([...objects, ...animals, ...roles]) : world.nonword(),
  code: ({ random }) =>
    `${random.pick([..."ABCDEFGHKLMNPRSTUVWXYZ"])}${random.pick(["", "", "-", random.pick([..."ABCDEFGH"])])}${random.int(1, 9999)}`,
  count: ({ random }) => (random.chance(0.7) ? random.int(2, 99) : random.int(100, 999)),
  room: ({ random }) => random.pick(categories["rooms of a house"]!),
  job: ({ random }) => random.pick(roles),
  color: ({ random }) => random.pick(categories["colors"]!),
  month: ({ random }) => random.pick(categories["months"]!),
  day: ({ random }) => random.pick(categories["days of the week"]!),
  date: ({ random }) =>
    `${random.int(1990, 2035)}-${String(random.int(1, 12)).padStart(2, "0")}-${String(random.int(1, 28)).padStart(2, "0")}`,
  language: ({ random }) => random.pick(categories["languages"]!),
  message: (world) => {
    const { random } = world;
    const text = fill(
      random.pick([
        "the {o} is ready",
        "bring a {o}",
        "I am at the {o}",
        "see you at {n}",
        "the {a} is in the garden",
        "we have no {f} left",
        "come to the party",
        "{p} is here",
        "call {p}",
        "buy {f}",
      ]),
      {
        o: random.pick(objects),
        n: random.int(1, 12),
        a: random.pick(animals),
        f: random.pick(foods).replace(/^an? /, ""),
        p: world.person(),
      },
    );
    return withAn(text);
  },
};

/** A tool of a plain purpose, under a name that tells of it or tells nothing. */
export function offerPlain(world: World): OfferedTool {
  const { random } = world;
  const { name: purpose, does, takes, asks } = random.pick(plainTools);
  const name = world.own(() => {
    const roll = random.next();
    if (roll < 0.3) return world.nonword();
    if (roll < 0.5) return `${world.nonword()}_${world.nonword()}`;
    return random.pick([
      `get_${purpose}`,
      `${purpose}_${random.int(1, 99)}`,
      `find_${purpose}`,
      `${purpose}_service`,
      `my_${purpose}`,
      `${purpose}_${world.nonword()}`,
      `lookup_${purpose}`,
    ]);
  });
  const used = new Set<string>();
  const named = takes.map((kind) => {
    const free = kinds[kind].names.filter((each) => !used.has(each));
    const chosen = free.length === 0 || random.chance(0.12) ? world.nonword() : random.pick(free);
    used.add(chosen);
    return { kind, name: chosen, about: random.pick(kinds[kind].about) };
  });
  const properties = Object.fromEntries(
    named.map(({ kind, name: key, about }): [string, Json] => [
      key,
      { type: kind === "count" ? "integer" : "string", description: about },
    ]),
  );
  return {
    spec: {
      type: "function",
      function: {
        name,
        description: random.pick(does) + (random.chance(0.3) ? "." : ""),
        parameters: { type: "object", properties, required: named.map(({ name: key }) => key) },
      },
    },
    use(from) {
      const given = named.map(({ kind }) => values[kind](from));
      const ask = fill(from.random.pick(asks), { "0": String(given[0]!), "1": String(given[1] ?? "") });
      const result = inventResult(from);
      return {
        ask: withAn(sentenceCase(ask)),
        arguments: Object.fromEntries(named.map(({ name: key }, index) => [key, given[index]!])),
        result: JSON.stringify(result),
        tell: tellResult(from, purpose.replaceAll("_", " "), result),
      };
    },
  };
}
