import { writeSpelledBytes } from "./byte-alphabet.ts";
import type { ListedMerges } from "./merges.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Adds a token spelled in the byte alphabet. */
export function commitSpelling(vocabulary: Vocabulary, id: number, spelling: string): void {
  const { blob, offset } = vocabulary.reserve(spelling.length);
  const end = writeSpelledBytes(spelling, 0, spelling.length, blob, offset);
  if (end < 0)
    throw new SyntaxError(
      `Token ${id} ${JSON.stringify(spelling)} is not spelled in the byte-level alphabet; only byte-level BPE is supported`,
    );
  vocabulary.commit(id, end, true);
}

let scratch = new Uint8Array(1024);

/** Appends the merge `left right`, spelled in the byte alphabet with `gap` the place of the space between. */
export function appendSpelledMerge(
  table: ListedMerges,
  vocabulary: Vocabulary,
  merge: string,
  gap: number,
): void {
  if (scratch.length < merge.length) scratch = new Uint8Array(merge.length * 2);
  const middle = gap > 0 ? writeSpelledBytes(merge, 0, gap, scratch, 0) : -1;
  const end = middle > 0 ? writeSpelledBytes(merge, gap + 1, merge.length, scratch, middle) : -1;
  const left = middle > 0 ? vocabulary.find(scratch, 0, middle) : -1;
  const right = end > middle ? vocabulary.find(scratch, middle, end) : -1;
  const result = left >= 0 && right >= 0 ? vocabulary.findJoined(left, right) : -1;
  if (result < 0)
    throw new SyntaxError(`Merge ${JSON.stringify(merge)} names a token that the vocabulary lacks`);
  table.append(left, right, result);
}
