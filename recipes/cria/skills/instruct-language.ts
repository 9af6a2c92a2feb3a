import { fill, type Kind, sentenceCase, talk } from "../conversation.ts";
import { languageNames, sentenceTable, wordTable } from "../words/translations.ts";
import type { World } from "../world.ts";

const wordAsks = [
  "Translate {w} to {l}.",
  'Translate "{w}" into {l}.',
  "How do you say {w} in {l}?",
  "What is {w} in {l}?",
  "{w} in {l}?",
  "What is the {l} word for {w}?",
  "Say {w} in {l}.",
  "Translate to {l}: {w}",
  "Give me the {l} word for {w}.",
];
const backAsks = [
  "What does {w} mean in English?",
  "Translate the {l} word {w} to English.",
  "What is {w} in English?",
  "Translate {w} from {l} to English.",
  "Translate to English: {w}",
];

function word(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const row = random.pick(wordTable);
  const at = random.int(0, languageNames.length - 1);
  const [english, foreign, language] = [row[0]!, row[at + 1]!, languageNames[at]!];
  if (random.chance(0.3))
    return talk(
      "translate-back",
      sentenceCase(fill(random.pick(backAsks), { w: foreign, l: language })),
      random.pick([english, `${sentenceCase(english)}.`, `${sentenceCase(foreign)} means ${english}.`]),
    );
  return talk(
    "translate-word",
    sentenceCase(fill(random.pick(wordAsks), { w: english, l: language })),
    random.pick([
      foreign,
      foreign,
      `${sentenceCase(english)} is ${foreign} in ${language}.`,
      `The ${language} word for ${english} is ${foreign}.`,
    ]),
  );
}

function sentence({ random }: World): ReturnType<typeof talk> {
  const row = random.pick(sentenceTable);
  const at = random.int(0, languageNames.length - 1);
  const ask = random.pick([
    "Translate to {l}: {t}",
    "Translate into {l}: {t}",
    "How do you say this in {l}: {t}",
    "Say this in {l}: {t}",
    "Translate this sentence to {l}: {t}",
  ]);
  if (random.chance(0.25))
    return talk(
      "translate-sentence",
      fill(random.pick(["Translate to English: {t}", "What does this mean in English: {t}"]), {
        t: row[at + 1]!,
      }),
      row[0]!,
    );
  return talk("translate-sentence", fill(ask, { l: languageNames[at]!, t: row[0]! }), row[at + 1]!);
}

/** Translations of common words and sentences. */
export const languageKinds: readonly Kind[] = [
  { name: "translate-word", weight: 5, make: word },
  { name: "translate-sentence", weight: 1, make: sentence },
];
