import { fill, joinList, type Kind, sentenceCase, talk } from "../conversation.ts";
import { categories } from "../words/everyday.ts";
import type { World } from "../world.ts";

const numberWords = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const categoryNames = Object.keys(categories);

/** Ways to write a list; each answer keeps to the way that was asked for. */
const forms: readonly { suffix: readonly string[]; write: (items: readonly string[]) => string }[] = [
  {
    suffix: [".", "", "."],
    write: (items) => items.map((item, index) => `${index + 1}. ${sentenceCase(item)}`).join("\n"),
  },
  {
    suffix: [", one per line.", ", each on its own line.", ", one on each line."],
    write: (items) => items.join("\n"),
  },
  {
    suffix: [", separated by commas.", " with commas between them.", ", divided by commas.", " in one line."],
    write: (items) => items.join(", "),
  },
  {
    suffix: [" with bullet points.", " as bullets.", " as a bullet list.", " with dashes."],
    write: (items) => items.map((item) => `- ${item}`).join("\n"),
  },
  {
    suffix: [" as a numbered list.", " with numbers."],
    write: (items) => items.map((item, index) => `${index + 1}. ${item}`).join("\n"),
  },
  {
    suffix: [" in a sentence.", " in one sentence."],
    write: (items) => `${sentenceCase(joinList(items))} are ${items.length} of them.`,
  },
];

const listAsks = [
  "List {n} {kind}",
  "Name {n} {kind}",
  "Give me {n} {kind}",
  "Tell me {n} {kind}",
  "Write {n} {kind}",
  "Say {n} {kind}",
  "List {n} different {kind}",
  "Give me the names of {n} {kind}",
  "Name {n} {kind} for me",
  "I need {n} {kind}",
  "Give {n} examples of {kind}",
];

function nThings(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const kind = random.pick(categoryNames);
  const items = random.sample(categories[kind]!, random.int(2, Math.min(5, categories[kind]!.length)));
  const form = random.chance(0.4) ? forms[0]! : random.pick(forms);
  const n = random.chance(0.5) ? numberWords[items.length]! : items.length;
  return talk(
    "list-things",
    fill(random.pick(listAsks), { n, kind }) + random.pick(form.suffix),
    form.write(items),
  );
}

function oneThing(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const kind = random.pick(categoryNames);
  const one = kind.replace(/^(piece|kind|part|thing|day|room)s of /, "$1 of ").replace(/ies$/, "y");
  const item = random.pick(categories[kind]!);
  const ask = random.pick([
    `Name one of the ${kind}.`,
    `Give me an example of ${kind}.`,
    `Tell me one of many ${kind}.`,
    `Name one example of ${kind}.`,
  ]);
  const answer = random.pick([sentenceCase(item), `${sentenceCase(item)}.`]);
  return talk("one-thing", one === kind ? ask : ask, answer);
}

/** Words to work on: everyday ones, names or invented ones, so that only copying helps. */
export function someWords(world: World, low: number, high: number): string[] {
  const { random } = world;
  const count = random.int(low, high);
  const roll = random.next();
  if (roll < 0.25) return distinct(count, () => world.nonword());
  if (roll < 0.4) return distinct(count, () => world.person());
  const kind = random.pick(categoryNames.filter((name) => categories[name]!.length >= count));
  if (roll < 0.75) return random.sample(categories[kind]!, count);
  return distinct(count, () => random.pick(categories[random.pick(categoryNames)]!));
}

function distinct(count: number, make: () => string): string[] {
  const words = new Set<string>();
  while (words.size < count) words.add(make());
  return [...words];
}

type Edit = readonly [
  name: string,
  asks: readonly string[],
  answer: (words: readonly string[], world: World) => string,
];

const commas = (words: readonly string[]): string => words.join(", ");
const edits: readonly Edit[] = [
  [
    "repeat",
    [
      "Repeat these words: {w}",
      "Say these words again: {w}",
      "Repeat after me: {w}",
      "Copy this list: {w}",
      "Write these words again: {w}",
      "Repeat: {w}",
    ],
    commas,
  ],
  [
    "reverse-list",
    [
      "Reverse this list: {w}",
      "Write this list backwards: {w}",
      "Put these words in reverse order: {w}",
      "Repeat these words in reverse order: {w}",
      "List these from last to first: {w}",
      "Turn this list around: {w}",
    ],
    (words) => commas([...words].reverse()),
  ],
  [
    "sort",
    [
      "Sort these words alphabetically: {w}",
      "Put these words in alphabetical order: {w}",
      "Sort this list from A to Z: {w}",
      "Alphabetize: {w}",
      "Order these words by the alphabet: {w}",
      "Sort: {w}",
    ],
    (words) => commas([...words].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))),
  ],
  [
    "count",
    [
      "How many words are in this list: {w}?",
      "Count the words: {w}",
      "How many items are in this list: {w}?",
      "Count these: {w}",
      "How many things are here: {w}?",
    ],
    (words, { random }) =>
      random.pick([
        String(words.length),
        `There are ${numberWords[words.length]}.`,
        `${words.length} words.`,
      ]),
  ],
  [
    "first",
    [
      "What is the first word: {w}?",
      "Which word comes first: {w}?",
      "Give me the first word of this list: {w}",
      "What is the first item in this list: {w}?",
      "Write only the first word: {w}",
    ],
    (words) => words[0]!,
  ],
  [
    "last",
    [
      "What is the last word: {w}?",
      "Which word comes last: {w}?",
      "Give me the last word of this list: {w}",
      "What is the last item in this list: {w}?",
      "Write only the last word: {w}",
    ],
    (words) => words.at(-1)!,
  ],
  [
    "second",
    [
      "What is the second word: {w}?",
      "Give me the second word of this list: {w}",
      "Which word is second: {w}?",
    ],
    (words) => words[1]!,
  ],
  [
    "upper-list",
    [
      "Write these words in capital letters: {w}",
      "Put this list in uppercase: {w}",
      "Write in capitals: {w}",
      "Make these words uppercase: {w}",
    ],
    (words) => commas(words).toUpperCase(),
  ],
  [
    "lower-list",
    [
      "Write these words in small letters: {W}",
      "Make this lowercase: {W}",
      "Put this list in lowercase: {W}",
    ],
    (words) => commas(words).toLowerCase(),
  ],
  [
    "numbered",
    ["Make a numbered list: {w}", "Number these: {w}", "Turn this into a numbered list: {w}"],
    (words) => words.map((word, index) => `${index + 1}. ${word}`).join("\n"),
  ],
  [
    "bullets",
    ["Make a bullet list: {w}", "Turn this into bullet points: {w}", "Write these as bullets: {w}"],
    (words) => words.map((word) => `- ${word}`).join("\n"),
  ],
  [
    "join",
    [
      'Join these words with "and": {w}',
      "Write these as a sentence list with and: {w}",
      "Connect these with and: {w}",
    ],
    (words) => joinList(words),
  ],
  [
    "remove",
    [
      "Remove {x} from this list: {w}",
      "Take {x} out of this list: {w}",
      "Delete {x} from the list: {w}",
      "Write this list without {x}: {w}",
    ],
    () => "",
  ],
  [
    "add",
    ["Add {y} to this list: {w}", "Add {y} at the end: {w}", "Put {y} at the end of this list: {w}"],
    () => "",
  ],
];

function editList(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const [name, asks, answer] = random.pick(edits);
  const words = someWords(world, 3, 5);
  const shown = random.chance(0.15) ? words.join("\n") : commas(words);
  const x = random.pick(words);
  let y = world.nonword();
  if (random.chance(0.6)) y = random.pick(categories[random.pick(categoryNames)]!);
  const ask = random.pick(asks);
  const lead = shown.includes("\n") ? "\n" : "";
  const content = fill(ask, { w: lead + shown, W: (lead + shown).toUpperCase(), x, y });
  const result =
    name === "remove"
      ? commas(words.filter((word) => word !== x))
      : name === "add"
        ? commas([...words, y])
        : answer(words, world);
  return talk(name, content, result);
}

function oddOne(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const plain = [
    "fruits",
    "colors",
    "animals",
    "vehicles",
    "jobs",
    "sports",
    "pieces of clothing",
    "pieces of furniture",
    "musical instruments",
    "tools",
    "months",
    "countries",
    "metals",
    "trees",
    "shapes",
  ];
  const [most, other] = random.sample(plain, 2) as [string, string];
  const odd = random.pick(categories[other]!.filter((word) => !categories[most]!.includes(word)));
  const words = random.shuffle([...random.sample(categories[most]!, 3), odd]);
  const ask = random.pick([
    "Which word does not belong: {w}?",
    "Find the odd one out: {w}",
    "Which one is different: {w}?",
    "Which of these is not like the others: {w}?",
    "Choose the odd one: {w}",
    "What does not fit: {w}?",
  ]);
  return talk(
    "odd-one",
    fill(ask, { w: commas(words) }),
    random.pick([
      odd,
      `${sentenceCase(odd)}.`,
      `${sentenceCase(odd)} does not belong. The others are ${most}.`,
    ]),
  );
}

function kindOf(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const plain: readonly (readonly [string, string])[] = [
    ["fruits", "fruit"],
    ["colors", "color"],
    ["animals", "animal"],
    ["vehicles", "vehicle"],
    ["jobs", "job"],
    ["sports", "sport"],
    ["tools", "tool"],
    ["months", "month"],
    ["metals", "metal"],
    ["flowers", "flower"],
    ["drinks", "drink"],
  ];
  const [many, one] = random.pick(plain);
  const [, wrong] = random.pick(plain.filter(([name]) => name !== many));
  const word = random.pick(categories[many]!);
  if (random.chance(0.5)) {
    const choice = random.shuffle([one, wrong]).map((each) => `${/^a/.test(each) ? "an" : "a"} ${each}`);
    return talk(
      "kind-of",
      random.pick([
        `Is ${word} ${choice[0]} or ${choice[1]}?`,
        `What is ${word}: ${choice[0]} or ${choice[1]}?`,
      ]),
      `${sentenceCase(word)} is ${/^a/.test(one) ? "an" : "a"} ${one}.`,
    );
  }
  const words = random.shuffle([
    word,
    ...random.sample(
      categories[random.pick(plain.filter(([name]) => name !== many))[0]]!.filter(
        (each) => !categories[many]!.includes(each),
      ),
      2,
    ),
  ]);
  return talk(
    "pick-kind",
    random.pick([
      `Which of these is ${/^a/.test(one) ? "an" : "a"} ${one}: ${commas(words)}?`,
      `Which word is ${/^a/.test(one) ? "an" : "a"} ${one}: ${words.join(", ")}?`,
    ]),
    random.pick([word, `${sentenceCase(word)}.`]),
  );
}

/** Instructions about lists. */
export const listKinds: readonly Kind[] = [
  { name: "list-things", weight: 6, make: nThings },
  { name: "one-thing", weight: 1, make: oneThing },
  { name: "edit-list", weight: 9, make: editList },
  { name: "odd-one", weight: 2, make: oddOne },
  { name: "kind-of", weight: 1.5, make: kindOf },
];
