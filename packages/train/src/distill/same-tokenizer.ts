import type { TuneModel } from "../tune/tune-model.ts";

/** Throws RangeError naming both models where a token is not the same: probabilities of one mean nothing to the other. */
export function checkSameTokenizer(
  teacher: Pick<TuneModel, "checkpoint" | "tokenizer">,
  student: Pick<TuneModel, "checkpoint" | "tokenizer">,
): void {
  const [a, b] = [teacher.tokenizer, student.tokenizer];
  const names = `The teacher ${teacher.checkpoint.name} and the student ${student.checkpoint.name} have different tokenizers`;
  const help =
    "learn from the teacher's answers instead (--kind answers), or take a student with its tokenizer";
  const count = Math.min(a.vocabSize, b.vocabSize);
  for (let id = 0; id < count; id++) {
    if (Buffer.compare(a.tokenBytes(id), b.tokenBytes(id)) === 0 && a.isSpecial(id) === b.isSpecial(id))
      continue;
    const [mine, its] = [JSON.stringify(a.decode([id])), JSON.stringify(b.decode([id]))];
    throw new RangeError(`${names}: token ${id} is ${mine} and ${its}; ${help}`);
  }
  if (a.vocabSize !== b.vocabSize)
    throw new RangeError(`${names}, of ${a.vocabSize} and ${b.vocabSize} tokens; ${help}`);
}
