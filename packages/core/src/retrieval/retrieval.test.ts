import assert from "node:assert/strict";
import { test } from "node:test";
import { Bm25, fuseRankings, fuseWeighted, searchTerms } from "./bm25.ts";
import { chunkText, estimateTokens } from "./chunk-text.ts";
import { FlatIndex } from "./flat-index.ts";

/** Numbers from 0 to 1, the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const paragraph = "The llama grazes. It is a calm animal! Does it spit? Only when it must.";
const article = Array.from({ length: 8 }, (_, at) => `## Part ${at}\n\n${paragraph}\n\n${paragraph}\n`).join(
  "\n",
);

test("chunkText gives spans within the budget that together are the whole text", () => {
  const texts = [
    article,
    "x".repeat(5000),
    "a😀".repeat(400),
    "  one\n",
    "一二三。".repeat(300),
    "\n\n#  \n",
  ];
  for (const text of texts) {
    for (const maxTokens of [7, 40, 5000]) {
      const spans = chunkText(text, { maxTokens, overlapTokens: 0 });
      assert.equal(spans.map(({ start, end }) => text.slice(start, end)).join(""), text);
      for (const { start, end, numTokens } of spans) {
        assert.equal(numTokens, estimateTokens(text.slice(start, end)));
        assert.ok(numTokens <= maxTokens);
        assert.ok(!/\p{Surrogate}/u.test(text.slice(start, end)));
      }
    }
  }
  assert.deepEqual(chunkText(" \n ", { maxTokens: 5, overlapTokens: 0 }), []);
  assert.throws(() => chunkText("a", { maxTokens: 4, overlapTokens: 4 }), /from 0 to 3/);
});

test("chunkText repeats whole sentences up to the overlap and always gets on", () => {
  const spans = chunkText(article, { maxTokens: 40, overlapTokens: 12 });
  let numRepeated = 0;
  for (const [at, { start, end, numTokens }] of spans.entries()) {
    assert.ok(numTokens <= 40);
    const before = spans[at - 1];
    if (before === undefined) continue;
    assert.ok(start > before.start && start <= before.end && end > before.end);
    const repeated = article.slice(start, before.end);
    assert.ok(estimateTokens(repeated) <= 12);
    if (repeated !== "") numRepeated++;
  }
  assert.ok(numRepeated > 3);
});

test("Bm25 gives the scores that the formula gives by hand", () => {
  const index = new Bm25();
  index.add("a", "Llama llama cat");
  index.add("b", "dog");
  index.add("c", "gone");
  index.remove("c");
  // Two documents, one has the word twice: idf ln(1 + 1.5 / 1.5), average length 2, length 3.
  const wanted = Math.log(2) * ((2 * 2.2) / (2 + 1.2 * (0.25 + 0.75 * 1.5)));
  const [first, ...others] = index.search("LLAMA", 5);
  assert.equal(first?.id, "a");
  assert.ok(Math.abs(first.score - wanted) < 1e-12);
  assert.deepEqual(others, []);
  assert.deepEqual(index.search("gone", 5), []);
  assert.deepEqual(
    index.search("llama dog", 5, (id) => id === "b").map(({ id }) => id),
    ["b"],
  );
  index.add("a", "other");
  assert.deepEqual(index.search("llama", 5), []);
  assert.deepEqual(searchTerms("Été 東京都"), ["ete", "東京", "京都"]);
});

test("fuseRankings adds reciprocal ranks; first everywhere is 1", () => {
  const ranking = (ids: string): { id: string; score: number }[] => [...ids].map((id) => ({ id, score: 0 }));
  const fused = fuseRankings([ranking("ab"), ranking("ac")], 1);
  assert.deepEqual(
    fused.map(({ id, score }) => [id, score.toFixed(4)]),
    [
      ["a", "1.0000"],
      ["b", "0.3333"],
      ["c", "0.3333"],
    ],
  );
});

test("FlatIndex finds what sorting all vectors finds, after some were replaced and removed", () => {
  const next = random(7);
  const vector = (): number[] => Array.from({ length: 8 }, () => next() - 0.5);
  const index = new FlatIndex(8);
  const kept = new Map<string, number[]>();
  for (let at = 0; at < 300; at++) {
    const id = `v${Math.floor(next() * 150)}`;
    if (next() < 0.3) {
      index.remove(id);
      kept.delete(id);
    } else {
      const values = vector();
      index.add(id, values);
      kept.set(id, values);
    }
  }
  assert.equal(index.size, kept.size);
  const query = vector();
  const cosine = (values: number[]): number =>
    values.reduce((sum, value, at) => sum + value * query[at]!, 0) /
    Math.hypot(...values) /
    Math.hypot(...query);
  const accepts = (id: string): boolean => !id.endsWith("3");
  const sorted = [...kept].filter(([id]) => accepts(id)).sort((a, b) => cosine(b[1]) - cosine(a[1]));
  for (const limit of [0, 1, 10, 1000]) {
    const found = index.search(query, limit, accepts);
    assert.deepEqual(
      found.map(({ id }) => id),
      sorted.slice(0, limit).map(([id]) => id),
    );
    for (const { id, score } of found) assert.ok(Math.abs(score - cosine(kept.get(id)!)) < 1e-6);
  }
  assert.throws(() => index.add("x", [1]), /has 1 dimensions; the index has 8/);
  assert.throws(() => index.add("x", new Array(8).fill(Number.NaN)), /not finite/);
});

test("FlatIndex finds by i8 what f32 finds, also after changes and with a filter", () => {
  const next = random(9);
  const dimension = 20;
  const vectors = new Map<string, number[]>();
  const index = new FlatIndex(dimension);
  for (let at = 0; at < 3000; at++) {
    const vector = Array.from({ length: dimension }, () => next() - 0.5);
    vectors.set(`v${at}`, vector);
    index.add(`v${at}`, vector);
  }
  for (const id of ["v2999", "v7", "v1500"]) {
    vectors.delete(id);
    index.remove(id);
  }
  const cosine = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, at) => sum + value * b[at]!, 0) / Math.hypot(...a) / Math.hypot(...b);
  for (let trial = 0; trial < 4; trial++) {
    const query = Array.from({ length: dimension }, () => next() - 0.5);
    const accepts = (id: string): boolean => trial < 2 || id.endsWith("3");
    const wanted = [...vectors]
      .filter(([id]) => accepts(id))
      .map(([id, v]) => ({ id, score: cosine(query, v) }));
    wanted.sort((a, b) => b.score - a.score);
    const found = index.search(query, 12, accepts);
    assert.deepEqual(
      found.map(({ id }) => id),
      wanted.slice(0, 12).map(({ id }) => id),
    );
    assert.ok(Math.abs(found[0]!.score - wanted[0]!.score) < 1e-6);
  }
});

test("fuseWeighted spreads scores over 0 to 1 and weighs them", () => {
  const words = [
    { id: "a", score: 9 },
    { id: "b", score: 5 },
    { id: "c", score: 1 },
  ];
  const vectors = [
    { id: "c", score: 0.9 },
    { id: "a", score: 0.1 },
  ];
  assert.deepEqual(fuseWeighted([words, vectors], [1, 3]), [
    { id: "c", score: 0.75 },
    { id: "a", score: 0.25 },
    { id: "b", score: 0.125 },
  ]);
  assert.throws(() => fuseWeighted([words], [0]), /not all 0/);
});
