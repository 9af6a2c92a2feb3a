import { hashText, type Random } from "./random.ts";
import { firstNames, petNames } from "./words/names.ts";
import { cities, countries } from "./words/places.ts";

/** Which part of the data is made; the parts share no names and no invented words. */
export type Split = "train" | "valid";

/** What a generator draws from. */
export interface World {
  readonly random: Random;
  readonly split: Split;
  /** First name of a person. */
  person(): string;
  pet(): string;
  city(): string;
  country(): string;
  /** An invented word with a capital, such as Torvelin. */
  invented(): string;
  /** An invented word in small letters, of two or three syllables. */
  nonword(): string;
  /** A name for a tool or an argument, such as fetch_morvel, that no other part of the data has. */
  own(make: () => string): string;
}

// Mostly plain syllables, which take few tokens to copy.
const onsets = "b b d d f g h j k l l m m n n p r r s s t t v w z br ch cl dr fl gr pl qu sh st tr".split(
  " ",
);
const vowels = "a a e e i i o o u u ai ea ee oo ou".split(" ");
const codas = "_ _ _ _ _ n n r l s m t nd rk x ck".split(" ").map((coda) => (coda === "_" ? "" : coda));

function syllable(random: Random): string {
  return random.pick(onsets) + random.pick(vowels) + random.pick(codas);
}

/** One of eight words and names is kept for the held-out part. */
const splitOf = (text: string): Split => (hashText(text.toLowerCase()) % 8 === 0 ? "valid" : "train");

/** Those of the names that this part of the data may use. */
export function partOf(names: readonly string[], split: Split): string[] {
  return names.filter((name) => splitOf(name) === split);
}

const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1);

/** The names and places of one part of the data. */
export function createWorld(random: Random, split: Split): World {
  const persons = partOf(firstNames, split);
  const pets = partOf(petNames, split);
  const own = (make: () => string): string => {
    for (let attempt = 0; attempt < 2000; attempt++) {
      const text = make();
      if (splitOf(text) === split) return text;
    }
    throw new RangeError(`No name for the ${split} part came up in 2000 attempts; vary more what makes it`);
  };
  const nonword = (): string =>
    own(() => Array.from({ length: random.chance(0.7) ? 2 : 3 }, () => syllable(random)).join(""));
  return {
    random,
    split,
    person: () => (random.chance(0.25) ? capital(nonword()) : random.pick(persons)),
    pet: () => (random.chance(0.3) ? capital(nonword()) : random.pick(pets)),
    city: () => random.pick(cities),
    country: () => random.pick(countries),
    invented: () => capital(nonword()),
    nonword,
    own,
  };
}
