import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../stats/random.ts";
import { cohenKappa, fleissKappa, raterAgreement } from "./agreement.ts";
import { type Duel, rateByBradleyTerry } from "./bradley-terry.ts";
import { isConsistent, measureBias, settle } from "./judge-bias.ts";

const near = (actual: number, expected: number, within = 1e-4): void =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);
const games = (left: string, right: string, wins: number, losses: number, ties = 0): Duel[] => [
  ...Array.from({ length: wins }, (): Duel => ({ left, right, winner: "left" })),
  ...Array.from({ length: losses }, (): Duel => ({ left, right, winner: "right" })),
  ...Array.from({ length: ties }, (): Duel => ({ left, right, winner: "tie" })),
];
const ratingOf = (duels: Duel[], prior = 0): Record<string, number> =>
  Object.fromEntries(
    rateByBradleyTerry(duels, { prior, numResamples: 2 }).map(({ name, rating }) => [name, rating]),
  );

test("rateByBradleyTerry finds the closed form of two players, ties as half wins", () => {
  const { a, b } = ratingOf(games("a", "b", 30, 10));
  near(a! - b!, 400 * Math.log10(3));
  near(a! + b!, 2000);
  const tied = ratingOf(games("a", "b", 25, 5, 10));
  near(tied["a"]! - tied["b"]!, a! - b!);
});

test("rateByBradleyTerry reaches strengths that explain every count, and the maximum of the likelihood", () => {
  // Counts as strengths 4, 2 and 1 expect them, whoever stands on the left.
  const exact = ratingOf([
    ...games("a", "b", 40, 20),
    ...games("c", "b", 20, 40),
    ...games("a", "c", 48, 12),
  ]);
  near(exact["a"]! - exact["b"]!, 400 * Math.log10(2));
  near(exact["b"]! - exact["c"]!, 400 * Math.log10(2));
  // Counts that no strengths explain: at the maximum the expected wins of each are those it has.
  const odd = ratingOf([...games("a", "b", 6, 4), ...games("b", "c", 7, 3), ...games("c", "a", 6, 4)]);
  const chance = (x: string, y: string): number => 1 / (1 + 10 ** ((odd[y]! - odd[x]!) / 400));
  near(10 * chance("a", "b") + 10 * chance("a", "c"), 10);
  near(10 * chance("b", "a") + 10 * chance("b", "c"), 11);
});

test("rateByBradleyTerry stays finite with its prior for who never lost and for groups that never met", () => {
  const rows = rateByBradleyTerry([...games("a", "b", 5, 0), ...games("c", "d", 0, 5)]);
  assert.deepEqual(
    rows.map(({ name, wins, losses }) => [name, wins, losses]),
    [
      ["a", 5, 0],
      ["d", 5, 0],
      ["b", 0, 5],
      ["c", 0, 5],
    ],
  );
  near(rows[0]!.rating, rows[1]!.rating);
  assert.ok(rows.every(({ rating }) => Number.isFinite(rating) && Math.abs(rating - 1000) < 800));
  assert.deepEqual(rateByBradleyTerry([]), []);
});

test("rateByBradleyTerry gives intervals by seed that cover the truth, narrower with more, whole pairs at a time", () => {
  const random = createRandom(5);
  const play = (count: number): Duel[] =>
    Array.from({ length: count }, () => ({
      left: "a",
      right: "b",
      winner: random() < 0.75 ? "left" : "right",
    }));
  const many = rateByBradleyTerry(play(400), { seed: 3 });
  const few = rateByBradleyTerry(play(40), { seed: 3 });
  const width = (rows: typeof many): number => rows[0]!.interval![1] - rows[0]!.interval![0];
  const truth = 1000 + 200 * Math.log10(3);
  assert.ok(many[0]!.interval![0] < truth && truth < many[0]!.interval![1]);
  assert.ok(width(many) < width(few));
  const repeated = play(40).flatMap((duel, at) =>
    Array.from({ length: 10 }, () => ({ ...duel, part: `p${at}` })),
  );
  const alone = repeated.map(({ part: _, ...duel }) => duel);
  assert.ok(width(rateByBradleyTerry(repeated)) > 2 * width(rateByBradleyTerry(alone)));
  assert.deepEqual(
    rateByBradleyTerry(repeated, { seed: 9, numResamples: 20 }),
    rateByBradleyTerry(repeated, { seed: 9, numResamples: 20 }),
  );
});

test("cohenKappa and fleissKappa give the values of the textbooks", () => {
  // Grants read by two: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no.
  const labels = (pairs: readonly (readonly [string, number])[]): string[] =>
    pairs.flatMap(([label, count]) => Array.from({ length: count }, () => label));
  const first = labels([
    ["y", 25],
    ["n", 25],
  ]);
  const second = labels([
    ["y", 20],
    ["n", 5],
    ["y", 10],
    ["n", 15],
  ]);
  near(cohenKappa(first, second)!, 0.4);
  assert.equal(cohenKappa(["a", "a"], ["a", "a"]), null);
  assert.throws(() => cohenKappa(["a"], []), /1 and 0/);
  // Fleiss (1971) as Wikipedia's worked example: ten items, fourteen raters, five labels.
  const counts = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
  ];
  near(fleissKappa(counts)!, 0.2099, 1e-4);
  assert.throws(() => fleissKappa([[1, 0]]), /at least two/);
});

test("raterAgreement looks at items that several labeled, for all and for each two", () => {
  const label = (item: string, rater: string, text: string) => ({ item, rater, label: text });
  const result = raterAgreement([
    label("1", "ann", "left"),
    label("1", "bob", "left"),
    label("2", "ann", "right"),
    label("2", "bob", "tie"),
    label("3", "ann", "left"),
    label("4", "cy", "left"),
  ]);
  assert.equal(result.numItems, 2);
  assert.equal(result.numRaters, 3);
  assert.equal(result.agreement, 0.5);
  assert.deepEqual(
    result.pairs.map(({ raters, numItems, agreement }) => ({ raters, numItems, agreement })),
    [{ raters: ["ann", "bob"], numItems: 2, agreement: 0.5 }],
  );
  near(result.pairs[0]!.kappa!, (0.5 - 0.25) / 0.75);
  assert.equal(raterAgreement([]).kappa, null);
});

test("settle takes what won in both orders and measureBias counts the rest", () => {
  assert.equal(settle({ straight: "first", swapped: "second" }), "left");
  assert.equal(settle({ straight: "second", swapped: "first" }), "right");
  assert.equal(settle({ straight: "first", swapped: "first" }), "tie");
  assert.equal(isConsistent({ straight: "tie", swapped: "tie" }), true);
  assert.equal(isConsistent({ straight: "tie", swapped: "first" }), false);
  const bias = measureBias([
    { straight: "first", swapped: "first" },
    { straight: "first", swapped: "second" },
    { straight: "second", swapped: "second" },
    { straight: "first", swapped: "first" },
  ]);
  assert.equal(bias.inconsistent!.value, 0.75);
  assert.equal(bias.prefersFirst, 0.5);
  assert.equal(bias.prefersSecond, 0.25);
  assert.equal(measureBias([]).inconsistent, null);
});
