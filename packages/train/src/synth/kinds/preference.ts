import { findOtherLanguage } from "../filters/language.ts";
import { type Draft, DroppedError, type ItemContext, pick } from "../kind.ts";
import { documentQuestion, languageNames, solutionPrompt } from "../prompts.ts";
import type { PreferenceRule, SynthLanguage } from "../recipe.ts";
import { inventProblem, readProgram, runTests } from "./code.ts";
import { inventInstruction } from "./instructions.ts";
import { isSpan } from "./passages.ts";
import { askQuestion } from "./question-answer.ts";

/** A prompt and how its answers are told apart. */
interface Contest {
  /** What is asked, without how: near duplicates are told by it. */
  subject: string;
  prompt: string;
  /** The prompt without what the rule asks for: its answers mostly break it. Null: all are asked the same. */
  loosePrompt: string | null;
  holds(answer: string): boolean | Promise<boolean>;
  answerLanguage?: SynthLanguage;
  meta: Draft["meta"];
}

/** A form that can be asked for and checked. */
interface FormRule {
  name: string;
  ask: string;
  holds(answer: string): boolean;
}

const linesOf = (answer: string): string[] => answer.trim().split(/\n+/);
const numWords = (answer: string): number => answer.trim().split(/\s+/).length;

/** Forms of answers. */
export const formRules: readonly FormRule[] = [
  {
    name: "three-bullets",
    ask: 'Answer as exactly three lines, each beginning with "- ", and nothing else.',
    holds: (answer) => linesOf(answer).length === 3 && linesOf(answer).every((line) => /^- \S/.test(line)),
  },
  {
    name: "json-object",
    ask: 'Answer with one JSON object with the keys "answer" and "reason", both texts, and nothing else.',
    holds(answer) {
      try {
        const value: unknown = JSON.parse(answer);
        const isText = (key: string): boolean => typeof Reflect.get(Object(value), key) === "string";
        return Object.keys(Object(value)).length === 2 && isText("answer") && isText("reason");
      } catch {
        return false;
      }
    },
  },
  {
    name: "lower-case",
    ask: "Answer in lower case letters only.",
    holds: (answer) => answer === answer.toLowerCase() && /\p{Ll}/u.test(answer),
  },
  {
    name: "last-words",
    ask: "End your answer with the words: That is all.",
    holds: (answer) => /That is all\.\s*$/.test(answer),
  },
];

/** Lengths of answers. */
export const lengthRules: readonly FormRule[] = [
  { name: "40-words", ask: "Answer in at most 40 words.", holds: (answer) => numWords(answer) <= 40 },
  { name: "15-words", ask: "Answer in at most 15 words.", holds: (answer) => numWords(answer) <= 15 },
  { name: "120-words", ask: "Answer in at least 120 words.", holds: (answer) => numWords(answer) >= 120 },
];

async function contestOf(context: ItemContext, list: readonly FormRule[]): Promise<Contest> {
  const instruction = await inventInstruction(context);
  const { name, ask, holds } = pick(list, context.random);
  return {
    subject: instruction,
    prompt: `${instruction}\n\n${ask}`,
    loosePrompt: instruction,
    holds,
    meta: { form: name },
  };
}

const contests: Readonly<Record<PreferenceRule, (context: ItemContext) => Promise<Contest>>> = {
  format: (context) => contestOf(context, formRules),
  length: (context) => contestOf(context, lengthRules),
  async language(context) {
    const instruction = await inventInstruction(context);
    const others = (Object.keys(languageNames) as SynthLanguage[]).filter(
      (each) => each !== context.language,
    );
    const wanted = pick(others, context.random);
    return {
      subject: instruction,
      prompt: `${instruction}\n\nAnswer in ${languageNames[wanted]}.`,
      loosePrompt: instruction,
      // Too short to tell is no proof.
      holds: (answer) =>
        context.detector.detect(answer).language === wanted &&
        findOtherLanguage(context.detector, answer, wanted) === null,
      answerLanguage: wanted,
      meta: { answerLanguage: wanted },
    };
  },
  async execution(context) {
    const { text, programming, origin } = await inventProblem(context);
    const prompt = solutionPrompt(text, programming);
    const reference = readProgram(await context.teacher.ask(prompt, { temperature: 0 }));
    if (reference === null) throw new DroppedError("execution", "no program", { text });
    if ((await runTests(context.runCode, programming, reference)) !== null)
      throw new DroppedError("execution", "tests fail", { text: reference.tests });
    const { tests } = reference;
    return {
      subject: text,
      prompt: `${text}\n\nReply with one block of ${programming} code between lines of three backticks.`,
      loosePrompt: null,
      async holds(answer) {
        const solution = /```[^\n`]*\n([\s\S]*?)```/.exec(answer)?.[1] ?? answer;
        return (await runTests(context.runCode, programming, { solution, tests })) === null;
      },
      meta: { ...origin, programming, tests },
    };
  },
  async grounded(context) {
    const { passage, question } = await askQuestion(context);
    const ask = "Answer with words copied from the text, and nothing else.";
    return {
      subject: question,
      prompt: `${documentQuestion(passage.text, question)}\n\n${ask}`,
      loosePrompt: question,
      holds: (answer) => isSpan(answer, passage.text),
      meta: passage.origin,
    };
  },
};

/** A prompt with an answer that holds a rule and one that breaks it. */
export async function makePreference(context: ItemContext): Promise<Draft> {
  const { index, task, teacher } = context;
  const rule = task.rules[index % task.rules.length]!;
  const contest = await contests[rule](context);
  const { prompt, loosePrompt, holds } = contest;
  let chosen: string | null = null;
  let rejected: string | null = null;
  let first: string | null = null;
  for (let sample = 0; sample < task.samples && (chosen === null || rejected === null); sample++) {
    // Every second one is asked without the rule: a good model breaks it seldom otherwise.
    const isLoose = loosePrompt !== null && sample % 2 === 1;
    const answer = await teacher.ask(isLoose ? loosePrompt : prompt, { temperature: 1 });
    first ??= answer;
    if (await holds(answer)) chosen ??= answer;
    else rejected ??= answer;
  }
  const text = `${prompt}\n\n${first}`;
  if (chosen === null) throw new DroppedError("rules", `no answer holds the rule of ${rule}`, { text });
  if (rejected === null) throw new DroppedError("rules", `no answer breaks the rule of ${rule}`, { text });
  return {
    messages: [{ role: "user", content: prompt }],
    preference: { chosen, rejected },
    prompt: contest.subject,
    checksLanguage: false,
    ...(contest.answerLanguage && { answerLanguage: contest.answerLanguage }),
    meta: { rule, ...contest.meta },
  };
}
