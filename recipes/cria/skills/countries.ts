import { type Conversation, fill, type Generator } from "../conversation.ts";
import { type CountryAttribute, countryAttributes } from "../words/country-attributes.ts";
import { partOf, type World } from "../world.ts";
import { layOut } from "./passages.ts";

/** A country with lines of its profile by their key. */
export interface Country {
  name: string;
  facts: ReadonlyMap<string, string>;
}

const maxValueCharacters = 90;

/** The short lines of a profile, without years of estimates and notes. */
export function readCountry(name: string, text: string): Country {
  const facts = new Map<string, string>();
  for (const line of text.split("\n")) {
    const at = line.indexOf(":");
    const key = line.slice(0, at);
    const value = line
      .slice(at + 1)
      .replace(/ \([^)]*\)$/, "")
      .trim();
    const isUsed = countryAttributes.some((attribute) => attribute.key === key);
    if (isUsed && !facts.has(key) && value.length >= 2 && value.length <= maxValueCharacters)
      facts.set(key, value);
  }
  return { name, facts };
}

/** Questions about real countries, answered from lines of their profiles. */
export function createCountryPassages(countries: readonly Country[]): Generator {
  const rich = countries.filter(({ facts }) => facts.size >= 5);
  return (world) => aboutCountry(world, rich);
}

function aboutCountry(world: World, countries: readonly Country[]): Conversation {
  const { random } = world;
  const names = partOf(
    countries.map(({ name }) => name),
    world.split,
  );
  const name = random.pick(names);
  const { facts } = countries.find((country) => country.name === name)!;
  const known = random.shuffle(countryAttributes.filter(({ key }) => facts.has(key)));
  const told = known.slice(0, random.int(2, 5));
  const textOf = ({ key, sentences }: CountryAttribute, index: number): string =>
    fill(index === 0 ? sentences[0]! : random.pick(sentences), { s: name, v: facts.get(key)! });
  const lines = told.map(textOf);
  if (!lines.some((line) => line.includes(name))) lines.unshift(`This is about ${name}.`);
  const text = lines.join(random.chance(0.3) ? "\n" : " ");
  const turns = random
    .shuffle(told)
    .slice(0, random.int(1, 5))
    .map(({ key, questions }): [string, string] => {
      const value = facts.get(key)!;
      return [fill(random.pick(questions), { s: name }), value];
    });
  const untold = known.slice(told.length);
  if (untold.length > 0 && random.chance(0.2))
    turns.splice(random.int(0, turns.length), 0, [
      fill(random.pick(random.pick(untold).questions), { s: name }),
      "The text does not say.",
    ]);
  return layOut(world, "country", text, turns);
}
