import type { Message } from "@llamero/core";
import type { RunCode } from "@llamero/eval";
import { type Draft, DroppedError, type ItemContext, pick } from "../kind.ts";
import { problemPrompt, revisionPrompt, solutionPrompt, topics } from "../prompts.ts";
import type { ProgrammingLanguage } from "../recipe.ts";
import { originOf } from "./passages.ts";

const maxSnippetLines = 15;
const maxErrorCharacters = 1200;
const seconds = 10;

/** A solution with its tests. */
export interface Program {
  solution: string;
  tests: string;
}

/** A problem to be solved by a program. */
export interface Problem {
  text: string;
  programming: ProgrammingLanguage;
  origin: Draft["meta"];
}

/** The two blocks of an answer; null where there are none. */
export function readProgram(answer: string): Program | null {
  const blocks = [...answer.matchAll(/```[^\n`]*\n([\s\S]*?)```/g)].map((match) => match[1]!.trim());
  const [solution, tests] = blocks;
  if (solution === undefined || solution === "" || tests === undefined) return null;
  return /\bassert/.test(tests) ? { solution, tests } : null;
}

/** QuickJS has no assert. */
const prelude: Readonly<Record<ProgrammingLanguage, string>> = {
  javascript:
    'function assert(isTrue, message) { if (!isTrue) throw new Error(message ?? "assertion failed"); }\n',
  python: "",
};

/** Runs tests; null where they pass, else the error. */
export async function runTests(
  runCode: RunCode,
  programming: ProgrammingLanguage,
  { solution, tests }: Program,
): Promise<string | null> {
  const code = `${prelude[programming]}${solution}\n\n${tests}\n`;
  const { ok, stderr, reason } = await runCode(programming, code, { seconds });
  if (ok) return null;
  if (reason === "error" || reason === "done")
    return stderr.trim().slice(-maxErrorCharacters) || "The program ended early";
  return `Stopped: the limit of ${reason} was met`;
}

/** Asks for a problem, inspired by a piece of code where the task has some. */
export async function inventProblem(context: ItemContext): Promise<Problem> {
  const { documents, language, random, task, teacher } = context;
  const programming = pick(task.programming, random);
  const document = documents.length === 0 ? null : pick(documents, random);
  const snippet = document === null ? null : drawLines(document.text, random);
  const text = await teacher.ask(
    problemPrompt(snippet, { programming, language, topic: pick(topics, random) }),
    {
      maxTokens: 500,
    },
  );
  return { text, programming, origin: document === null ? {} : originOf(document) };
}

/** A problem and a program that passes its own tests, after corrections if need be. */
export async function makeCode(context: ItemContext): Promise<Draft> {
  const { runCode, task, teacher } = context;
  const problem = await inventProblem(context);
  const { programming } = problem;
  const asked: Message[] = [{ role: "user", content: solutionPrompt(problem.text, programming) }];
  const kept: Message[] = [{ role: "user", content: problem.text }];
  for (let round = 0; ; round++) {
    const answer = await teacher.ask(asked);
    const program = readProgram(answer);
    const error =
      program === null
        ? "There are not two blocks of code, of which the second has tests"
        : await runTests(runCode, programming, program);
    if (error === null) {
      await refuseEmptyTests(runCode, programming, program!);
      kept.push({ role: "assistant", content: fence(program!.solution, programming) });
      const meta = { ...problem.origin, programming, tests: program!.tests, rounds: round };
      return { messages: kept, prompt: problem.text, checksLanguage: false, meta };
    }
    if (round === task.rounds)
      throw new DroppedError("execution", program === null ? "no program" : "tests fail", {
        detail: error.slice(-200),
        text: `${problem.text}\n\n${answer}`,
      });
    const feedback = revisionPrompt(error);
    asked.push({ role: "assistant", content: answer }, { role: "user", content: feedback });
    if (program !== null)
      kept.push(
        { role: "assistant", content: fence(program.solution, programming), trainable: false },
        { role: "user", content: `Running it failed:\n${error}` },
      );
  }
}

/** Drops a program whose tests pass without it: they prove nothing. */
async function refuseEmptyTests(
  runCode: RunCode,
  programming: ProgrammingLanguage,
  program: Program,
): Promise<void> {
  if ((await runTests(runCode, programming, { ...program, solution: "" })) !== null) return;
  throw new DroppedError("execution", "tests pass without the program", { text: program.tests });
}

/** A block of code. */
export function fence(code: string, programming: string): string {
  return `\`\`\`${programming}\n${code}\n\`\`\``;
}

function drawLines(text: string, random: () => number): string {
  const lines = text.split("\n");
  const count = Math.min(lines.length, 1 + Math.floor(random() * maxSnippetLines));
  const from = Math.floor(random() * (lines.length - count + 1));
  return lines
    .slice(from, from + count)
    .join("\n")
    .slice(0, 2000);
}
