import { fill, type Kind, sentenceCase, talk, withAn, withArticle } from "../conversation.ts";
import { adjectives, categories, things, verbs } from "../words/everyday.ts";
import { capitals } from "../words/places.ts";
import { animalFacts, opposites, plural, rhymes } from "../words/relations.ts";
import type { World } from "../world.ts";

const words = (world: World): string => {
  const roll = world.random.next();
  if (roll < 0.25) return world.nonword();
  return roll < 0.6 ? world.random.pick(things) : world.random.pick(adjectives);
};

type Ask = readonly [name: string, asks: readonly string[], answer: (word: string) => string];
const letters: readonly Ask[] = [
  [
    "first-letter",
    [
      "What is the first letter of {w}?",
      "Which letter does {w} start with?",
      "What is the first letter in the word {w}?",
      "{w} starts with which letter?",
      "Give me the first letter of {w}.",
    ],
    (word) => word[0]!.toUpperCase(),
  ],
  [
    "last-letter",
    ["What is the last letter of {w}?", "Which letter does {w} end with?", "Give me the last letter of {w}."],
    (word) => word.at(-1)!.toUpperCase(),
  ],
  [
    "spell",
    ["Spell {w}.", "Spell the word {w}.", "How do you spell {w}?", "Can you spell {w}?"],
    (word) => [...word].join("-"),
  ],
  [
    "upper",
    [
      "Write {w} in capital letters.",
      "Write {w} in uppercase.",
      "Put {w} in capitals.",
      "Make {w} uppercase.",
      "Uppercase: {w}",
    ],
    (word) => word.toUpperCase(),
  ],
  [
    "repeat-word",
    [
      "Say {w}.",
      "Repeat the word {w}.",
      "Repeat: {w}",
      "Write {w}.",
      "Say the word {w}.",
      "Say only {w}.",
      "Answer with one word: {w}",
    ],
    (word) => word,
  ],
  ["twice", ["Say {w} twice.", "Write {w} two times.", "Repeat {w} two times."], (word) => `${word} ${word}`],
  [
    "three-times",
    ["Say {w} three times.", "Write {w} three times.", "Repeat {w} three times."],
    (word) => `${word} ${word} ${word}`,
  ],
  [
    "letters",
    ["How many letters are in {w}?", "How many letters does {w} have?", "Count the letters in {w}."],
    (word) => `${[...word].join("-")}: ${word.length} letters.`,
  ],
];

function letterTask(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const [name, asks, answer] = random.pick(letters);
  const word = words(world);
  const shown = random.chance(0.3) ? `"${word}"` : word;
  const result = answer(word);
  return talk(name, fill(random.pick(asks), { w: shown }), result);
}

function opposite(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const [one, two] = random.pick(opposites);
  const [word, answer] = random.chance(0.5) && !["short"].includes(two) ? [two, one] : [one, two];
  const ask = random.pick([
    "What is the opposite of {w}?",
    "Opposite of {w}?",
    "Give me the opposite of {w}.",
    "What is the contrary of {w}?",
    "Tell me the opposite of the word {w}.",
    "What word means the opposite of {w}?",
    "{w} is the opposite of what?",
  ]);
  return talk(
    "opposite",
    sentenceCase(fill(ask, { w: random.chance(0.2) ? `"${word}"` : word })),
    random.pick([
      answer,
      `${sentenceCase(answer)}.`,
      `The opposite of ${word} is ${answer}.`,
      `The opposite of ${word} is ${answer}.`,
    ]),
  );
}

function rhyme(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const [word, answer, more] = random.shuffle(random.pick(rhymes));
  const ask = random.pick([
    "What rhymes with {w}?",
    "Give me a word that rhymes with {w}.",
    "Find a rhyme for {w}.",
    "Which word rhymes with {w}?",
    "Tell me a rhyme for {w}.",
  ]);
  const two =
    more === undefined
      ? `${sentenceCase(answer!)} rhymes with ${word}.`
      : `${sentenceCase(answer!)} and ${more} rhyme with ${word}.`;
  return talk(
    "rhyme",
    fill(ask, { w: word! }),
    random.pick([`${sentenceCase(answer!)}.`, two, `${sentenceCase(answer!)} rhymes with ${word}.`]),
  );
}

function pluralOf(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const noun = random.chance(0.3)
    ? random.pick(["child", "mouse", "foot", "tooth", "man", "woman", "leaf", "knife", "wolf", "sheep"])
    : random.pick(things);
  const many = plural(noun);
  if (random.chance(0.3))
    return talk(
      "singular",
      fill(random.pick(["What is the singular of {w}?", "Give me the singular of {w}."]), { w: many }),
      noun,
    );
  const ask = random.pick([
    "What is the plural of {w}?",
    "Give me the plural of {w}.",
    "Plural of {w}?",
    "One {w}, two ...?",
    "How do you say more than one {w}?",
  ]);
  return talk("plural", fill(ask, { w: noun }), random.pick([many, `The plural of ${noun} is ${many}.`]));
}

function pastOf(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const [base, third, past, ing] = random.pick(verbs);
  const name = world.person();
  const forms: readonly (readonly [string, string])[] = [
    [
      fill(
        random.pick([
          "What is the past tense of {w}?",
          "Give me the past tense of {w}.",
          "Past tense of {w}?",
        ]),
        { w: base },
      ),
      random.pick([past, `The past tense of ${base} is ${past}.`]),
    ],
    [`What is the -ing form of ${base}?`, ing],
    [`Put this into the past: I ${base} every day.`, `I ${past} every day.`],
    [`Write this in the past tense: ${name} ${third}.`, `${name} ${past}.`],
    [`Change to the past tense: We ${base} together.`, `We ${past} together.`],
  ];
  return talk("past", ...random.pick(forms));
}

const sentencePatterns = [
  "The {w} is very {adj}.",
  "I saw a {adj} {w} yesterday.",
  "{name} has a {adj} {w}.",
  "There is a {w} near the house.",
  "My {family} gave me a {adj} {w}.",
  "We looked at the {adj} {w} together.",
  "{name} bought a new {w} in town.",
  "I like this {w} very much.",
];
function sentenceWith(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const isNoun = random.chance(0.7);
  const w = isNoun
    ? random.pick([...things, ...random.pick(Object.values(categories).slice(0, 4))])
    : random.pick(adjectives);
  const slots = {
    w,
    adj: random.pick(adjectives),
    name: world.person(),
    family: random.pick(categories["family members"]!),
  };
  const sentence = isNoun
    ? fill(random.pick(sentencePatterns), slots)
    : fill(
        random.pick([
          "My dog is {w}.",
          "The day was {w}.",
          "{name} is {w} today.",
          "We live in a {w} house.",
          "It is a {w} morning.",
        ]),
        { ...slots, w },
      );
  const ask = random.pick([
    "Make a sentence with the word {w}.",
    "Write a sentence with {w}.",
    "Use {w} in a sentence.",
    "Use the word {w} in a sentence.",
    "Write one sentence about {a}.",
    "Give me a sentence with the word {w}.",
    "Make a short sentence using {w}.",
    'Write a short sentence with the word "{w}".',
  ]);
  const chosen = ask.includes("{a}") && !isNoun ? "Use {w} in a sentence." : ask;
  return talk(
    "sentence",
    fill(chosen, { w, a: withArticle(w) }),
    sentence.replace(/\b([Aa]) ([aeiou])/g, "$1n $2"),
  );
}

const rude: readonly (readonly [rude: string, polite: string])[] = [
  ["Give me {x}.", "Could you please give me {x}?"],
  ["Open the {d}.", "Could you please open the {d}?"],
  ["Close the {d}.", "Could you please close the {d}?"],
  ["Bring me {x}!", "Could you please bring me {x}?"],
  ["I want {x}.", "I would like {x}, please."],
  ["Show me {x}.", "Could you please show me {x}?"],
  ["Send me {x} now.", "Could you please send me {x}?"],
  ["Help me with {x}.", "Could you please help me with {x}?"],
  ["Tell me about {x}.", "Could you please tell me about {x}?"],
  ["Buy {x}!", "Could you please buy {x}?"],
  ["Be quiet!", "Could you please be quiet?"],
  ["Wait!", "Could you please wait a moment?"],
  ["Come here!", "Could you please come here?"],
  ["Call me at {h}.", "Could you please call me at {h}?"],
];
function polite(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const [before, after] = random.pick(rude);
  const slots = {
    x: withAn(`${random.pick(["the", "a", "my"])} ${random.pick(things)}`),
    d: random.pick(["door", "window", "box", "book", "bag"]),
    h: random.int(1, 12),
  };
  const ask = random.pick([
    "Make this more polite: {t}",
    "Rewrite this politely: {t}",
    "Say this politely: {t}",
    "Write this in a polite way: {t}",
    "How can I say this more politely: {t}",
    "Turn this into a polite request: {t}",
  ]);
  return talk("polite", fill(ask, { t: fill(before, slots) }), fill(after, slots));
}

const subjects = [
  "The food",
  "The film",
  "This book",
  "The hotel",
  "The service",
  "My phone",
  "The trip",
  "The soup",
  "The concert",
  "This game",
  "The teacher",
  "The weather",
  "The room",
  "This shop",
  "The coffee",
];
const good = [
  "was wonderful",
  "was great",
  "is fantastic",
  "was very good",
  "made me happy",
  "is the best I know",
  "was lovely",
  "is excellent",
  "was a pleasure",
  "was delicious",
];
const bad = [
  "was terrible",
  "was awful",
  "is very bad",
  "was boring",
  "made me angry",
  "is the worst I know",
  "was a waste of time",
  "is broken again",
  "was too slow",
  "was cold and dirty",
];
const goodEnds = ["", " I loved it.", " I will come back.", " Thank you!", " I am so glad."];
const badEnds = ["", " I hated it.", " Never again.", " I want my money back.", " I am so sad about it."];
function sentiment(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const isGood = random.chance(0.5);
  const text = `${random.pick(subjects)} ${random.pick(isGood ? good : bad)}.${random.pick(isGood ? goodEnds : badEnds)}`;
  const ask = random.pick([
    "Is this positive or negative: {t}",
    "Is this review positive or negative? {t}",
    "What is the sentiment: {t}",
    "Positive or negative? {t}",
    "Classify as positive or negative: {t}",
    "Does the writer like it? Answer positive or negative. {t}",
    "Decide if this text is positive or negative.\n{t}",
  ]);
  const word = isGood ? "positive" : "negative";
  return talk(
    "sentiment",
    fill(ask, { t: text }),
    random.pick([sentenceCase(word), `${sentenceCase(word)}.`, `This is ${word}.`]),
  );
}

function facts(world: World): ReturnType<typeof talk> {
  const { random } = world;
  if (random.chance(0.6)) {
    const [country, capital, continent] = random.pick(capitals);
    const turns: readonly (readonly [string, string])[] = [
      [
        `What is the capital of ${country}?`,
        random.pick([`The capital of ${country} is ${capital}.`, `${capital}.`]),
      ],
      [`Which city is the capital of ${country}?`, `${capital} is the capital of ${country}.`],
      [`On which continent is ${country}?`, `${sentenceCase(country)} is in ${continent}.`],
      [`${capital} is the capital of which country?`, `${capital} is the capital of ${country}.`],
    ];
    return talk("capital", ...random.pick(turns));
  }
  const [animal, sound, young, home] = random.pick(animalFacts);
  const turns: readonly (readonly [string, string])[] = [
    [`What sound does a ${animal} make?`, `A ${animal} ${sound}.`],
    [`What is a young ${animal} called?`, `A young ${animal} is called a ${young}.`],
    [`What do you call a baby ${animal}?`, `A baby ${animal} is called a ${young}.`],
    [`Which animal ${sound}?`, `A ${animal} ${sound}.`],
    [`Where does a ${animal} live?`, `A ${animal} lives in a ${home}.`],
  ];
  const [ask, answer] = random.pick(turns);
  return talk("animal", ask.replace(/\ba (o)/g, "an $1"), answer.replace(/\b([Aa]) (o)/g, "$1n $2"));
}

const general: readonly (readonly [asks: readonly string[], answer: string])[] = [
  [["How many days are in a week?", "How many days does a week have?"], "A week has seven days."],
  [["How many months are in a year?", "How many months does a year have?"], "A year has twelve months."],
  [["How many hours are in a day?", "How many hours does a day have?"], "A day has 24 hours."],
  [["How many minutes are in an hour?", "How many minutes does an hour have?"], "An hour has 60 minutes."],
  [["How many legs does a spider have?", "How many legs has a spider?"], "A spider has eight legs."],
  [["How many legs does a dog have?", "How many legs has a dog?"], "A dog has four legs."],
  [["What color is the sky?", "Which color does the sky have?"], "The sky is blue on a clear day."],
  [["What color is grass?", "Which color has grass?"], "Grass is green."],
  [["What color is snow?", "Which color is snow?"], "Snow is white."],
  [["What color is a banana?", "Which color is a ripe banana?"], "A ripe banana is yellow."],
  [["What do bees make?", "What comes from bees?"], "Bees make honey."],
  [["What do cows give us?", "What do we get from cows?"], "Cows give us milk."],
  [["Where do fish live?", "Where does a fish live?"], "Fish live in water."],
  [["What is ice?", "What is ice made of?"], "Ice is frozen water."],
  [
    ["What do we use an umbrella for?", "What is an umbrella for?"],
    "We use an umbrella to stay dry in the rain.",
  ],
  [["What is a clock for?", "What do we use a clock for?"], "A clock shows the time."],
  [["What comes after summer?", "Which season comes after summer?"], "Autumn comes after summer."],
  [["Which month comes after May?", "What month follows May?"], "June comes after May."],
  [["What is the sun?", "What is our sun?"], "The sun is a star."],
  [["What is a cria?", "What does cria mean?"], "A cria is a baby llama."],
  [
    ["What is a llama?", "Tell me what a llama is."],
    "A llama is an animal from South America with long soft hair.",
  ],
];

function generalFact({ random }: World): ReturnType<typeof talk> {
  const [asks, answer] = random.pick(general);
  return talk("general", random.pick(asks), answer);
}

/** Instructions about words and sentences, and a few facts. */
export const wordKinds: readonly Kind[] = [
  { name: "letters", weight: 4, make: letterTask },
  { name: "opposite", weight: 3, make: opposite },
  { name: "rhyme", weight: 1, make: rhyme },
  { name: "plural", weight: 1, make: pluralOf },
  { name: "past", weight: 1.5, make: pastOf },
  { name: "sentence", weight: 2.5, make: sentenceWith },
  { name: "polite", weight: 2, make: polite },
  { name: "sentiment", weight: 2.5, make: sentiment },
  { name: "facts", weight: 2, make: facts },
  { name: "general", weight: 0.7, make: generalFact },
];
