import assert from "node:assert/strict";
import { test } from "node:test";
import { PieceCounter } from "./count-pieces.ts";
import { type LearnedMerges, learnMerges } from "./learn-merges.ts";

function countPieces(texts: readonly string[], maxPieces?: number): PieceCounter {
  const counter = new PieceCounter(maxPieces);
  for (const text of texts) counter.add(text);
  return counter;
}

async function learn(texts: readonly string[], numMerges: number, minCount = 1): Promise<LearnedMerges> {
  return learnMerges(countPieces(texts), { numTokens: 256 + numMerges, minCount });
}

function spelled({ spellings, merges }: LearnedMerges): string[] {
  return merges.map(([left, right]) => `${spellings[left]} ${spellings[right]}`);
}

/** Byte-pair encoding that counts everything anew for each merge: slow, and plainly right. */
function learnSlowly(pieces: PieceCounter, numMerges: number, spellings: string[]): string[] {
  const ids = new Map(spellings.slice(0, 256).map((spelling, id) => [spelling, id]));
  const latin = (byte: number): string => spellings.find((s) => s.length === 1 && byteOf(s) === byte)!;
  const byteOf = (s: string): number => {
    const code = s.charCodeAt(0);
    return code < 0x100 ? code : code - 0x100 < 33 ? code - 0x100 : -1;
  };
  const words = Array.from({ length: pieces.numPieces }, (_, i) => ({
    count: pieces.counts[i]!,
    parts: [...pieces.blob.subarray(pieces.starts[i]!, pieces.starts[i]! + pieces.lengths[i]!)].map(latin),
  }));
  const merges: string[] = [];
  for (let n = 0; n < numMerges; n++) {
    const counts = new Map<string, number>();
    for (const { count, parts } of words)
      for (let i = 0; i + 1 < parts.length; i++) {
        const pair = `${parts[i]} ${parts[i + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + count);
      }
    const key = (pair: string): [number, number] => {
      const [left, right] = pair.split(" ");
      return [ids.get(left!)!, ids.get(right!)!];
    };
    const [best] = [...counts].sort(([a, aCount], [b, bCount]) => {
      const [aLeft, aRight] = key(a);
      const [bLeft, bRight] = key(b);
      return bCount - aCount || aLeft - bLeft || aRight - bRight;
    });
    const [left, right] = best![0].split(" ") as [string, string];
    merges.push(best![0]);
    if (!ids.has(left + right)) ids.set(left + right, ids.size);
    for (const word of words)
      for (let i = 0; i + 1 < word.parts.length; i++)
        if (word.parts[i] === left && word.parts[i + 1] === right) word.parts.splice(i, 2, left + right);
  }
  return merges;
}

test("learnMerges merges the most frequent pair first", async () => {
  // Pieces: "low" 1, " low" 4, " lower" 2, " newest" 6, " widest" 3 (the example of Sennrich et al., with spaces).
  const text = ["low low low low low", "lower lower", "newest ".repeat(6), "widest widest widest"].join(" ");
  const learned = await learn([text.replace(/ +/g, " ").trim()], 4);
  // es 9, then (es t) 9, (l o) 7, (lo w) 7; ties go to the lower ids: e s before s t.
  assert.deepEqual(spelled(learned), ["e s", "es t", "l o", "lo w"]);
  assert.equal(learned.spellings[256], "es");
});

test("learnMerges breaks ties by the lower ids", async () => {
  assert.deepEqual(spelled(await learn(["zy xw ab"], 1)), ["a b"]);
  assert.deepEqual(spelled(await learn(["ad ac"], 1)), ["a c"]);
});

test("learnMerges merges a run from the left", async () => {
  assert.deepEqual(spelled(await learn(["aaaaa"], 2)), ["a a", "aa a"]);
});

test("learnMerges ends where no pair is frequent enough", async () => {
  const learned = await learn(["abc ab"], 10, 2);
  assert.deepEqual(spelled(learned), ["a b"]);
});

test("learnMerges equals counting anew on texts with runs and repeats", async () => {
  let state = 7;
  const next = (bound: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % bound;
  };
  for (let round = 0; round < 12; round++) {
    const letters = round % 2 === 0 ? "ab" : "abcde";
    const text = Array.from({ length: 60 }, () =>
      Array.from({ length: 1 + next(9) }, () => letters[next(letters.length)]).join(""),
    ).join(" ");
    const pieces = countPieces([text]);
    const learned = await learnMerges(pieces, { numTokens: 256 + 25, minCount: 1 });
    assert.deepEqual(
      spelled(learned),
      learnSlowly(pieces, learned.merges.length, learned.spellings),
      `round ${round}`,
    );
  }
});

test("learnMerges stops when it is told to", async () => {
  const signal = AbortSignal.abort();
  const texts = Array.from({ length: 3000 }, (_, i) => `w${i * 7919} x${i * 104_729}`.repeat(3));
  await assert.rejects(
    learnMerges(countPieces(texts), { numTokens: 100_000, minCount: 1, signal }),
    /abort/i,
  );
});

test("PieceCounter cuts texts at names of special tokens", () => {
  const counter = countPieces(["x<|eot_id|>y"]);
  const pieces = Array.from({ length: counter.numPieces }, (_, i) =>
    Buffer.from(
      counter.blob.subarray(counter.starts[i]!, counter.starts[i]! + counter.lengths[i]!),
    ).toString(),
  );
  assert.deepEqual(pieces, ["x", "y"]);
});

test("PieceCounter forgets the rarest pieces and keeps exact counts of the frequent ones", () => {
  const counter = new PieceCounter(100);
  for (let i = 0; i < 500; i++)
    counter.add(
      `the q${"abcdefghij"[i % 10]}${"klmnopqrst"[Math.floor(i / 10) % 10]}${"uvwxy"[Math.floor(i / 100)]}`,
    );
  assert.ok(counter.numPieces <= 100);
  assert.ok(counter.numForgotten > 300);
  const index = Array.from({ length: counter.numPieces }, (_, i) => i).find(
    (i) => counter.lengths[i] === 3 && counter.blob[counter.starts[i]!] === 0x74,
  );
  assert.equal(counter.counts[index!], 500);
});

test("PieceCounter counts a weight as that many occurrences", () => {
  const counter = new PieceCounter();
  counter.add("a", 2.5);
  counter.add("a", 0.25);
  assert.deepEqual([counter.numPieces, counter.counts[0]], [1, 2.75]);
});
