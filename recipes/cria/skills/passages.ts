import {
  type ChatMessage,
  type Conversation,
  fill,
  mixKinds,
  sentenceCase,
  withAn,
} from "../conversation.ts";
import { things } from "../words/everyday.ts";
import { type Attribute, type Profile, profiles } from "../words/profiles.ts";
import type { World } from "../world.ts";
import { makeScene } from "./scenes.ts";
import { storyFor } from "./story.ts";

interface Told {
  attribute: Attribute;
  slots: Record<string, string>;
}

interface Passage {
  text: string;
  told: readonly Told[];
  /** What could have been told of the subject and was not. */
  untold: readonly Told[];
}

function subjectOf(world: World, profile: Profile): { subject: string; pronoun: string } {
  return { subject: profile.subject(world), pronoun: profile.pronoun(world) };
}

function about(world: World, profile: Profile, count: number): Passage {
  const { random } = world;
  const { subject, pronoun } = subjectOf(world, profile);
  const all = random.shuffle(profile.attributes).map((attribute): Told => {
    const slots: Record<string, string> = {
      s: subject,
      S: sentenceCase(subject),
      p: pronoun,
      v: attribute.value(world),
    };
    return { attribute, slots };
  });
  const told = all.slice(0, count);
  const sentences = told.map(({ attribute, slots }, index) => {
    let sentence = fill(random.pick(attribute.sentences), slots);
    if (index === 0) sentence = sentence.replace(new RegExp(`^${pronoun}\\b`), sentenceCase(subject));
    return sentenceCase(sentence);
  });
  const first = sentences[0]!.toLowerCase();
  if (!first.includes(subject.toLowerCase())) sentences.unshift(`This is about ${subject}.`);
  return { text: sentences.join(" "), told, untold: all.slice(count) };
}

const fillers = [
  "The weather was fine that day.",
  "People talk about it often.",
  "This is well known.",
  "Many visitors like this.",
  "It was a long time ago.",
  "Everyone was happy about that.",
  "The people there are friendly.",
  "This makes many people proud.",
  "In winter it can be very cold.",
  "Nobody knows why.",
  "The air is fresh and clean.",
];

function passage(world: World): Passage {
  const { random } = world;
  const profile = random.pick(profiles);
  const one = about(world, profile, random.int(2, Math.min(6, profile.attributes.length - 1)));
  const roll = random.next();
  if (roll < 0.3) {
    const other = about(world, random.chance(0.7) ? profile : random.pick(profiles), random.int(2, 4));
    // Questions that name no subject fit only one of the two.
    const named = (told: readonly Told[]): Told[] =>
      told.filter(({ attribute }) => attribute.questions.some((question) => question.includes("{s}")));
    const told = [...named(one.told), ...named(other.told)];
    if (told.length > 0)
      return {
        text: `${one.text} ${other.text}`,
        told: told.map(onlyNamed),
        untold: named(one.untold).map(onlyNamed),
      };
  }
  if (roll < 0.5) {
    const parts = one.text.split(/(?<=\.) /);
    parts.splice(random.int(1, parts.length), 0, random.pick(fillers));
    return { ...one, text: parts.join(" ") };
  }
  return one;
}

const onlyNamed = ({ attribute, slots }: Told): Told => ({
  slots,
  attribute: { ...attribute, questions: attribute.questions.filter((question) => question.includes("{s}")) },
});

const unknown = [
  "The text does not say.",
  "The text does not say.",
  "The text does not say that.",
  "The text does not say. It does not mention this.",
];

function questionAndAnswer({ random }: World, { attribute, slots }: Told, isTold: boolean): [string, string] {
  const question = sentenceCase(fill(random.pick(attribute.questions), slots));
  if (!isTold) return [question, random.pick(unknown.slice(0, 2))];
  // Nothing but the words of the text: what the form of an answer costs is not spent on finding it.
  return [question, slots["v"]!];
}

const layouts = [
  "{t}\n\n{q}",
  "{t}\n{q}",
  "Text: {t}\n\nQuestion: {q}",
  "Text: {t}\nQuestion: {q}",
  "Read this text: {t}\n\n{q}",
  "{q}\n\n{t}",
  "Answer the question from the text.\n\n{t}\n\n{q}",
  'Here is a text: "{t}" {q}',
  "Passage: {t}\n\nQuestion: {q}\nAnswer:",
  "Read the passage and answer the question.\n\nPassage: {t}\nQuestion: {q}",
  "Question: {q}\nText: {t}",
  "Use only this text: {t}\n\n{q}",
  "{t} {q}",
  "Context: {t}\n\n{q}",
  "I read this: {t}\n{q}",
  "Answer with words from the text.\n{t}\n{q}",
];
const systems = [
  "Answer from the text.",
  "Use only the given text.",
  "You answer questions about texts.",
  "Answer with words from the text. If the text does not say, write: The text does not say.",
];

/** Lays out the passage with the first question, and asks the rest after it. */
export function layOut(
  world: World,
  kind: string,
  text: string,
  turns: readonly (readonly [string, string])[],
): Conversation {
  const { random } = world;
  const messages: ChatMessage[] = [];
  const [[question, answer], ...rest] = turns as [
    readonly [string, string],
    ...(readonly [string, string])[],
  ];
  const roll = random.next();
  if (roll < 0.06)
    messages.push(
      { role: "system", content: `Use this text to answer.\n${text}` },
      { role: "user", content: question },
    );
  else {
    if (roll < 0.15) messages.push({ role: "system", content: random.pick(systems) });
    messages.push({ role: "user", content: fill(random.pick(layouts), { t: text, q: question }) });
  }
  messages.push({ role: "assistant", content: answer });
  for (const [next, reply] of rest)
    messages.push({ role: "user", content: next }, { role: "assistant", content: reply });
  return { kind, messages };
}

function invented(world: World): Conversation {
  const { random } = world;
  const { text, told, untold } = passage(world);
  const turns: [string, string][] = [];
  const count = random.chance(0.75) ? random.int(2, 6) : 1;
  for (const each of random.shuffle(told).slice(0, count)) turns.push(questionAndAnswer(world, each, true));
  const missing = untold.filter(({ attribute }) => attribute.questions.length > 0);
  if (missing.length > 0 && random.chance(0.08)) {
    const at = random.int(0, turns.length);
    turns.splice(at, 0, questionAndAnswer(world, random.pick(missing), false));
    if (turns.length > 1 && random.chance(0.5)) turns.length = Math.max(1, at + 1);
  }
  return layOut(world, "profile", text, turns);
}

/** Key and value lines, such as an opening table or a notice. */
function notice(world: World): Conversation {
  const { random } = world;
  const keys = [
    "Name",
    "Place",
    "Owner",
    "Phone",
    "Price",
    "Time",
    "Color",
    "Code",
    "Size",
    "Room",
    "Date",
    "Guide",
    "Door",
    "Number",
    "Team",
  ];
  const values = (key: string): string =>
    /Phone|Number|Code|Room/.test(key)
      ? String(random.int(10, 99999))
      : /Price/.test(key)
        ? `${random.int(1, 99)} euros`
        : /Time/.test(key)
          ? `${random.int(1, 12)}:${random.pick(["00", "15", "30", "45"])}`
          : /Color/.test(key)
            ? random.pick(["red", "blue", "green", "white"])
            : /Date/.test(key)
              ? `May ${random.int(1, 30)}`
              : /Size/.test(key)
                ? random.pick(["small", "large", "medium"])
                : world.invented();
  const lines = random.sample(keys, random.int(3, 6)).map((key) => [key, values(key)] as const);
  const text = lines.map(([key, value]) => `${key}: ${value}`).join("\n");
  const turns = random
    .shuffle(lines)
    .slice(0, random.int(1, 3))
    .map(([key, value]): [string, string] => [
      random.pick([
        `What is the ${key.toLowerCase()}?`,
        `Which ${key.toLowerCase()} is given?`,
        `Tell me the ${key.toLowerCase()}.`,
      ]),
      value,
    ]);
  if (random.chance(0.1)) {
    const absent = random.pick(keys.filter((key) => !lines.some(([used]) => used === key)));
    turns.push([`What is the ${absent.toLowerCase()}?`, "The text does not say."]);
  }
  return layOut(world, "notice", text, turns);
}

/** Events of a few people, each with a thing and a place. */
function events(world: World): Conversation {
  const { random } = world;
  const people = [...new Set(Array.from({ length: random.int(2, 3) }, () => world.person()))];
  const acts = ["bought", "found", "lost", "sold", "painted", "broke", "borrowed", "repaired"] as const;
  const bases: Record<(typeof acts)[number], string> = {
    bought: "buy",
    found: "find",
    lost: "lose",
    sold: "sell",
    painted: "paint",
    broke: "break",
    borrowed: "borrow",
    repaired: "repair",
  };
  const usedThings = random.sample(things.slice(0, 60), people.length);
  const rows = people.map((name, index) => ({
    name,
    act: random.pick(acts),
    thing: usedThings[index]!,
    place: world.invented(),
  }));
  const text = rows
    .map(({ name, act, thing, place }) =>
      withAn(
        random.pick([`${name} ${act} a ${thing} in ${place}.`, `In ${place}, ${name} ${act} a ${thing}.`]),
      ),
    )
    .join(" ");
  const turns = random
    .shuffle(rows)
    .slice(0, random.int(1, rows.length))
    .map(({ name, act, thing, place }): [string, string] => {
      const a = /^[aeiou]/.test(thing) ? "an" : "a";
      return random.pick<[string, string]>([
        [`Who ${act} the ${thing}?`, name],
        [`What did ${name} ${bases[act]}?`, `${a} ${thing}`],
        [`Where was ${name}?`, place],
        [`Where did ${name} ${bases[act]} the ${thing}?`, place],
      ]);
    });
  return layOut(world, "events", text, turns);
}

function fromStory(world: World): Conversation {
  const { random } = world;
  const noun = random.pick(things);
  const text = `${storyFor(world, noun, random.int(1, 3))} ${random.pick(["The whole thing happened in", "All this was in the town of", "The place was called"])} ${world.invented()}.`;
  const place = text.slice(text.lastIndexOf(" ") + 1, -1);
  return layOut(world, "story", text, [
    [
      random.pick([
        "Where did this happen?",
        "In which place does the story happen?",
        "What is the name of the place?",
        "Where does the story take place?",
      ]),
      place,
    ],
  ]);
}

/** Questions about a passage that is given; the answer is a part of it, or that the text does not say. */
export const makePassage: (world: World) => Conversation = mixKinds([
  { name: "scene", weight: 9, make: (world) => makeScene(world, layOut) },
  { name: "profile", weight: 6, make: invented },
  { name: "notice", weight: 1, make: notice },
  { name: "events", weight: 2, make: events },
  { name: "story", weight: 0.7, make: fromStory },
]);
