import type { World } from "../world.ts";
import { categories } from "./everyday.ts";

/** A fact about the user: how it is told and acknowledged, asked for and recalled. `{v}` is the value. */
export interface FactKind {
  key: string;
  value: (world: World) => string;
  tells: readonly string[];
  replies: readonly string[];
  asks: readonly string[];
  recalls: readonly string[];
}

const from =
  (...kinds: readonly string[]) =>
  (world: World): string =>
    world.random.pick(categories[world.random.pick(kinds)]!);

const pets = ["dog", "cat", "rabbit", "parrot", "horse", "hamster", "fish", "mouse", "turtle", "bird"];

/** Facts that a later turn can ask for. */
export const userFacts: readonly FactKind[] = [
  {
    key: "name",
    value: (world) => world.person(),
    tells: [
      "My name is {v}.",
      "I am {v}.",
      "I'm {v}.",
      "Hi, I am {v}.",
      "Hello, my name is {v}.",
      "Call me {v}.",
      "You can call me {v}.",
      "{v} is my name.",
      "Hi! My name's {v}.",
      "This is {v}.",
      "Hey, {v} here.",
    ],
    replies: [
      "Nice to meet you, {v}!",
      "Hello {v}! How are you?",
      "It is nice to meet you, {v}. How can I help you?",
      "Hi {v}! What can I do for you?",
      "Welcome, {v}! What would you like to talk about?",
      "Good to meet you, {v}!",
    ],
    asks: [
      "What is my name?",
      "Do you remember my name?",
      "What's my name?",
      "Who am I?",
      "Can you tell me my name?",
      "what is my name",
      "Do you know who I am?",
      "What am I called?",
      "Say my name.",
      "I hope you still know my name?",
    ],
    recalls: [
      "Your name is {v}.",
      "You are {v}.",
      "Your name is {v}, as you told me.",
      "You told me that your name is {v}.",
      "Yes, your name is {v}.",
    ],
  },
  {
    key: "color",
    value: from("colors"),
    tells: [
      "My favorite color is {v}.",
      "I like {v} best of all colors.",
      "I love the color {v}.",
      "{v} is my favorite color.",
      "The color I like most is {v}.",
    ],
    replies: [
      "{V} is a beautiful color.",
      "{V} is a nice choice!",
      "I see, {v} is your favorite color.",
      "Lovely! Do you wear {v} often?",
      "{V} is pretty. Why do you like it?",
    ],
    asks: [
      "What is my favorite color?",
      "Which color do I like?",
      "What color do I like best?",
      "Do you remember my favorite color?",
      "What's my favorite color?",
      "Which color is my favorite?",
    ],
    recalls: [
      "Your favorite color is {v}.",
      "You like {v} best.",
      "It is {v}.",
      "You told me that you like {v}.",
      "Your favorite color is {v}, you said.",
    ],
  },
  {
    key: "city",
    value: (world) => (world.random.chance(0.6) ? world.city() : world.invented()),
    tells: [
      "I live in {v}.",
      "I am from {v}.",
      "My home is in {v}.",
      "I come from {v}.",
      "My house is in {v}.",
      "I moved to {v} last year.",
      "I was born in {v}.",
    ],
    replies: [
      "{v} sounds like a nice place. Do you like it there?",
      "How is life in {v}?",
      "{v} must be interesting. What do you like about it?",
      "Nice! What is the weather like in {v}?",
      "I would like to hear more about {v}.",
    ],
    asks: [
      "Where do I live?",
      "Which city did I tell you about?",
      "Do you remember where I live?",
      "What place did I talk about?",
      "In which town am I?",
      "Which city is mine?",
    ],
    recalls: [
      "You told me about {v}.",
      "It is {v}.",
      "You said {v}.",
      "Your city is {v}.",
      "You spoke of {v}.",
    ],
  },
  {
    key: "job",
    value: from("jobs"),
    tells: [
      "I work as a {v}.",
      "I am a {v}.",
      "My job is {v}.",
      "I have worked as a {v} for ten years.",
      "I am a {v} by profession.",
    ],
    replies: [
      "Being a {v} sounds interesting. Do you like your job?",
      "That is a good job. What do you like about it?",
      "A {v}! How is work these days?",
      "How did you become a {v}?",
    ],
    asks: [
      "What is my job?",
      "What do I do for work?",
      "Do you remember my job?",
      "What do I work as?",
      "What is my profession?",
    ],
    recalls: ["You are a {v}.", "You work as a {v}.", "Your job is {v}.", "You told me that you are a {v}."],
  },
  {
    key: "hobby",
    value: from("hobbies"),
    tells: [
      "My hobby is {v}.",
      "I like {v}.",
      "I enjoy {v} in my free time.",
      "I love {v}.",
      "In my free time I do a lot of {v}.",
      "On weekends I like {v}.",
    ],
    replies: [
      "{V} is a great hobby. How often do you do it?",
      "{V} sounds like fun!",
      "How long have you been interested in {v}?",
      "That is nice. What do you like about {v}?",
    ],
    asks: [
      "What is my hobby?",
      "What do I like to do?",
      "What do I enjoy in my free time?",
      "Do you remember my hobby?",
      "Which hobby did I tell you about?",
    ],
    recalls: ["Your hobby is {v}.", "You like {v}.", "You told me that you enjoy {v}.", "You enjoy {v}."],
  },
  {
    key: "food",
    value: from("kinds of food", "fruits"),
    tells: [
      "My favorite food is {v}.",
      "I love to eat {v}.",
      "I like {v} very much.",
      "The food I like best is {v}.",
      "I could eat {v} every day.",
    ],
    replies: [
      "{V} is tasty! How do you like it best?",
      "Mmm, {v}! Do you make it yourself?",
      "{V} is a good choice.",
      "Good taste! How often do you eat {v}?",
    ],
    asks: [
      "What is my favorite food?",
      "What do I like to eat?",
      "Which food do I like?",
      "Do you remember what I like to eat?",
      "What food do I love?",
    ],
    recalls: [
      "Your favorite food is {v}.",
      "You like {v}.",
      "You told me that you love {v}.",
      "You like to eat {v}.",
    ],
  },
  {
    key: "pet",
    value: (world) => `${world.random.pick(pets)} named ${world.pet()}`,
    tells: [
      "I have a {v}.",
      "I have got a {v}.",
      "At home I have a {v}.",
      "My pet is a {v}.",
      "There is a {v} in my house.",
      "I just got a {v}.",
    ],
    replies: [
      "A {v} sounds lovely!",
      "How sweet! How old is {pet}?",
      "{pet} is a lovely name. What is {pet} like?",
      "How nice! I would like to hear more about {pet}.",
      "What a nice name! Does {pet} like to play?",
    ],
    asks: [
      "What is the name of my {animal}?",
      "What is my {animal} called?",
      "What's my {animal}'s name?",
      "Do you remember my pet's name?",
      "What is my pet's name?",
      "How is my {animal} called?",
    ],
    recalls: [
      "Your {animal} is called {pet}.",
      "{pet} is the name of your {animal}.",
      "Your {animal}'s name is {pet}.",
      "It is {pet}.",
      "The name of your {animal} is {pet}.",
    ],
  },
  {
    key: "age",
    value: (world) => String(world.random.int(7, 80)),
    tells: ["I am {v} years old.", "I'm {v}.", "I turned {v} last week.", "My age is {v}.", "I am {v} now."],
    replies: [
      "{v} is a good age!",
      "I see, you are {v} years old.",
      "{v} years! How does it feel?",
      "Thank you for telling me. {v} is a fine age.",
    ],
    asks: ["How old am I?", "What is my age?", "Do you remember my age?", "Do you know how old I am?"],
    recalls: ["You are {v} years old.", "You are {v}.", "You told me that you are {v}.", "Your age is {v}."],
  },
  {
    key: "sibling",
    value: (world) =>
      `${world.random.pick(["brother", "sister", "friend", "son", "daughter", "cousin", "neighbor", "teacher"])} is ${world.person()}`,
    tells: [
      "The name of my {v}.",
      "My {kin}'s name is {pet}.",
      "I have a {kin} called {pet}.",
      "My {kin} is called {pet}.",
      "Today I met my {kin} {pet}.",
    ],
    replies: [
      "{pet} is a nice name. What is {pet} like?",
      "How nice! Do you see {pet} often?",
      "Say hello to {pet} from me!",
      "I see. Tell me more about {pet}.",
    ],
    asks: [
      "What is the name of my {kin}?",
      "What is my {kin} called?",
      "Who is my {kin}?",
      "Do you remember the name of my {kin}?",
      "How is my {kin} called?",
    ],
    recalls: [
      "Your {kin} is called {pet}.",
      "The name of your {kin} is {pet}.",
      "Your {kin} is {pet}.",
      "It is {pet}.",
    ],
  },
  {
    key: "plan",
    value: (world) =>
      `${world.random.pick(["go to", "travel to", "fly to", "drive to", "visit"])} ${world.city()}`,
    tells: [
      "Next week I will {v}.",
      "I want to {v} in summer.",
      "Tomorrow I {v}.",
      "We are going to {v} soon.",
      "I plan to {v} next month.",
    ],
    replies: [
      "{place} is a great place to see. Have a good trip!",
      "That sounds exciting! What will you do in {place}?",
      "How nice! Is it your first time in {place}?",
      "Enjoy {place}! How long will you stay?",
    ],
    asks: [
      "Where do I want to go?",
      "What is my travel plan?",
      "Which place will I see?",
      "Where am I going?",
      "Do you remember where I am going?",
    ],
    recalls: [
      "You want to go to {place}.",
      "You are going to {place}.",
      "You plan to go to {place}.",
      "To {place}.",
    ],
  },
];

/** The parts that a value has besides itself, such as the name of a pet. */
export function factSlots(key: string, value: string): Record<string, string> {
  const capital = value.slice(0, 1).toUpperCase() + value.slice(1);
  const [before = "", after = ""] = value.split(/ named | is /);
  if (key === "pet") return { v: value, V: capital, animal: before, pet: after };
  if (key === "sibling") return { v: value, V: capital, kin: before, pet: after };
  if (key === "plan")
    return { v: value, V: capital, place: value.replace(/^(go to|travel to|fly to|drive to|visit) /, "") };
  return { v: value, V: capital };
}
