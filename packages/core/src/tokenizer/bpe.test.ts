import assert from "node:assert/strict";
import { test } from "node:test";
import { BytePairEncoder } from "./bpe.ts";
import { createRandom } from "./fake-vocabulary.ts";
import { ListedMerges, type MergeTable, VocabularyMerges } from "./merges.ts";
import { Vocabulary } from "./vocabulary.ts";

/** Vocabulary of all bytes and the words given, ids 256 onwards. */
function vocabularyOf(words: readonly string[]): Vocabulary {
  const vocabulary = new Vocabulary(256 + words.length, 0);
  for (let byte = 0; byte < 256; byte++) vocabulary.add(byte, Uint8Array.of(byte), true);
  for (const [i, word] of words.entries()) vocabulary.add(256 + i, new TextEncoder().encode(word), true);
  return vocabulary;
}

function encode(encoder: BytePairEncoder, text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  const ids: number[] = [];
  encoder.encodePiece(bytes, 0, bytes.length, ids);
  return ids;
}

/** The rule itself: merge the lowest-ranked pair, the leftmost on ties, until none is left. */
function mergeByDefinition(table: MergeTable, text: string): number[] {
  const ids = [...new TextEncoder().encode(text)];
  for (;;) {
    let best = -1;
    for (let i = 0; i + 1 < ids.length; i++) {
      const rank = table.rank(ids[i]!, ids[i + 1]!);
      if (rank >= 0 && (best < 0 || rank < table.rank(ids[best]!, ids[best + 1]!))) best = i;
    }
    if (best < 0) return ids;
    ids.splice(best, 2, table.result(table.rank(ids[best]!, ids[best + 1]!)));
  }
}

const words = ["ab", "ba", "aa", "bb", "aab", "abab", "aba", "bbb", "aaaa", "abba", "ababab", "bbaa"];

test("BytePairEncoder merges short and long pieces by the definition", () => {
  const vocabulary = vocabularyOf(words);
  const table = new VocabularyMerges(vocabulary);
  const encoder = new BytePairEncoder(vocabulary, table, { ignoreMerges: false });
  const random = createRandom(5);
  for (let i = 0; i < 600; i++) {
    const text = Array.from({ length: 1 + random(120) }, () => "aabbc"[random(5)]!).join("");
    const expected = mergeByDefinition(table, text);
    assert.deepEqual(encode(encoder, text), expected, text);
    assert.deepEqual(encode(encoder, text), expected, `${text} from the cache`);
  }
});

test("BytePairEncoder stays exact when its cache overflows", () => {
  const vocabulary = vocabularyOf(words);
  const table = new VocabularyMerges(vocabulary);
  const encoder = new BytePairEncoder(vocabulary, table, { ignoreMerges: false });
  for (let i = 0; i < 60_000; i++) encode(encoder, `ab${i}aab`);
  for (let i = 0; i < 60_000; i += 997)
    assert.deepEqual(encode(encoder, `ab${i}aab`), mergeByDefinition(table, `ab${i}aab`));
});

test("BytePairEncoder takes a number of rank look-ups linear in a 1 MB word", () => {
  const vocabulary = vocabularyOf(words);
  const encoder = new BytePairEncoder(vocabulary, new VocabularyMerges(vocabulary), { ignoreMerges: false });
  for (const unit of ["a", "ab", "abcba"]) {
    const text = unit.repeat(1_000_000 / unit.length);
    const before = encoder.numRankLookups;
    const ids = encode(encoder, text);
    const numMerges = text.length - ids.length;
    // One look-up per pair at the start and two per merge.
    assert.ok(encoder.numRankLookups - before <= text.length + 2 * numMerges, unit);
    assert.equal(Buffer.concat(ids.map((id) => vocabulary.bytesOf(id))).toString(), text);
  }
});

test("BytePairEncoder emits a whole-piece token at once only with ignoreMerges", () => {
  const vocabulary = vocabularyOf(["xyz"]);
  const table = new ListedMerges(0);
  assert.deepEqual(encode(new BytePairEncoder(vocabulary, table, { ignoreMerges: true }), "xyz"), [256]);
  assert.deepEqual(
    encode(new BytePairEncoder(vocabulary, table, { ignoreMerges: false }), "xyz"),
    [120, 121, 122],
  );
});

test("BytePairEncoder leaves out bytes without a token and names them", () => {
  const vocabulary = new Vocabulary(2, 0);
  vocabulary.add(0, Uint8Array.of(97), true);
  vocabulary.add(1, Uint8Array.of(98), true);
  const encoder = new BytePairEncoder(vocabulary, new ListedMerges(0), { ignoreMerges: false });
  assert.deepEqual(encode(encoder, "a"), [0]);
  assert.deepEqual(encode(encoder, "acb"), [0, 1]);
  assert.deepEqual(encode(encoder, "c".repeat(100)), []);
  assert.equal(encoder.missingBytes.length, 254);
});
