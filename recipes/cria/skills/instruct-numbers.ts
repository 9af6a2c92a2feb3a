import { fill, type Kind, talk } from "../conversation.ts";
import { categories, things } from "../words/everyday.ts";
import { plural } from "../words/relations.ts";
import type { World } from "../world.ts";

const words = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
];
const say = (world: World, number: number): string | number =>
  number < words.length && world.random.chance(0.15) ? words[number]! : number;

type Sum = readonly [
  sign: string,
  spoken: readonly string[],
  low: number,
  high: number,
  value: (a: number, b: number) => number,
];
const sums: readonly Sum[] = [
  ["+", ["plus", "and"], 0, 20, (a, b) => a + b],
  ["-", ["minus"], 0, 20, (a, b) => a - b],
  ["*", ["times"], 0, 10, (a, b) => a * b],
];
const asks = [
  "What is {a} {op} {b}?",
  "How much is {a} {op} {b}?",
  "{a} {op} {b} = ?",
  "Calculate {a} {op} {b}.",
  "{a} {op} {b}?",
  "What does {a} {op} {b} make?",
  "Compute {a} {op} {b}.",
];

function sum(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const [sign, spoken, low, high, value] = random.pick(sums);
  let [a, b] = [random.int(low, high), random.int(low, high)];
  if (sign === "-" && a < b) [a, b] = [b, a];
  const op = random.chance(0.5) ? sign : random.pick(spoken);
  const result = value(a, b);
  const answer = random.pick([
    String(result),
    `${a} ${sign} ${b} = ${result}`,
    `The answer is ${result}.`,
    `${result}.`,
    `${a} ${spoken[0]} ${b} is ${result}.`,
  ]);
  return talk("sum", fill(random.pick(asks), { a: say(world, a), b: say(world, b), op }), answer);
}

const stories: readonly (readonly [text: string, sign: 1 | -1])[] = [
  ["{n} has {a} {t}. {m} gives {n} {b} more. How many {t} does {n} have now?", 1],
  ["{n} has {a} {t} and gives {b} to {m}. How many {t} does {n} have left?", -1],
  ["There are {a} {t} in a box. {n} takes {b} out. How many {t} are left?", -1],
  ["{n} buys {a} {t} and {m} buys {b} {t}. How many {t} do they have together?", 1],
  ["{n} had {a} {t} and lost {b}. How many {t} are left?", -1],
];

function wordProblem(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const [text, sign] = random.pick(stories);
  let [a, b] = [random.int(1, 12), random.int(1, 9)];
  if (sign < 0 && a < b) [a, b] = [b, a];
  const n = world.person();
  let m = world.person();
  while (m === n) m = world.person();
  const t = plural(
    random.pick([
      "apple",
      "book",
      "coin",
      "ball",
      "pencil",
      "stamp",
      "orange",
      "egg",
      "flower",
      "key",
      "ticket",
      "card",
    ]),
  );
  const result = a + sign * b;
  const answer = random.pick([
    `${a} ${sign > 0 ? "+" : "-"} ${b} = ${result}. The answer is ${result}.`,
    `${a} ${sign > 0 ? "+" : "-"} ${b} = ${result}`,
  ]);
  return talk("word-problem", fill(text, { n, m, t, a, b }), answer);
}

function compare(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const numbers = [...new Set(Array.from({ length: random.int(2, 5) }, () => random.int(1, 99)))];
  const biggest = random.chance(0.5);
  const best = biggest ? Math.max(...numbers) : Math.min(...numbers);
  const ask = biggest
    ? random.pick([
        "Which number is the largest: {l}?",
        "What is the biggest number: {l}?",
        "Find the largest number: {l}",
        "Which is bigger: {l}?",
      ])
    : random.pick([
        "Which number is the smallest: {l}?",
        "What is the smallest number: {l}?",
        "Find the smallest number: {l}",
        "Which is smaller: {l}?",
      ]);
  const list = numbers.length === 2 ? numbers.join(" or ") : numbers.join(", ");
  return talk(
    "compare",
    fill(ask, { l: list }),
    random.pick([String(best), `${best}.`, `The ${biggest ? "largest" : "smallest"} number is ${best}.`]),
  );
}

function sequence(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const ask = random.pick([
    "What comes next: {s}?",
    "Complete the sequence: {s}",
    "Continue: {s}",
    "Which comes next: {s}, ...?",
    "What is the next one: {s}?",
  ]);
  const step = random.pick([1, 1, 2, 2, 3, 5, 10, -1, -2]);
  const start = step < 0 ? random.int(10, 20) : random.int(0, 12) * (step >= 5 ? step : 1);
  let items: string[] = Array.from({ length: 5 }, (_, index) => String(start + index * step));
  const roll = random.next();
  const cycles = [categories["days of the week"]!, categories["months"]!, [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"]];
  if (roll < 0.4) {
    const cycle = random.pick(cycles);
    const at = random.int(0, cycle.length - 5);
    items = cycle.slice(at, at + 5) as string[];
  } else if (roll < 0.55) {
    const [a, b] = random.sample(things, 2) as [string, string];
    items = [a, b, a, b, a];
  }
  const shown = random.int(3, 4);
  const next = items[shown]!;
  return talk(
    "sequence",
    fill(ask, { s: items.slice(0, shown).join(", ") }),
    random.pick([next, `${next}.`, `The next one is ${next}.`]),
  );
}

function sortNumbers(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const numbers = [...new Set(Array.from({ length: random.int(3, 5) }, () => random.int(1, 50)))];
  const isUp = random.chance(0.7);
  const ask = isUp
    ? random.pick([
        "Sort these numbers: {l}",
        "Put these numbers in order: {l}",
        "Sort from smallest to largest: {l}",
        "Order these numbers from low to high: {l}",
      ])
    : random.pick(["Sort from largest to smallest: {l}", "Order these numbers from high to low: {l}"]);
  return talk(
    "sort-numbers",
    fill(ask, { l: numbers.join(", ") }),
    [...numbers].sort((a, b) => (isUp ? a - b : b - a)).join(", "),
  );
}

function evenOdd(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const n = random.int(1, 60);
  const word = n % 2 === 0 ? "even" : "odd";
  return talk(
    "even-odd",
    fill(random.pick(["Is {n} even or odd?", "Is the number {n} odd or even?", "Even or odd: {n}"]), { n }),
    random.pick([`${n} is ${word}.`, word === "even" ? "Even." : "Odd."]),
  );
}

function countTo(world: World): ReturnType<typeof talk> {
  const { random } = world;
  const from = random.chance(0.6) ? 1 : random.int(2, 30);
  const to = from + random.int(3, 9);
  const isDown = random.chance(0.3);
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => (isDown ? to - index : from + index));
  const ask = isDown
    ? random.pick([`Count down from ${to} to ${from}.`, `Count backwards from ${to} to ${from}.`])
    : random.pick([
        `Count from ${from} to ${to}.`,
        `Write the numbers from ${from} to ${to}.`,
        ...(from === 1 ? [`Count to ${to}.`] : []),
      ]);
  return talk("count-to", ask, numbers.join(", "));
}

/** Instructions about numbers and order. */
export const numberKinds: readonly Kind[] = [
  { name: "sum", weight: 5, make: sum },
  { name: "word-problem", weight: 1.5, make: wordProblem },
  { name: "compare", weight: 2, make: compare },
  { name: "sequence", weight: 2, make: sequence },
  { name: "sort-numbers", weight: 1, make: sortNumbers },
  { name: "even-odd", weight: 0.5, make: evenOdd },
  { name: "count-to", weight: 1, make: countTo },
];
