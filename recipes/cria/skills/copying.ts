import { type Conversation, fill, type Generator, mixKinds, sentenceCase, talk } from "../conversation.ts";
import { adjectives, categories, things } from "../words/everyday.ts";
import { animals, foods, objects, roles } from "../words/scenes.ts";
import type { World } from "../world.ts";

/** A thing to copy: a word, a name, an invented word, a number or a code. */
function token(world: World): string {
  const { random } = world;
  const roll = random.next();
  if (roll < 0.1) return random.pick(things);
  if (roll < 0.3) return random.pick(random.pick([objects, animals, roles, foods, adjectives]));
  if (roll < 0.45) return random.pick(random.pick(Object.values(categories)));
  if (roll < 0.6) return world.person();
  if (roll < 0.72) return world.nonword();
  if (roll < 0.8) return world.city();
  if (roll < 0.92) return String(random.int(1, 999));
  return `${random.pick([..."ABCDEFGHKLMNPRST"])}${random.int(10, 999)}`;
}

const different = (world: World, count: number, make: (world: World) => string): string[] => {
  const found = new Set<string>();
  while (found.size < count) found.add(make(world));
  return [...found];
};

const line = (world: World, low: number, high: number): string =>
  Array.from({ length: world.random.int(low, high) }, () => token(world)).join(" ");

/** Says again what the user said, several times. */
function echo(world: World): Conversation {
  const { random } = world;
  const ask = random.pick([
    "Repeat: {t}",
    "Say: {t}",
    "Repeat after me: {t}",
    "Copy this: {t}",
    "Say again: {t}",
    "{t}",
  ]);
  const turns: string[] = [];
  for (let i = random.int(2, 5); i > 0; i--) {
    const text = line(world, 3, 10);
    turns.push(fill(ask, { t: text }), random.chance(0.3) ? `${text}\n${text}` : text);
  }
  return talk("echo", ...turns);
}

/** A list of names with values; each is asked for. */
function pairs(world: World): Conversation {
  const { random } = world;
  const count = random.int(3, 8);
  const keys = different(world, count, token);
  const values = different(world, count, token);
  const [join, between] = random.pick([
    [": ", "\n"],
    [" = ", "\n"],
    [" is ", ". "],
    [": ", ", "],
    [" -> ", "; "],
    [" has ", ". "],
    [": ", " | "],
  ] as const);
  const list = keys.map((key, index) => `${key}${join}${values[index]!}`).join(between);
  const ask = random.pick(["{k}?", "{k}", "What is {k}?", "{k}{j}", "Tell me {k}.", "And {k}?"]);
  const order = random.shuffle(keys.map((_, index) => index));
  const turns = order.flatMap((at, turn) => {
    const question = fill(ask, { k: keys[at]!, j: join.trimEnd() });
    return [turn === 0 ? `${list}\n${question}` : question, values[at]!];
  });
  // Now and then the other way round: which name has the value?
  if (random.chance(0.25)) {
    const at = random.int(0, count - 1);
    turns.push(`Which one${join}${values[at]!}?`, keys[at]!);
  }
  return talk("pairs", ...turns);
}

const frames = [
  "{a} has {b}",
  "{a} likes {b}",
  "{a} sees {b}",
  "{a} bought {b}",
  "{a} lives in {b}",
  "{a} comes from {b}",
  "{a} works with {b}",
  "{a} found {b}",
  "{a} wants {b}",
  "{a} lost {b}",
];

const questions: Readonly<Record<string, string>> = {
  has: "What does {a} have?",
  likes: "What does {a} like?",
  sees: "What does {a} see?",
  bought: "What did {a} buy?",
  "lives in": "Where does {a} live?",
  "comes from": "Where does {a} come from?",
  "works with": "With whom does {a} work?",
  found: "What did {a} find?",
  wants: "What does {a} want?",
  lost: "What did {a} lose?",
};

/** Sentences about several people, and a question about each. */
function facts(world: World): Conversation {
  const { random } = world;
  const count = random.int(2, 6);
  const people = different(world, count, (inner) => inner.person());
  const told = people.map((person) => {
    const frame = random.pick(frames);
    const verb = frame.slice(4, -4);
    const object = /in|from/.test(verb) ? world.city() : /with/.test(verb) ? world.person() : token(world);
    return { person, verb, object };
  });
  const text = told.map(({ person, verb, object }) => `${person} ${verb} ${object}.`).join(" ");
  const whoFirst = random.chance(0.4);
  const turns = random.shuffle(told).flatMap(({ person, verb, object }, turn) => {
    const isWho = whoFirst && random.chance(0.5);
    const question = isWho ? `Who ${verb} ${object}?` : fill(questions[verb]!, { a: person });
    return [turn === 0 ? `${text}\n${question}` : question, isWho ? person : object];
  });
  return talk("facts", ...turns);
}

/** Named values as JSON. */
function fields(world: World): Conversation {
  const { random } = world;
  const turns: string[] = [];
  const names = different(world, random.int(1, 4), (inner) =>
    inner.random.chance(0.5) ? inner.nonword() : inner.random.pick(things).replaceAll(" ", "_"),
  );
  const join = random.pick([" ", ": ", " = ", " is "]);
  const between = random.pick([", ", " and ", "; "]);
  for (let i = random.int(2, 4); i > 0; i--) {
    const shown = random.shuffle(names).slice(0, random.int(1, names.length));
    const entries = shown.map((name): [string, string | number] => {
      const value = token(world);
      return [name, /^\d+$/.test(value) ? Number(value) : value];
    });
    const said = entries.map(([name, value]) => `${name}${join}${value}`).join(between);
    turns.push(
      random.pick([said, `As JSON: ${said}`, `JSON of ${said}`]),
      `{${entries.map(([name, value]) => `"${name}": ${JSON.stringify(value)}`).join(", ")}}`,
    );
  }
  return talk("fields", ...turns);
}

/** Short tools by name, parameter and purpose, and requests for each. */
function shortTools(world: World): Conversation {
  const { random } = world;
  const verbs = different(world, random.int(2, 5), (inner) =>
    inner.random.pick([
      "find",
      "get",
      "open",
      "send",
      "show",
      "count",
      "read",
      "play",
      "book",
      "set",
      "check",
      "order",
    ]),
  );
  const tools = verbs.map((verb) => {
    const object = random.chance(0.4) ? world.nonword() : random.pick(things);
    const parameter = random.chance(0.5)
      ? world.nonword()
      : random.pick(["name", "city", "day", "item", "code", "text", "place", "person"]);
    const own = random.chance(0.5) ? world.nonword() : `${verb}_${object.replaceAll(" ", "_")}`;
    return { verb, object, parameter, own };
  });
  const list = tools
    .map(({ verb, object, parameter, own }) => `${own}(${parameter}): ${verb}s the ${object}`)
    .join("\n");
  const turns: string[] = [];
  for (let i = random.int(3, 6); i > 0; i--) {
    const { verb, object, parameter, own } = random.pick(tools);
    const value = token(world);
    const shown = /^\d+$/.test(value) ? value : JSON.stringify(value);
    const ask = fill(
      random.pick([
        "{v} the {o} {p} {x}",
        "{v} the {o} for {x}",
        "{v} the {o} of {x}",
        "please {v} the {o} with {p} {x}",
      ]),
      {
        v: verb,
        o: object,
        p: parameter,
        x: value,
      },
    );
    turns.push(
      turns.length === 0 ? `${list}\n\n${sentenceCase(ask)}` : sentenceCase(ask),
      `{"name": "${own}", "parameters": {"${parameter}": ${shown}}}`,
    );
  }
  return talk("short-tools", ...turns);
}

/** Exchanges whose answers stand word for word in what was said: the ground on which the other skills rest. */
export const makeCopying: Generator = mixKinds([
  { name: "echo", weight: 2, make: echo },
  { name: "pairs", weight: 3, make: pairs },
  { name: "facts", weight: 2.5, make: facts },
  { name: "fields", weight: 1.5, make: fields },
  { name: "short-tools", weight: 2.5, make: shortTools },
]);
