import { joinList, sentenceCase } from "../conversation.ts";
import { categories } from "../words/everyday.ts";
import { resultFields } from "../words/tool-subjects.ts";
import type { World } from "../world.ts";

type Value = string | number | boolean;

/** What a tool gives back: one to three values. */
export function inventResult(world: World): Record<string, Value> {
  const { random } = world;
  const fields = random.sample(resultFields, random.int(1, 3));
  return Object.fromEntries(fields.map(([field, kind]) => [field, resultValue(world, kind)]));
}

function resultValue(world: World, kind: (typeof resultFields)[number][1]): Value {
  const { random } = world;
  const makers: Record<typeof kind, () => Value> = {
    number: () => (random.chance(0.7) ? random.int(1, 999) : random.int(10, 999) / 10),
    word: () =>
      random.pick([
        "ready",
        "open",
        "closed",
        "done",
        "blue",
        "green",
        "warm",
        "busy",
        "free",
        "late",
        "full",
        "new",
        "sunny",
        random.pick(categories["days of the week"]!),
        world.nonword(),
      ]),
    name: () => world.person(),
    code: () => `${random.pick([..."ABCDEFGHKLMNPRST"])}${random.int(10, 9999)}`,
    place: () => (random.chance(0.5) ? world.city() : world.invented()),
    money: () => random.int(100, 99999) / 100,
  };
  return makers[kind]();
}

/** The result in a sentence. */
export function tellResult(
  { random }: World,
  subject: string,
  result: Readonly<Record<string, Value>>,
): string {
  const parts = Object.entries(result).map(([key, value]) => `the ${key} is ${value}`);
  const list = joinList(parts);
  return random.pick([
    `${sentenceCase(list)}.`,
    `${sentenceCase(list)}.`,
    `For the ${subject}, ${list}.`,
    `Here is the ${subject}: ${list}.`,
    `Done. ${sentenceCase(list)}.`,
  ]);
}
