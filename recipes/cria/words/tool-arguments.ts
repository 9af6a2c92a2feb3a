import { fill } from "../conversation.ts";
import type { World } from "../world.ts";
import { categories, things } from "./everyday.ts";

/** What an argument of a tool can be: its names, and how people say its value. `{v}` is the value, `{n}` its name. */
export interface ArgumentKind {
  names: readonly string[];
  description: readonly string[];
  type: "string" | "integer" | "number" | "boolean";
  /** Values to choose from, which the schema lists. */
  choices?: (world: World) => readonly string[];
  value: (world: World) => string | number | boolean;
  says: readonly string[];
}

const months = categories["months"]!;
const pick =
  (...values: readonly string[]) =>
  ({ random }: World): string =>
    random.pick(values);
const some =
  (kind: string) =>
  ({ random }: World): string =>
    random.pick(categories[kind]!);
const place = (world: World): string => (world.random.chance(0.65) ? world.city() : world.invented());
const person = (world: World): string => world.person();
const int =
  (low: number, high: number) =>
  ({ random }: World): number =>
    random.int(low, high);

/** Short sentences to send, note or translate. */
export function shortMessage(world: World): string {
  const { random } = world;
  return fill(
    random.pick([
      "I will be late",
      "See you at {h}",
      "Buy {f} and {d}",
      "Call {n} back",
      "The {t} is ready",
      "I am at the {t}",
      "Happy birthday, {n}",
      "Do not forget the {t}",
      "Meet me in {c}",
      "Thanks for the {t}",
      "{n} likes {f}",
      "I am on my way",
      "Dinner is at {h}",
      "Bring the {t} to {n}",
      "The {t} costs {m} euros",
      "Good morning",
      "I miss you",
      "Please water the plants",
      "We are out of {d}",
    ]),
    {
      h: random.int(1, 12),
      f: random.pick(categories["fruits"]!),
      d: random.pick(categories["drinks"]!),
      n: world.person(),
      t: random.pick(things),
      c: world.city(),
      m: random.int(2, 90),
    },
  );
}

/** Arguments that tools of any kind can take. */
export const argumentKinds: readonly ArgumentKind[] = [
  {
    names: ["city", "location", "place", "town", "area"],
    description: ["Name of the place", "The city", "City to use", "Where"],
    type: "string",
    value: place,
    says: ["in {v}", "for {v}", "at {v}"],
  },
  {
    names: ["name", "person", "contact", "recipient", "customer", "user", "guest"],
    description: ["Name of the person", "Who it is for", "The person", "Full name"],
    type: "string",
    value: person,
    says: ["for {v}", "to {v}", "with {v}"],
  },
  {
    names: ["date", "day", "when"],
    description: ["The date", "Day of the event", "Date to use"],
    type: "string",
    value: ({ random }) =>
      random.pick([
        `${random.pick(months)} ${random.int(1, 28)}`,
        random.pick(categories["days of the week"]!),
        `2025-0${random.int(1, 9)}-${random.int(10, 28)}`,
        "tomorrow",
        "today",
      ]),
    says: ["on {v}", "for {v}", "dated {v}"],
  },
  {
    names: ["time", "start_time", "hour", "at"],
    description: ["The time", "Start time", "Time of day"],
    type: "string",
    value: ({ random }) =>
      random.pick([
        `${random.int(1, 12)} ${random.pick(["am", "pm"])}`,
        `${random.int(6, 23)}:${random.pick(["00", "15", "30", "45"])}`,
      ]),
    says: ["at {v}", "starting at {v}"],
  },
  {
    names: ["count", "amount", "quantity", "number", "limit", "total"],
    description: ["How many", "Number of items", "The amount"],
    type: "integer",
    value: int(1, 99),
    says: ["with a {n} of {v}", "{n} {v}", "and the {n} is {v}", "using {v} as the {n}"],
  },
  {
    names: ["people", "guests", "persons", "seats"],
    description: ["Number of people", "How many people"],
    type: "integer",
    value: int(1, 12),
    says: ["for {v} people", "for {v} guests", "with {v} seats"],
  },
  {
    names: ["minutes", "duration", "length_minutes"],
    description: ["Minutes", "Duration in minutes"],
    type: "integer",
    value: int(1, 90),
    says: ["for {v} minutes", "of {v} minutes", "lasting {v} minutes"],
  },
  {
    names: ["price", "max_price", "budget", "cost"],
    description: ["Price in euros", "Highest price", "The price"],
    type: "number",
    value: ({ random }) => (random.chance(0.5) ? random.int(2, 500) : random.int(10, 999) / 10),
    says: ["for {v} euros", "up to {v} euros", "with a price of {v}"],
  },
  {
    names: ["weight", "distance", "temperature", "width", "height", "speed", "level", "score"],
    description: ["The {n}", "Value of the {n}", "{n} as a number"],
    type: "number",
    value: ({ random }) => (random.chance(0.4) ? random.int(1, 300) : random.int(10, 999) / 10),
    says: ["with {n} {v}", "at a {n} of {v}", "and {n} {v}", "with the {n} set to {v}"],
  },
  {
    names: ["title", "topic", "subject", "query", "keyword"],
    description: ["The {n}", "What to look for", "Words to use"],
    type: "string",
    value: (world) =>
      world.random.pick([
        () => world.random.pick(things),
        () =>
          `${world.random.pick(["blue", "old", "small", "lost", "happy", "red", "silent"])} ${world.random.pick(things)}`,
        () => world.invented(),
      ])(),
    says: ["about {v}", "called {v}", "on the {n} {v}", 'with the {n} "{v}"'],
  },
  {
    names: ["text", "message", "note", "content", "body"],
    description: ["The {n}", "Text to use", "What to write"],
    type: "string",
    value: shortMessage,
    says: ['saying "{v}"', 'with the {n} "{v}"', "that says: {v}", "with this {n}: {v}"],
  },
  {
    names: ["item", "product", "thing", "object"],
    description: ["The {n}", "Which {n}", "Name of the {n}"],
    type: "string",
    value: ({ random }) => random.pick(things),
    says: ["for the {n} {v}", "of {v}", "with {v} as the {n}"],
  },
  {
    names: ["color", "paint", "shade"],
    description: ["The color", "Which color"],
    type: "string",
    value: some("colors"),
    says: ["in {v}", "in the color {v}", "with {n} {v}"],
  },
  {
    names: ["unit", "units"],
    description: ["Unit of the result", "Which unit"],
    type: "string",
    choices: () => ["celsius", "fahrenheit"],
    value: pick("celsius", "fahrenheit"),
    says: ["in {v}", "using {v}"],
  },
  {
    names: ["size"],
    description: ["The size", "Which size"],
    type: "string",
    choices: () => ["small", "medium", "large"],
    value: pick("small", "medium", "large"),
    says: ["in size {v}", "with a {v} size", "and make it {v}"],
  },
  {
    names: ["mode", "style", "type", "kind", "option"],
    description: ["The {n}", "Which {n}"],
    type: "string",
    choices: (world) =>
      Array.from({ length: world.random.int(2, 4) }, () =>
        world.random.chance(0.5)
          ? world.nonword()
          : world.random.pick([
              "fast",
              "slow",
              "quiet",
              "loud",
              "simple",
              "full",
              "short",
              "long",
              "dark",
              "light",
              "new",
              "old",
              "daily",
              "weekly",
            ]),
      ),
    value: () => "",
    says: ["in {v} {n}", "with {n} {v}", "using the {n} {v}", "and {n} {v}"],
  },
  {
    names: ["priority", "importance"],
    description: ["How urgent", "Priority"],
    type: "string",
    choices: () => ["low", "normal", "high"],
    value: pick("low", "normal", "high"),
    says: ["with {v} {n}", "and {n} {v}"],
  },
  {
    names: ["language", "target_language", "lang"],
    description: ["The language", "Language to use"],
    type: "string",
    value: some("languages"),
    says: ["in {v}", "into {v}", "in the {v} language"],
  },
  {
    names: ["currency", "money"],
    description: ["Currency", "Which currency"],
    type: "string",
    choices: () => ["USD", "EUR", "GBP"],
    value: pick("USD", "EUR", "GBP"),
    says: ["in {v}", "with {n} {v}"],
  },
  {
    names: ["email", "address", "mail"],
    description: ["E-mail address", "Where to send it"],
    type: "string",
    value: (world) =>
      `${world
        .person()
        .toLowerCase()
        .normalize("NFD")
        .replace(/[^a-z]/g, "")}@${world.nonword()}.com`,
    says: ["to {v}", "with the address {v}"],
  },
  {
    names: ["id", "code", "order_id", "ticket", "reference"],
    description: ["The {n}", "Number of the order", "Code to use"],
    type: "string",
    value: ({ random }) =>
      random.pick([
        `${random.pick([..."ABCDEFGHKLMNPRSTWXZ"])}${random.int(10, 9999)}`,
        `${random.pick([..."ABCDEFGH"])}${random.pick([..."KLMNPRST"])}-${random.int(100, 999)}`,
      ]),
    says: ["with {n} {v}", "for {n} {v}", "number {v}"],
  },
  {
    names: ["urgent", "public", "loud", "repeat", "gift", "private", "express"],
    description: ["Whether it is {n}", "True if {n}"],
    type: "boolean",
    value: ({ random }) => random.chance(0.5),
    says: ["{b}"],
  },
];
