import { UnsupportedTaskError } from "../../run/session.ts";
import type { Session } from "../../task.ts";
import { type Ask, userPrompt } from "./special-task.ts";

/** The judge of a set that cannot do without. Throws UnsupportedTaskError. */
export function requireJudge(set: string, session: Session): Ask {
  if (session.judge !== null) return session.judge;
  throw new UnsupportedTaskError(
    `Task ${set} is scored by a second model and none was given; name one as the judge`,
  );
}

/** A mark from 1 to 10 in a judge's answer: the last of the form [[7]], or null. */
export function findMark(text: string): number | null {
  const marks = [...text.matchAll(/\[\[(\d+(?:\.\d+)?)\]\]/g)].map((match) => Number(match[1]));
  const mark = marks.at(-1);
  return mark === undefined || mark < 1 || mark > 10 ? null : mark;
}

/** Asks a yes-or-no question; null where the answer is neither. */
export async function askYesNo(judge: Ask, question: string): Promise<boolean | null> {
  const { text } = await judge({
    prompt: userPrompt(`${question}\n\nAnswer with the single word yes or no.`),
    maxTokens: 8,
  });
  const word = /\p{L}+/u.exec(text)?.[0]?.toLowerCase();
  return word === "yes" ? true : word === "no" ? false : null;
}
