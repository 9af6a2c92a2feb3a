import { type Conversation, fill, sentenceCase, talk, withArticle } from "../conversation.ts";
import { adjectives } from "../words/everyday.ts";
import { animals, drinks, foods, hues, objects, relatives, sites, times } from "../words/scenes.ts";
import type { World } from "../world.ts";

/** What the user tells, what is said to it, and how it may be asked for later. */
interface News {
  said: string;
  replies: readonly string[];
  recall: readonly (readonly [question: string, answer: string])[];
}

const doings = [
  ["found", "find"],
  ["bought", "buy"],
  ["lost", "lose"],
  ["made", "make"],
  ["painted", "paint"],
  ["saw", "see"],
  ["broke", "break"],
  ["sold", "sell"],
  ["cleaned", "clean"],
  ["drew", "draw"],
  ["built", "build"],
] as const;

function thingNews(world: World): News {
  const { random } = world;
  const [past, base] = random.pick(doings);
  const noun = random.pick(objects);
  const adjective = random.pick([...hues, ...adjectives]);
  const shown = random.chance(0.5) ? withArticle(`${adjective} ${noun}`) : withArticle(noun);
  const [preposition, place] = random.pick(sites);
  const roll = random.next();
  const where = roll < 0.35 ? ` ${preposition} the ${place}` : roll < 0.55 ? ` ${random.pick(times)}` : "";
  const recall: [string, string][] = [[`What did I ${base}?`, `You ${past} ${shown}.`]];
  if (roll < 0.35)
    recall.push([`Where did I ${base} the ${noun}?`, `You ${past} it ${preposition} the ${place}.`]);
  if (shown.includes(adjective) && hues.includes(adjective))
    recall.push([`What color was the ${noun}?`, `It was ${adjective}.`]);
  return {
    said: `I ${past} ${shown}${where}.`.replace("her birthday", "my birthday"),
    replies: [
      `${sentenceCase(shown)}! Tell me more about it.`,
      `Oh, ${shown}! How did that feel?`,
      `That must be a special ${noun}.`,
      `What will you do with the ${noun}?`,
      `I would like to see the ${noun}.`,
      `Do you like the ${noun}?`,
    ],
    recall,
  };
}

function animalNews(world: World): News {
  const { random } = world;
  const animal = random.pick(animals);
  const name = world.pet();
  const adjective = random.pick(adjectives);
  const hasName = random.chance(0.5);
  const shown = withArticle(`${adjective} ${animal}`);
  return {
    said: hasName ? `I have ${withArticle(animal)} named ${name}.` : `I have ${shown}.`,
    replies: hasName
      ? [
          `${name} is a nice name!`,
          `How old is ${name}?`,
          `Say hello to ${name} from me.`,
          `What does ${name} like to eat?`,
        ]
      : [
          `A ${animal}! What is its name?`,
          `${sentenceCase(shown)} sounds lovely.`,
          `Do you play with your ${animal} every day?`,
        ],
    recall: hasName
      ? [
          [`What is the name of my ${animal}?`, `Your ${animal} is called ${name}.`],
          ["Which animal do I have?", `You have ${withArticle(animal)}.`],
        ]
      : [["Which animal do I have?", `You have ${shown}.`]],
  };
}

function familyNews(world: World): News {
  const { random } = world;
  const [relative, pronoun] = random.pick(relatives);
  const noun = random.pick(objects);
  const name = world.person();
  const roll = random.next();
  if (roll < 0.4)
    return {
      said: `My ${relative} gave me ${withArticle(noun)}.`,
      replies: [
        `How kind of your ${relative}!`,
        `${sentenceCase(withArticle(noun))} from your ${relative}, how nice!`,
        `Did you say thank you to your ${relative}?`,
      ],
      recall: [
        [`What did my ${relative} give me?`, `Your ${relative} gave you ${withArticle(noun)}.`],
        [`Who gave me the ${noun}?`, `Your ${relative} did.`],
      ],
    };
  if (roll < 0.7)
    return {
      said: `My ${relative} is called ${name}.`,
      replies: [`${name} is a good name.`, `What does ${name} like to do?`, `Is ${name} nice to you?`],
      recall: [[`What is my ${relative}'s name?`, `Your ${relative} is called ${name}.`]],
    };
  const [preposition, place] = random.pick(sites);
  return {
    said: `My ${relative} works ${preposition} the ${place}.`,
    replies: [
      `That sounds interesting. Does ${pronoun} like it there?`,
      `The ${place} must be a good place to work.`,
      `Do you visit your ${relative} there?`,
    ],
    recall: [[`Where does my ${relative} work?`, `Your ${relative} works ${preposition} the ${place}.`]],
  };
}

function foodNews(world: World): News {
  const { random } = world;
  const isDrink = random.chance(0.2);
  const food = random.pick(isDrink ? drinks : foods);
  const plain = food.replace(/^an? /, "");
  const verb = isDrink ? "drank" : "ate";
  const time = random.pick(times).replace("her birthday", "my birthday");
  return {
    said: random.pick([`I ${verb} ${food} ${time}.`, `We had ${food} today.`, `I love ${plain}.`]),
    replies: [
      `Mmm, ${plain}! Was it good?`,
      `I hear that ${plain} tastes good.`,
      `Who made the ${plain}?`,
      `Enjoy! Do you have ${plain} often?`,
    ],
    recall: [[`What did I tell you about food?`, `You told me about ${plain}.`]],
  };
}

function placeNews(world: World): News {
  const { random } = world;
  const [preposition, place] = random.pick(sites);
  const act = random.pick([
    "played",
    "sat",
    "slept",
    "waited",
    "worked",
    "sang",
    "danced",
    "met friends",
    "got lost",
    "read a book",
  ]);
  return {
    said: random.pick([
      `I ${act} ${preposition} the ${place}.`,
      `Yesterday we ${act} ${preposition} the ${place}.`,
      `Today I was ${preposition} the ${place}.`,
    ]),
    replies: [
      `How was it ${preposition} the ${place}?`,
      `The ${place} sounds like a nice place.`,
      `Were you alone ${preposition} the ${place}?`,
      `What did you like most about the ${place}?`,
    ],
    recall: [["Where was I?", `You were ${preposition} the ${place}.`]],
  };
}

const moods = [
  ["happy", ["I am glad to hear that!", "That is great!", "Good! What made you happy?"]],
  ["tired", ["Then take a rest soon.", "You had a long day.", "A good sleep will help."]],
  ["excited", ["How exciting!", "I am excited with you!"]],
  ["a bit sad", ["I am sorry. Do you want to talk about it?", "I hope it gets better soon."]],
  ["hungry", ["What would you like to eat?", "Then it is time for a meal."]],
  ["proud", ["You can be proud!", "Well done!"]],
  ["cold", ["Put on something warm.", "A cup of tea may help."]],
] as const;

function moodNews({ random }: World): News {
  const [mood, replies] = random.pick(moods);
  return {
    said: random.pick([`I am ${mood}.`, `Now I am ${mood}.`, `That made me ${mood}.`]),
    replies,
    recall: [["How do I feel?", `You said that you are ${mood}.`]],
  };
}

const fills: readonly News[] = [
  { said: "It was a long day.", replies: ["I hope it was a good one.", "Now you can rest."], recall: [] },
  { said: "It took me three hours.", replies: ["That is a long time!", "You are patient."], recall: [] },
  {
    said: "Then it started to rain.",
    replies: ["Oh no! Did you get wet?", "I hope you had an umbrella."],
    recall: [],
  },
  { said: "In the end it went well.", replies: ["I am happy for you.", "Good work!"], recall: [] },
  { said: "It was a lot of fun.", replies: ["That sounds like fun.", "Fun is important!"], recall: [] },
  {
    said: "Tomorrow I will do it again.",
    replies: ["Good luck for tomorrow!", "Tell me how it goes."],
    recall: [],
  },
  { said: "My friends laughed.", replies: ["Laughing is good.", "Did you laugh too?"], recall: [] },
  {
    said: "I want to learn more about it.",
    replies: ["Reading a book about it may help.", "You can ask a teacher."],
    recall: [],
  },
];

const asks = ["", "", "Do you remember? ", "Tell me, ", "One question: ", "Now you: "];

/** Four to six things about the user's day, each with a reply of its own, and a question on what was said. */
export function tellDay(world: World): Conversation {
  const { random } = world;
  const turns: string[] = [];
  const news: News[] = [];
  const used = new Set<string>();
  if (random.chance(0.5)) {
    const name = world.person();
    turns.push(
      fill(
        random.pick(["Hi, I am {n}.", "Hello! My name is {n}.", "Good morning, I'm {n}.", "Hey, {n} here."]),
        { n: name },
      ),
      fill(
        random.pick([
          "Hello {n}! How was your day?",
          "Nice to meet you, {n}!",
          "Hi {n}! What is new?",
          "Welcome, {n}!",
        ]),
        { n: name },
      ),
    );
    news.push({
      said: "",
      replies: [],
      recall: [
        [random.pick(["What is my name?", "Do you remember my name?", "Who am I?"]), `Your name is ${name}.`],
      ],
    });
  }
  for (let i = random.int(3, 5); i > 0; i--) {
    const make = random.pick([
      thingNews,
      thingNews,
      animalNews,
      familyNews,
      foodNews,
      placeNews,
      moodNews,
      ({ random: inner }: World) => inner.pick(fills),
    ]);
    const each = make(world);
    const free = each.replies.filter((reply) => !used.has(reply));
    if (free.length === 0 || news.some(({ said }) => said === each.said)) continue;
    const reply = random.pick(free);
    used.add(reply);
    news.push(each);
    turns.push(each.said, reply);
  }
  const recall = news.flatMap((each) => each.recall);
  if (recall.length > 0 && random.chance(0.85)) {
    const [question, answer] = random.pick(recall);
    const ask = random.pick(asks);
    turns.push(
      ask === ""
        ? question
        : ask.endsWith(", ")
          ? ask + question[0]!.toLowerCase() + question.slice(1)
          : ask + question,
      answer,
    );
  } else
    turns.push(
      ...random.pick([
        ["Thank you for listening.", "You are welcome! It was nice talking to you."],
        ["Bye!", "Goodbye! Come back soon."],
        ["That is all.", "Thank you for telling me."],
      ]),
    );
  return talk("tell-day", ...turns);
}
