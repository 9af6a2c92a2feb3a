import { objectOf } from "../json-form.ts";
import { DroppedError } from "../kind.ts";
import { judgePrompt } from "../prompts.ts";
import type { ItemTeacher } from "../teacher.ts";

const schema = objectOf({
  points: { type: "integer", minimum: 1, maximum: 10 },
  why: { type: "string", maxLength: 400 },
});

/** Points of a record, 1 to 10. Drops it below the threshold, and where the judge says nothing that counts. */
export async function judge(asked: ItemTeacher, conversation: string, minPoints: number): Promise<number> {
  let verdict: { points: number; why: string };
  try {
    verdict = await asked.askJson(judgePrompt(conversation), schema, { temperature: 0.1, maxTokens: 300 });
  } catch (error) {
    if (!(error instanceof DroppedError)) throw error;
    const detail = [error.message, error.detail].filter(Boolean).join(": ");
    throw new DroppedError("judge", "no usable points", { detail, text: conversation });
  }
  if (verdict.points >= minPoints) return verdict.points;
  throw new DroppedError("judge", "too few points", {
    detail: `${verdict.points} of 10: ${verdict.why}`,
    text: conversation,
  });
}
