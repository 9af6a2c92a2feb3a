import assert from "node:assert/strict";
import { test } from "node:test";
import { MixPlan } from "./mix-plan.ts";
import { cutDocuments, type DocumentRange, type PieceTable } from "./pieces.ts";

/** Documents of these lengths, one behind the other. */
function tableOf(lengths: readonly number[], length: number): PieceTable {
  const documents: DocumentRange[] = [];
  let at = 0;
  for (const size of lengths) {
    documents.push([at, at + size]);
    at += size;
  }
  return cutDocuments(documents, length);
}

const lengths = (seed: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => 2 + ((seed + i * 37) % 90));
const tables = new Map([
  ["a", tableOf(lengths(3, 60), 32)],
  ["b", tableOf(lengths(5, 20), 32)],
  ["c", tableOf(lengths(7, 9), 32)],
]);

test("cutDocuments cuts into even pieces that cover all targets once", () => {
  const { starts, rows, totalRows } = cutDocuments(
    [
      [0, 10],
      [10, 11],
      [11, 24],
    ],
    8,
  );
  assert.deepEqual([...starts], [0, 4, 11, 17]);
  assert.deepEqual([...rows], [4, 5, 6, 6]);
  assert.equal(totalRows, 21);
});

test("MixPlan keeps exact shares, goes through each source once per epoch, and repeats by step", () => {
  const shares = { a: 0.6, b: 0.3, c: 0.1 };
  const make = (): MixPlan => new MixPlan([{ from: 0, stage: 0, tables, shares }], () => 200, 1);
  const plan = make();
  const totals = plan.totals(50);
  const sum = [...totals.values()].reduce((all, { tokens }) => all + tokens, 0);
  assert.ok(Math.abs(sum - 50 * 200) <= 32, `${sum} tokens`);
  for (const [name, share] of Object.entries(shares))
    assert.ok(Math.abs(totals.get(name)!.tokens - share * sum) <= 64, `${name}: ${totals.get(name)!.tokens}`);
  const first = Array.from({ length: 50 }, (_, step) => plan.piecesOf(step))
    .flat()
    .filter(({ source, epoch }) => source === "c" && epoch === 0);
  assert.equal(new Set(first.map(({ start }) => start)).size, tables.get("c")!.starts.length);
  assert.deepEqual(make().piecesOf(37), plan.piecesOf(37), "a later step alone is the same");
});

test("MixPlan changes shares with the phase and goes on in each source", () => {
  const plan = new MixPlan(
    [
      { from: 0, stage: 0, tables, shares: { a: 1, b: 1 } },
      { from: 4, stage: 0, tables, shares: { c: 1 } },
      { from: 6, stage: 0, tables, shares: { a: 1 } },
    ],
    (step) => (step < 2 ? 64 : 128),
    1,
  );
  const sources = (step: number): string[] => [...new Set(plan.piecesOf(step).map(({ source }) => source))];
  assert.deepEqual([sources(3).sort(), sources(4), sources(6)], [["a", "b"], ["c"], ["a"]]);
  const taken = [0, 1, 2, 3, 6].flatMap((step) => plan.piecesOf(step)).filter(({ source }) => source === "a");
  assert.equal(new Set(taken.map(({ start }) => start)).size, taken.length);
});
