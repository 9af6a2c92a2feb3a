import type { AnswerCache, Generator, RunCode } from "@llamero/eval";
import { createRandom, digestOf } from "@llamero/eval";
import type { Document, Json } from "../data/document.ts";
import type { LanguageDetector } from "../data/language/detector.ts";
import { judge } from "./filters/judge.ts";
import { findOtherLanguage } from "./filters/language.ts";
import { findRuleHit } from "./filters/rules.ts";
import { type Draft, DroppedError, type ItemContext } from "./kind.ts";
import { synthKinds } from "./kinds/kinds.ts";
import { transcript } from "./kinds/tools.ts";
import type { TeacherLicense } from "./license/teacher-license.ts";
import type { SynthRecipe, SynthTask } from "./recipe.ts";
import { type ItemOutcome, type SynthRecord, toHfMessage, toHfTool } from "./records.ts";
import { createItemTeacher } from "./teacher.ts";

/** A model with its known answers. */
export interface CachedTeacher {
  generator: Generator;
  cache: AnswerCache;
}

/** What all items of a run share. */
export interface ItemMaker {
  recipe: SynthRecipe;
  license: TeacherLicense;
  teacher: CachedTeacher;
  judge: CachedTeacher;
  detector: LanguageDetector;
  runCode: RunCode;
  signal: AbortSignal;
}

/** Makes one record, or says why there is none. Throws what a second try may change: the teacher was not there. */
export async function makeItem(
  maker: ItemMaker,
  task: SynthTask,
  index: number,
  { documents, earlier }: { documents: readonly Document[]; earlier: readonly string[] },
): Promise<ItemOutcome> {
  const { recipe, detector, runCode, signal } = maker;
  const item = `${task.name}/${index}`;
  const seed = Number.parseInt(digestOf([recipe.seed, item]).slice(0, 8), 16) >>> 1;
  const language = task.languages[index % task.languages.length]!;
  const options = { sampling: recipe.sampling, seconds: recipe.teacher.seconds, signal };
  const context: ItemContext = {
    index,
    task,
    language,
    random: createRandom(seed),
    teacher: createItemTeacher(maker.teacher.generator, maker.teacher.cache, seed, options),
    documents,
    earlier,
    detector,
    filters: recipe.filters,
    runCode,
  };
  try {
    const draft = await synthKinds[task.kind](context);
    const text = textOf(draft);
    checkDraft(draft, context, text);
    const { minPoints } = recipe.filters;
    const points =
      minPoints === null
        ? {}
        : {
            points: await judge(
              createItemTeacher(maker.judge.generator, maker.judge.cache, seed, options),
              judgedText(draft),
              minPoints,
            ),
          };
    const { meta } = draft;
    const all = {
      ...metaOf(maker, task, item, seed),
      language: draft.answerLanguage ?? language,
      ...meta,
      ...points,
    };
    return { item, status: "made", prompt: draft.prompt, text, record: recordOf(draft, all) };
  } catch (error) {
    if (!(error instanceof DroppedError)) throw error;
    const { stage, message: reason, detail, text } = error;
    return { item, status: "dropped", stage, reason, detail, text: text.slice(0, 2000) };
  }
}

function metaOf(
  { recipe, license }: ItemMaker,
  task: SynthTask,
  item: string,
  seed: number,
): Readonly<Record<string, Json>> {
  const sourceLicense = task.source === null ? {} : { sourceLicense: task.source.license };
  return {
    id: item,
    kind: task.kind,
    seed,
    teacher: license.teacher,
    license: license.license,
    ...sourceLicense,
    ...(license.duty && { modelName: recipe.modelName, notice: license.duty.notice }),
  };
}

function answersOf({ messages, preference }: Draft): string[] {
  if (preference !== undefined) return [preference.chosen, preference.rejected];
  return messages.flatMap((message) =>
    message.role === "assistant" && message.trainable !== false && message.content !== ""
      ? [message.content]
      : [],
  );
}

function textOf(draft: Draft): string {
  return [draft.prompt, ...answersOf(draft)].join("\n\n");
}

/** What a judge reads: of a preference, the better answer. */
function judgedText({ messages, preference }: Draft): string {
  if (preference === undefined) return transcript(messages);
  return transcript([...messages, { role: "assistant", content: preference.chosen }]);
}

/** Rules on prompt and answers, and their languages. */
function checkDraft(draft: Draft, { detector, filters, language }: ItemContext, text: string): void {
  const { prompt, preference, checksLanguage, answerLanguage = language } = draft;
  // A rejected answer may break every rule but that of being an answer.
  const answers = preference === undefined ? answersOf(draft) : [preference.chosen];
  for (const answer of answers) {
    const hit = findRuleHit({ prompt, answer }, filters);
    if (hit !== null) throw new DroppedError(hit.stage, hit.reason, { detail: hit.detail, text });
  }
  if (!checksLanguage) return;
  const wrong = (what: string, other: string, wanted: string): DroppedError =>
    new DroppedError("rules", `${what} in another language`, {
      detail: `${other} instead of ${wanted}`,
      text,
    });
  const other = findOtherLanguage(detector, prompt, language);
  if (other !== null) throw wrong("prompt", other, language);
  for (const answer of answers) {
    const found = findOtherLanguage(detector, answer, answerLanguage);
    if (found !== null) throw wrong("answer", found, answerLanguage);
  }
}

function recordOf({ messages, tools, preference }: Draft, meta: SynthRecord["meta"]): SynthRecord {
  const hf = messages.map(toHfMessage);
  const answer = (content: string) => [toHfMessage({ role: "assistant", content })];
  return {
    ...(preference === undefined
      ? { messages: hf }
      : { prompt: hf, chosen: answer(preference.chosen), rejected: answer(preference.rejected) }),
    ...(tools && { tools: tools.map(toHfTool) }),
    meta,
  };
}
