import { type Conversation, joinList, sentenceCase, withArticle } from "../conversation.ts";
import { adjectives } from "../words/everyday.ts";
import {
  animals,
  deeds,
  drinks,
  durations,
  foods,
  goings,
  groups,
  habitats,
  habits,
  hues,
  manners,
  numbers,
  objects,
  plurals,
  reasons,
  relatives,
  roles,
  sites,
  times,
  titles,
} from "../words/scenes.ts";
import type { World } from "../world.ts";

/** A sentence with the questions that it answers. */
interface Told {
  sentence: string;
  turns: readonly (readonly [question: string, answer: string])[];
}

/** Somebody: how a text names them first, how later, and the pronoun. */
interface Somebody {
  first: string;
  later: string;
  pronoun: "he" | "she" | "it" | "they";
}

const pluralOf = (noun: string): string =>
  plurals[noun] ??
  (/(s|x|ch|sh)$/.test(noun)
    ? `${noun}es`
    : /[^aeiou]y$/.test(noun)
      ? `${noun.slice(0, -1)}ies`
      : `${noun}s`);

function somebody(world: World): Somebody {
  const { random } = world;
  const roll = random.next();
  if (roll < 0.34) {
    const name = world.person();
    return { first: name, later: name, pronoun: random.pick(["he", "she"]) };
  }
  if (roll < 0.48) {
    const [title, pronoun] = random.pick(titles);
    const name = `${title} ${random.chance(0.6) ? world.invented() : world.person()}`;
    return { first: name, later: name, pronoun };
  }
  if (roll < 0.6) {
    const [word, pronoun] = random.pick(relatives);
    const name = random.chance(0.5) ? `my ${word}` : `${world.person()}'s ${word}`;
    return { first: name, later: name, pronoun };
  }
  if (roll < 0.76) {
    const role = random.pick(roles);
    const name = random.chance(0.3) ? ` named ${world.person()}` : "";
    return { first: withArticle(role) + name, later: `the ${role}`, pronoun: random.pick(["he", "she"]) };
  }
  if (roll < 0.9) {
    const animal = random.pick(animals);
    const shown = random.chance(0.5) ? `${random.pick(adjectives)} ${animal}` : animal;
    return { first: withArticle(shown), later: `the ${animal}`, pronoun: "it" };
  }
  const group = random.pick(groups);
  return { first: group, later: group.replace(/^(two|three) /, "the $1 "), pronoun: "they" };
}

function thingFor(
  world: World,
  kind: (typeof deeds)[number][2],
): { shown: string; short: string; hue?: string } {
  const { random } = world;
  const which = kind === "any" ? random.pick(["object", "object", "food", "animal"] as const) : kind;
  if (which === "food" || which === "drink") {
    const food = random.pick(which === "food" ? foods : drinks);
    return { shown: food, short: food.replace(/^an? /, "the ") };
  }
  const noun = random.pick(which === "animal" ? animals : objects);
  const roll = random.next();
  if (roll < 0.25) {
    const hue = random.pick(hues);
    return { shown: withArticle(`${hue} ${noun}`), short: `the ${noun}`, hue };
  }
  if (roll < 0.45) return { shown: withArticle(`${random.pick(adjectives)} ${noun}`), short: `the ${noun}` };
  if (roll < 0.53) return { shown: `the ${noun}`, short: `the ${noun}` };
  return { shown: withArticle(noun), short: `the ${noun}` };
}

const placeOf = ({ random }: World): { preposition: string; place: string } => {
  const [preposition, place] = random.pick(sites);
  return { preposition, place: `the ${place}` };
};

function deed(world: World, who: Somebody, isFirst: boolean): Told {
  const { random } = world;
  const [base, past, kind] = random.pick(deeds);
  const subject = isFirst ? who.first : random.chance(0.55) ? who.pronoun : who.later;
  const name = who.later;
  const turns: [string, string][] = [];
  const isCounted = kind !== "drink" && kind !== "food" && random.chance(0.18);
  let object: string;
  let short: string;
  if (isCounted) {
    const number = random.pick(numbers);
    const many = pluralOf(random.pick(kind === "animal" ? animals : objects));
    object = `${number} ${many}`;
    short = `the ${many}`;
    turns.push([`How many ${many} did ${name} ${base}?`, number]);
  } else {
    const thing = thingFor(world, kind);
    object = thing.shown;
    short = thing.short;
    if (thing.hue !== undefined) turns.push([`What color was ${short}?`, thing.hue]);
  }
  turns.push([`What did ${name} ${base}?`, object]);
  if (isFirst) turns.push([`Who ${past} ${short}?`, who.first]);
  let sentence = `${subject} ${past} ${object}`;
  const roll = random.next();
  if (roll < 0.3) {
    const { preposition, place } = placeOf(world);
    sentence += ` ${preposition} ${place}`;
    turns.push([`Where did ${name} ${base} ${short}?`, `${preposition} ${place}`]);
  } else if (roll < 0.45) {
    const time = random.pick(times).replace("her birthday", "the birthday");
    const isBefore = random.chance(0.4);
    sentence = isBefore ? `${time}, ${sentence}` : `${sentence} ${time}`;
    turns.push([`When did ${name} ${base} ${short}?`, time]);
  } else if (roll < 0.6) {
    const reason = random.pick(reasons);
    sentence += ` ${reason}`;
    turns.push([`Why did ${name} ${base} ${short}?`, reason]);
  } else if (roll < 0.68) {
    const manner = random.pick(manners);
    sentence += ` ${manner}`;
    turns.push([`How did ${name} ${base} ${short}?`, manner]);
  } else if (roll < 0.76) {
    const other = random.chance(0.5) ? world.person() : `the ${random.pick(roles)}`;
    sentence += ` with ${other}`;
    turns.push([`With whom did ${name} ${base} ${short}?`, other]);
  } else if (roll < 0.82) {
    const other = random.chance(0.6) ? world.person() : `the ${random.pick(roles)}`;
    sentence += ` for ${other}`;
    turns.push([`For whom did ${name} ${base} ${short}?`, other]);
  }
  return { sentence, turns };
}

function going(world: World, who: Somebody, isFirst: boolean): Told {
  const { random } = world;
  const [base, past] = random.pick(goings);
  const subject = isFirst ? who.first : random.chance(0.5) ? who.pronoun : who.later;
  const { preposition, place } = placeOf(world);
  const turns: [string, string][] = [[`Where did ${who.later} ${base}?`, `${preposition} ${place}`]];
  if (isFirst) turns.push([`Who ${past} ${preposition} ${place}?`, who.first]);
  let sentence = `${subject} ${past} ${preposition} ${place}`;
  if (random.chance(0.3)) {
    const duration = random.pick(durations);
    sentence += ` for ${duration}`;
    turns.push([`How long did ${who.later} ${base} ${preposition} ${place}?`, duration]);
  }
  return { sentence, turns };
}

/** Somebody gives something to somebody else. */
function giving(world: World, who: Somebody, isFirst: boolean): Told {
  const { random } = world;
  const [past, base] = random.pick([
    ["gave", "give"],
    ["showed", "show"],
    ["sent", "send"],
    ["sold", "sell"],
    ["lent", "lend"],
  ] as const);
  const other = random.chance(0.5) ? world.person() : `the ${random.pick(roles)}`;
  const { shown, short } = thingFor(world, "any");
  const subject = isFirst ? who.first : who.pronoun;
  const turns: [string, string][] = [
    [`What did ${who.later} ${base} to ${other}?`, shown],
    [random.pick([`To whom did ${who.later} ${base} ${short}?`, `Who got ${short}?`]), other],
  ];
  if (isFirst) turns.push([`Who ${past} ${short} to ${other}?`, who.first]);
  const sentence = random.chance(0.5)
    ? `${subject} ${past} ${other} ${shown}`
    : `${subject} ${past} ${shown} to ${other}`;
  return { sentence, turns };
}

/** A thing or an animal that has a name, an age, a color, a price, a material. */
function described(world: World): Told[] {
  const { random } = world;
  const isAnimal = random.chance(0.4);
  const noun = random.pick(isAnimal ? animals : objects);
  const owner = random.chance(0.5) ? world.person() : `the ${random.pick(roles)}`;
  const hue = random.pick(hues);
  const the = `the ${noun}`;
  const told: Told[] = [];
  if (isAnimal) {
    const name = world.pet();
    told.push({
      sentence: random.pick([
        `${owner} has ${withArticle(noun)} called ${name}`,
        `${owner} has ${withArticle(noun)}, whose name is ${name}`,
        `${owner} has ${withArticle(noun)} named ${name}`,
      ]),
      turns: [
        [
          random.pick([
            `What is the name of ${the}?`,
            `What is the ${noun} called?`,
            `What is the ${noun}'s name?`,
          ]),
          name,
        ],
        [`Who has ${withArticle(noun)}?`, owner],
        [`Which animal does ${owner} have?`, withArticle(noun)],
      ],
    });
  } else {
    told.push({
      sentence: `${the} belongs to ${owner}`,
      turns: [
        [random.pick([`To whom does ${the} belong?`, `Whose ${noun} is it?`, `Who owns ${the}?`]), owner],
        [`What belongs to ${owner}?`, the],
      ],
    });
    const material = random.pick([
      "wood",
      "stone",
      "iron",
      "glass",
      "silver",
      "paper",
      "wool",
      "leather",
      "clay",
      "gold",
      "bamboo",
    ]);
    if (random.chance(0.5))
      told.push({ sentence: `it is made of ${material}`, turns: [[`What is ${the} made of?`, material]] });
  }
  if (random.chance(0.7)) told.push({ sentence: `it is ${hue}`, turns: [[`What color is ${the}?`, hue]] });
  if (random.chance(0.4)) {
    const years = random.chance(0.5) ? random.pick(numbers) : String(random.int(2, 99));
    told.push({ sentence: `it is ${years} years old`, turns: [[`How old is ${the}?`, `${years} years`]] });
  }
  if (random.chance(0.4) && !isAnimal) {
    const price = `${random.chance(0.5) ? random.pick(numbers) : random.int(2, 900)} ${random.pick(["coins", "dollars", "euros"])}`;
    told.push({
      sentence: `it cost ${price}`,
      turns: [[random.pick([`How much did ${the} cost?`, `What did ${the} cost?`]), price]],
    });
  }
  return told;
}

/** What a kind of animal is like. */
function species(world: World): Told[] {
  const { random } = world;
  const many = pluralOf(random.pick(animals));
  const told: Told[] = [];
  const [verb, eaten] = random.pick(habits);
  const some = random.sample(eaten, random.int(1, 3));
  told.push({
    sentence: `${random.pick(["", "most ", "many ", "wild "])}${many} ${verb} ${joinList(some)}`,
    turns: [
      [`What do ${many} ${verb}?`, joinList(some)],
      ...(some.length === 1 ? [[`Which animals ${verb} ${some[0]!}?`, many] as const] : []),
    ],
  });
  const habitat = random.pick(habitats);
  const lives = random.pick(["live", "sleep", "rest", "hide", "lay their eggs"]);
  told.push({ sentence: `they ${lives} ${habitat}`, turns: [[`Where do ${many} ${lives}?`, habitat]] });
  if (random.chance(0.6)) {
    const age = `${random.pick(numbers)} years`;
    told.push({
      sentence: `they can live for ${age}`,
      turns: [[random.pick([`How long can ${many} live?`, `How old can ${many} get?`]), age]],
    });
  }
  if (random.chance(0.5)) {
    const time = random.pick([
      "at night",
      "at dawn",
      "in winter",
      "in spring",
      "during the day",
      "after the rain",
    ]);
    told.push({ sentence: `they are most active ${time}`, turns: [[`When are ${many} most active?`, time]] });
  }
  return told;
}

/** How many of something a place has. */
function furnished(world: World): Told {
  const { random } = world;
  const { place } = placeOf(world);
  const number = random.pick(numbers);
  const many = pluralOf(random.pick(objects));
  return {
    sentence: `${place} has ${number} ${many}`,
    turns: [
      [`How many ${many} does ${place} have?`, number],
      [`What has ${number} ${many}?`, place],
    ],
  };
}

/** Two to five sentences of everyday life and questions on them; the answers are words of the text. */
export function scene(world: World): { text: string; turns: readonly (readonly [string, string])[] } {
  const { random } = world;
  const told: Told[] = [];
  const roll = random.next();
  if (roll < 0.16) told.push(...species(world));
  else if (roll < 0.32) told.push(...described(world));
  else if (roll < 0.38) told.push(furnished(world));
  const used = new Set<string>();
  for (let people = told.length === 0 ? random.int(1, 2) : random.int(0, 1); people > 0; people--) {
    const who = somebody(world);
    if (used.has(who.later)) continue;
    used.add(who.later);
    for (let i = 0, count = random.int(1, 3); i < count; i++) {
      const make = random.pick([deed, deed, deed, going, giving]);
      told.push(make(world, who, i === 0));
    }
  }
  const text = told.map(({ sentence }) => `${sentenceCase(sentence)}.`).join(" ");
  // A question that two sentences answer is none.
  const questions = told.flatMap(({ turns }) => turns);
  const turns = questions.filter(
    ([question]) => questions.filter(([other]) => other === question).length === 1,
  );
  return { text, turns: random.shuffle(turns).map(([question, answer]) => [sentenceCase(question), answer]) };
}

/** A scene laid out by `layOut`, with one to five questions. */
export function makeScene(
  world: World,
  layOut: (
    world: World,
    kind: string,
    text: string,
    turns: readonly (readonly [string, string])[],
  ) => Conversation,
): Conversation {
  let made = scene(world);
  while (made.turns.length === 0) made = scene(world);
  return layOut(
    world,
    "scene",
    made.text,
    made.turns.slice(0, world.random.chance(0.25) ? 1 : world.random.int(2, 5)),
  );
}
