import type { World } from "../world.ts";
import { categories } from "./everyday.ts";

/** Something that a passage can tell of its subject: `{s}` is the subject, `{p}` its pronoun, `{v}` the value. */
export interface Attribute {
  key: string;
  value: (world: World) => string;
  sentences: readonly string[];
  questions: readonly string[];
}

/** A kind of subject with what can be told of it. */
export interface Profile {
  name: string;
  subject: (world: World) => string;
  pronoun: (world: World) => string;
  attributes: readonly Attribute[];
}

const attribute = (
  key: string,
  value: (world: World) => string,
  sentences: readonly string[],
  questions: readonly string[],
): Attribute => ({ key, value, sentences, questions });

const year = ({ random }: World): string => String(random.int(1200, 2023));
const months = categories["months"]!;
const date = ({ random }: World): string => `${random.pick(months)} ${random.int(1, 28)}`;
const count = ({ random }: World): string =>
  String(random.chance(0.4) ? random.int(2, 20) : random.int(20, 9000));
const place = (world: World): string => (world.random.chance(0.7) ? world.invented() : world.city());
const person = (world: World): string =>
  world.random.chance(0.6) ? world.person() : `${world.person()} ${world.invented()}`;
const of =
  (...names: readonly string[]) =>
  ({ random }: World): string =>
    random.pick(categories[random.pick(names)]!);
const clock = ({ random }: World): string => `${random.int(1, 12)} ${random.pick(["am", "pm", "o'clock"])}`;
const animalGroups = ["dogs", "cats", "horses", "goats", "rabbits", "ducks", "sheep", "parrots", "cows"];

const personProfile: Profile = {
  name: "person",
  subject: person,
  pronoun: ({ random }) => random.pick(["He", "She"]),
  attributes: [
    attribute(
      "birthplace",
      place,
      ["{s} was born in {v}.", "{s} was born in the town of {v}.", "{s} comes from {v}."],
      [
        "Where was {s} born?",
        "In which place was {s} born?",
        "Where does {s} come from?",
        "What is the birthplace of {s}?",
      ],
    ),
    attribute(
      "birth-year",
      year,
      ["{p} was born in {v}.", "{p} was born in the year {v}."],
      ["When was {s} born?", "In which year was {s} born?", "What year was {s} born?"],
    ),
    attribute(
      "job",
      of("jobs"),
      ["{p} works as a {v}.", "{p} is a {v}.", "For many years {s} has been a {v}."],
      [
        "What is the job of {s}?",
        "What does {s} do for work?",
        "What does {s} work as?",
        "What is {s}'s job?",
        "What is {s}'s profession?",
      ],
    ),
    attribute(
      "home",
      place,
      ["Now {s} lives in {v}.", "{p} moved to {v}.", "Today {p} lives in {v}."],
      ["Where does {s} live now?", "Where does {s} live today?", "Which town does {s} live in now?"],
    ),
    attribute(
      "pet-name",
      (world) => world.pet(),
      ["{p} has a dog named {v}.", "{s} has a cat called {v}.", "{p} takes care of a horse called {v}."],
      [
        "What is the name of the animal of {s}?",
        "What is {s}'s pet called?",
        "What is the name of {s}'s pet?",
      ],
    ),
    attribute(
      "color",
      of("colors"),
      ["{p} likes the color {v}.", "{s}'s favorite color is {v}."],
      ["What is {s}'s favorite color?", "Which color does {s} like?", "What color does {s} like?"],
    ),
    attribute(
      "food",
      of("fruits", "kinds of food"),
      ["{p} likes to eat {v}.", "{s} loves {v}.", "{s}'s favorite food is {v}."],
      ["What does {s} like to eat?", "What is {s}'s favorite food?", "What food does {s} love?"],
    ),
    attribute(
      "friend",
      person,
      ["{p} has a friend called {v}.", "{s}'s best friend is {v}.", "{p} often meets {v}, a good friend."],
      ["Who is the friend of {s}?", "Who is {s}'s best friend?", "What is the name of {s}'s friend?"],
    ),
    attribute(
      "hobby",
      of("hobbies"),
      ["In the evening {s} enjoys {v}.", "{p} spends free time on {v}.", "{s}'s hobby is {v}."],
      ["What is {s}'s hobby?", "What does {s} enjoy?", "What does {s} do in free time?"],
    ),
    attribute(
      "children",
      ({ random }) => random.pick(["two", "three", "four", "five", "six"]),
      ["{p} has {v} children.", "{s} has {v} children."],
      ["How many children does {s} have?", "How many children has {s}?"],
    ),
    attribute(
      "age",
      ({ random }) => String(random.int(8, 95)),
      ["{s} is {v} years old.", "{p} is {v} years old."],
      ["How old is {s}?", "What is the age of {s}?", "What is {s}'s age?"],
    ),
    attribute(
      "get-up",
      clock,
      ["{p} gets up at {v} every day.", "Every morning {s} gets up at {v}."],
      ["When does {s} get up?", "At what time does {s} get up?"],
    ),
  ],
};

const townProfile: Profile = {
  name: "town",
  subject: (world) => world.invented(),
  pronoun: () => "It",
  attributes: [
    attribute(
      "country",
      (world) => (world.random.chance(0.5) ? world.invented() : world.country()),
      ["{s} is a town in {v}.", "{s} is a small city in {v}.", "{s} lies in {v}."],
      ["In which country is {s}?", "Where is {s}?", "Where does {s} lie?", "What country is {s} in?"],
    ),
    attribute(
      "people",
      count,
      [
        "About {v} people live there.",
        "{p} has {v} inhabitants.",
        "{s} has a population of {v}.",
        "{v} people live in {s}.",
      ],
      [
        "How many people live in {s}?",
        "What is the population of {s}?",
        "How many inhabitants does {s} have?",
      ],
    ),
    attribute(
      "river",
      (world) => world.invented(),
      [
        "The river {v} flows through it.",
        "{p} stands on the river {v}.",
        "A river called {v} runs through {s}.",
      ],
      ["Which river flows through {s}?", "What is the name of the river in {s}?", "What river is {s} on?"],
    ),
    attribute(
      "founded",
      year,
      ["{p} was founded in {v}.", "{s} was founded in the year {v}."],
      ["When was {s} founded?", "In which year was {s} founded?", "What year was {s} founded?"],
    ),
    attribute(
      "founder",
      person,
      ["The founder of {s} was {v}.", "{p} was built by {v}."],
      ["Who built {s}?", "Who was the founder of {s}?", "Who founded {s}?"],
    ),
    attribute(
      "mayor",
      person,
      ["The mayor is {v}.", "The mayor of {s} is called {v}."],
      ["Who is the mayor of {s}?", "What is the name of the mayor?", "Who is the mayor?"],
    ),
    attribute(
      "famous",
      of("kinds of food", "fruits", "flowers", "musical instruments"),
      ["{p} is famous for its {v}.", "{s} is known for its {v}."],
      ["What is {s} famous for?", "What is {s} known for?"],
    ),
    attribute(
      "festival",
      date,
      ["Every year there is a festival on {v}.", "The town festival is on {v}."],
      ["When is the festival?", "On which day is the festival in {s}?", "When does {s} have its festival?"],
    ),
    attribute(
      "mountain",
      (world) => world.invented(),
      ["Near the town stands a mountain called {v}.", "The mountain {v} is close by."],
      ["What is the name of the mountain?", "Which mountain is near {s}?", "What mountain is close to {s}?"],
    ),
    attribute(
      "distance",
      ({ random }) => `${random.int(2, 90)} kilometers`,
      ["{p} is {v} from the sea.", "The sea is {v} away."],
      ["How far is {s} from the sea?", "How far away is the sea?"],
    ),
  ],
};

const firmProfile: Profile = {
  name: "firm",
  subject: (world) =>
    world.invented() + world.random.pick(["", " Company", " Works", " Bakery", " Books", " Motors"]),
  pronoun: () => "It",
  attributes: [
    attribute(
      "makes",
      of("pieces of clothing", "vehicles", "musical instruments", "pieces of furniture", "toys"),
      [
        "{s} makes one thing only: the {v}.",
        "{s} sells every kind of {v}.",
        "The main product of {s} is the {v}.",
      ],
      ["What does {s} make or sell?", "What is the product of {s}?", "What can you buy from {s}?"],
    ),
    attribute(
      "founder",
      person,
      ["{p} was started by {v}.", "The founder is {v}.", "{v} founded the company."],
      ["Who started {s}?", "Who founded {s}?", "Who is the founder of {s}?"],
    ),
    attribute(
      "year",
      year,
      ["{p} was founded in {v}.", "The company began in {v}."],
      ["When was {s} founded?", "In which year did {s} begin?", "What year was {s} founded?"],
    ),
    attribute(
      "place",
      place,
      ["Its main office is in {v}.", "{p} is based in {v}.", "The company is located in {v}."],
      ["Where is the main office of {s}?", "Where is {s} based?", "Where is {s} located?"],
    ),
    attribute(
      "workers",
      count,
      ["{v} people work there.", "{p} has {v} workers.", "The company employs {v} people."],
      [
        "How many people work at {s}?",
        "How many workers does {s} have?",
        "How many employees does {s} have?",
      ],
    ),
    attribute(
      "boss",
      person,
      ["The head of the company is {v}.", "Today {v} leads the company."],
      ["Who leads {s} today?", "Who is the head of {s}?", "Who is the boss of {s}?"],
    ),
    attribute(
      "opens",
      clock,
      ["The shop opens at {v}.", "{p} opens at {v}."],
      ["When does {s} open?", "At what time does the shop open?"],
    ),
    attribute(
      "sign",
      of("colors"),
      ["Its sign is {v}.", "The color of its sign is {v}."],
      ["What color is the sign?", "Which color does the sign of {s} have?"],
    ),
    attribute(
      "price",
      ({ random }) => `${random.int(2, 900)} dollars`,
      ["The cheapest one costs {v}.", "The price starts at {v}."],
      ["How much is the cheapest one?", "What does the cheapest one cost?", "At what price does it start?"],
    ),
  ],
};

const eventProfile: Profile = {
  name: "event",
  subject: (world) =>
    `the ${world.invented()} ${world.random.pick(["Festival", "Race", "Fair", "Concert", "Meeting", "Party", "Exhibition", "Conference"])}`,
  pronoun: () => "It",
  attributes: [
    attribute(
      "date",
      date,
      ["{S} takes place on {v}.", "{S} will be held on {v}.", "{S} begins on {v}."],
      [
        "When is {s}?",
        "On which day does {s} take place?",
        "When does {s} begin?",
        "What is the date of {s}?",
      ],
    ),
    attribute(
      "place",
      place,
      ["{p} is held in {v}.", "{p} takes place in {v}.", "The place is {v}."],
      ["Where is {s}?", "Where does {s} take place?", "Where is {s} held?"],
    ),
    attribute(
      "price",
      ({ random }) => `${random.int(2, 80)} ${random.pick(["euros", "dollars"])}`,
      ["A ticket costs {v}.", "Tickets are {v}."],
      ["How much is a ticket?", "What does a ticket cost?", "How much do tickets cost?"],
    ),
    attribute(
      "time",
      clock,
      ["The doors open at {v}.", "{p} starts at {v}."],
      ["At what time does it start?", "When do the doors open?", "What time does {s} start?"],
    ),
    attribute(
      "winner",
      person,
      ["Last year the first prize went to {v}.", "Last year {v} won the prize."],
      ["Who won last year?", "Who got the prize last year?", "Who won the prize last year?"],
    ),
    attribute(
      "visitors",
      count,
      ["{v} visitors are expected.", "Last time {v} people came."],
      ["How many visitors are expected?", "How many people come to {s}?"],
    ),
    attribute(
      "organizer",
      person,
      ["{p} is organized by {v}.", "The organizer is {v}."],
      ["Who organizes {s}?", "Who is the organizer?", "Who is the organizer of {s}?"],
    ),
    attribute(
      "bring",
      of("kitchen things", "pieces of clothing", "drinks"),
      ["Every guest should bring a {v}.", "Visitors are asked to bring a {v}."],
      ["What should guests bring?", "What should every guest bring?", "What are visitors asked to bring?"],
    ),
  ],
};

const farmProfile: Profile = {
  name: "place",
  subject: (world) =>
    `the ${world.random.pick(["farm", "school", "library", "museum", "hotel", "zoo"])} of ${world.invented()}`,
  pronoun: () => "It",
  attributes: [
    attribute(
      "owner",
      person,
      ["{S} belongs to {v}.", "The owner of {s} is {v}."],
      ["Who owns {s}?", "Who is the owner?", "To whom does {s} belong?"],
    ),
    attribute(
      "color",
      of("colors"),
      ["Its walls are {v}.", "{p} has a {v} roof."],
      [
        "What color is mentioned for the building?",
        "Which color does the building have?",
        "What color does it have?",
      ],
    ),
    attribute(
      "animals",
      ({ random }) => random.pick(animalGroups),
      ["Many {v} live there.", "Visitors can see {v} in the yard."],
      ["Which animals are there?", "What animals can visitors see?", "Which animals live there?"],
    ),
    attribute(
      "closed",
      of("days of the week"),
      ["{p} is closed on {v}.", "On {v} the doors stay closed."],
      ["When is it closed?", "On which day is {s} closed?", "Which day is it closed?"],
    ),
    attribute(
      "built",
      year,
      ["{p} was built in {v}.", "{S} was built in {v}."],
      ["When was {s} built?", "In which year was it built?", "What year was {s} built?"],
    ),
    attribute(
      "rooms",
      ({ random }) => String(random.int(3, 120)),
      ["{p} has {v} rooms.", "There are {v} rooms."],
      ["How many rooms are there?", "How many rooms does {s} have?"],
    ),
    attribute(
      "near",
      (world) => world.invented(),
      ["{p} stands next to lake {v}.", "Close to it is a lake named {v}."],
      ["What is the name of the lake?", "Which lake is near {s}?", "What lake is close to it?"],
    ),
    attribute(
      "cook",
      person,
      ["The cook there is {v}.", "{v} cooks for the visitors."],
      ["Who cooks there?", "Who is the cook?", "What is the name of the cook?"],
    ),
  ],
};

/** Subjects that passages tell of. */
export const profiles: readonly Profile[] = [
  personProfile,
  townProfile,
  firmProfile,
  eventProfile,
  farmProfile,
];
