import type { PreferencePair } from "../chat-data/conversation.ts";
import { isObject } from "../data/pipeline/fields.ts";
import { splitLines } from "../data/readers/lines.ts";
import { openBytes } from "../data/readers/open-bytes.ts";

/** How much better the chosen answer is; those in front are learned from (Llama 3 paper, 4.2.1). */
export const grades = ["significantly better", "better", "slightly better", "marginally better"] as const;

/** A grade by its name. */
export type Grade = (typeof grades)[number];

const lineLimit = 2 ** 26;

/** The grade of every line that has one, in `grade` or `meta.grade`, by `path:line`. Throws SyntaxError for others' words. */
export async function readGrades(paths: readonly string[]): Promise<ReadonlyMap<string, Grade>> {
  const found = new Map<string, Grade>();
  for (const path of paths)
    for await (const { number, body } of splitLines(openBytes(path), lineLimit)) {
      if (body === null) continue;
      const text = new TextDecoder().decode(body);
      if (!text.includes('"grade"')) continue;
      const record = JSON.parse(text) as unknown;
      if (!isObject(record)) continue;
      const given = record["grade"] ?? (isObject(record["meta"]) ? record["meta"]["grade"] : undefined);
      if (given === undefined) continue;
      const grade = grades.find((each) => each === String(given).toLowerCase().replaceAll("_", " "));
      if (grade === undefined)
        throw new SyntaxError(
          `${path}:${number}: grade is ${JSON.stringify(given)}; it is one of ${grades.join(", ")}`,
        );
      found.set(`${path}:${number}`, grade);
    }
  return found;
}

/** Pairs without a grade and those with one that is learned from, and how many are left out. */
export function keepGraded(
  pairs: readonly PreferencePair[],
  graded: ReadonlyMap<string, Grade>,
  wanted: readonly Grade[],
): { pairs: readonly PreferencePair[]; notes: readonly string[] } {
  const kept = pairs.filter(({ source }) => {
    const grade = graded.get(source);
    return grade === undefined || wanted.includes(grade);
  });
  const dropped = pairs.length - kept.length;
  if (dropped === 0) return { pairs: kept, notes: [] };
  const note = `${dropped} of ${pairs.length} pairs are not used, since their grade is none of ${wanted.join(", ")}`;
  if (kept.length === 0) throw new RangeError(`${note}; nothing is left to learn from`);
  return { pairs: kept, notes: [note] };
}
