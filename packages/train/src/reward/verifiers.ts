import type { JsonValue, Message, ToolCall } from "@llamero/core";
import type { RunCode } from "@llamero/eval";
import { findBreach, findJson, type SimpleSchema } from "../synth/json-form.ts";

/** An answer, and what its prompt says of right ones (`expect` of a record of prompts). */
export interface Judged {
  prompt: readonly Message[];
  answer: string;
  toolCalls: readonly ToolCall[];
  expect: Readonly<Record<string, JsonValue>>;
}

/** 0 to 1, with the reason where it is not 1. */
export interface Verdict {
  score: number;
  why: string | null;
}

/** What verifiers may use. */
export interface VerifierMeans {
  runCode: RunCode | null;
  signal?: AbortSignal | undefined;
}

/** A reward that is computed from the answer, not learned. */
export interface Verifier {
  readonly kind: string;
  readonly usesCode: boolean;
  /** Whether the prompt says what the verifier needs. */
  applies(expect: Judged["expect"]): boolean;
  verify(judged: Judged, means: VerifierMeans): Verdict | Promise<Verdict>;
}

const right: Verdict = { score: 1, why: null };
const wrong = (why: string): Verdict => ({ score: 0, why });

const textOf = (value: JsonValue | undefined): string | null =>
  typeof value === "string" || typeof value === "number" ? String(value) : null;

/** Part of an answer that is compared. */
export type AnswerPart = "whole" | "last line" | "last number";

function partOf(answer: string, part: AnswerPart): string | null {
  if (part === "whole") return answer.trim();
  if (part === "last line") return answer.trim().split("\n").at(-1)!.trim();
  const numbers = answer.replace(/(?<=\d),(?=\d{3}\b)/g, "").match(/-?\d+(?:\.\d+)?/g);
  return numbers?.at(-1) ?? null;
}

/** The answer equals `answer`, or `expect.answer` of the prompt. */
export function exactAnswer(
  options: { answer?: string | null; part?: AnswerPart; ignoreCase?: boolean } = {},
): Verifier {
  const { answer = null, part = "whole", ignoreCase = false } = options;
  const normal = (text: string): string =>
    (ignoreCase ? text.toLowerCase() : text).replace(/\s+/g, " ").trim();
  return {
    kind: "exact",
    usesCode: false,
    applies: (expect) => answer !== null || textOf(expect["answer"]) !== null,
    verify({ answer: given, expect }) {
      const wanted = answer ?? textOf(expect["answer"])!;
      const found = partOf(given, part);
      if (found === null) return wrong("no number");
      const isSame =
        part === "last number" ? Number(found) === Number(wanted) : normal(found) === normal(wanted);
      return isSame ? right : wrong("another answer");
    },
  };
}

/** The answer matches a pattern, its own or `expect.pattern`. */
export function matchesPattern(options: { pattern?: string | null; flags?: string } = {}): Verifier {
  const { pattern = null, flags = "u" } = options;
  const own = pattern === null ? null : new RegExp(pattern, flags);
  return {
    kind: "regex",
    usesCode: false,
    applies: (expect) => own !== null || typeof expect["pattern"] === "string",
    verify({ answer, expect }) {
      const wanted = own ?? new RegExp(expect["pattern"] as string, flags);
      wanted.lastIndex = 0;
      return wanted.test(answer) ? right : wrong("pattern not matched");
    },
  };
}

/** The answer is JSON of a schema, its own or `expect.schema`. */
export function validJson(options: { schema?: SimpleSchema | null } = {}): Verifier {
  const { schema = null } = options;
  return {
    kind: "json",
    usesCode: false,
    applies: (expect) => schema !== null || typeof expect["schema"] === "object",
    verify({ answer, expect }) {
      const wanted = schema ?? checkSchema(expect["schema"]);
      const value = findJson(answer);
      const breach = value === undefined ? "no JSON" : findBreach(value, wanted);
      return breach === null ? right : wrong(value === undefined ? "no JSON" : "JSON of another form");
    },
  };
}

const schemaWords: ReadonlySet<string> = new Set(
  "type description properties required additionalProperties items minItems maxItems minimum maximum minLength maxLength enum".split(
    " ",
  ),
);

/** A schema of the words that are checked. Throws SyntaxError for others, which would be held by nobody. */
export function checkSchema(value: unknown, path = "schema"): SimpleSchema {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new SyntaxError(`${path} is ${JSON.stringify(value)}; it takes a JSON schema`);
  const table = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(table))
    if (!schemaWords.has(key))
      throw new SyntaxError(`${path}.${key} is not checked; it takes ${[...schemaWords].join(", ")}`);
  if (typeof table["type"] !== "string") throw new SyntaxError(`${path}.type is missing`);
  for (const [name, field] of Object.entries((table["properties"] ?? {}) as object))
    checkSchema(field, `${path}.properties.${name}`);
  if (table["items"] !== undefined) checkSchema(table["items"], `${path}.items`);
  return value as SimpleSchema;
}

/** The code of the answer passes `expect.tests`, which run behind it in the sandbox. */
export function passesTests(
  options: { language?: "python" | "javascript"; seconds?: number } = {},
): Verifier {
  const { language = "python", seconds = 10 } = options;
  return {
    kind: "tests",
    usesCode: true,
    applies: (expect) => typeof expect["tests"] === "string",
    async verify({ answer, expect }, { runCode, signal }) {
      if (runCode === null) throw new RangeError("Unit tests need the sandbox, and there is none here");
      const code = /```[a-z]*\s*\n([\s\S]*?)```/i.exec(answer)?.[1] ?? answer;
      const source = `${code}\n${expect["tests"] as string}\n`;
      const { ok, reason } = await runCode(language, source, { seconds, ...(signal && { signal }) });
      return ok ? right : wrong(reason === "error" ? "tests failed" : `tests ended by ${reason}`);
    },
  };
}

/** How long an answer may be. */
export interface LengthLimits {
  minWords?: number;
  maxWords?: number;
  minCharacters?: number;
  maxCharacters?: number;
}

/** The answer is neither too short nor too long. */
export function withinLength(limits: LengthLimits): Verifier {
  const { minWords = 0, maxWords = Infinity, minCharacters = 0, maxCharacters = Infinity } = limits;
  return {
    kind: "length",
    usesCode: false,
    applies: () => true,
    verify({ answer }) {
      const words = answer.split(/\s+/).filter((word) => word !== "").length;
      const characters = [...answer].length;
      if (words < minWords || characters < minCharacters) return wrong("too short");
      return words > maxWords || characters > maxCharacters ? wrong("too long") : right;
    },
  };
}

/** Rules of form by name: what is wrong with an answer, or null. */
export const formRules: Readonly<
  Record<string, (answer: string, prompt: readonly Message[]) => string | null>
> = {
  "not-empty": (answer) => (answer.trim() === "" ? "empty" : null),
  "ends-as-sentence": (answer) => (/[.!?…)"'”’`]\s*$/u.test(answer) ? null : "no end of a sentence"),
  "one-line": (answer) => (answer.trim().includes("\n") ? "more than one line" : null),
  "no-loop": (answer) => (hasLoop(answer) ? "a loop" : null),
  "no-echo": (answer, prompt) => {
    const question = plain(prompt.at(-1)?.content ?? "");
    return question !== "" && plain(answer).startsWith(question) ? "repeats the question" : null;
  },
  // "Yes." may well be said twice.
  "no-repeat": (answer, prompt) =>
    answer.trim().split(/\s+/).length >= 4 &&
    prompt.some(({ role, content }) => role === "assistant" && plain(content) === plain(answer))
      ? "said before"
      : null,
  "no-shouting": (answer) => (/!{2,}|\b[A-Z]{4,}(?:\s+[A-Z]{4,})+/u.test(answer) ? "shouts" : null),
};

const plain = (text: string): string => text.trim().toLowerCase();

/** Four words that come three times. */
function hasLoop(text: string): boolean {
  const words = text.toLowerCase().split(/\s+/);
  const counts = new Map<string, number>();
  for (let i = 0; i + 4 <= words.length; i++) {
    const key = words.slice(i, i + 4).join(" ");
    const count = (counts.get(key) ?? 0) + 1;
    if (count === 3) return true;
    counts.set(key, count);
  }
  return false;
}

/** The answer keeps rules of form. Throws RangeError for an unknown rule. */
export function keepsForm(rules: readonly string[]): Verifier {
  for (const rule of rules)
    if (!Object.hasOwn(formRules, rule))
      throw new RangeError(
        `There is no rule of form ${rule}; there are ${Object.keys(formRules).join(", ")}`,
      );
  return {
    kind: "form",
    usesCode: false,
    applies: () => true,
    verify({ answer, prompt }) {
      for (const rule of rules) {
        const breach = formRules[rule]!(answer, prompt);
        if (breach !== null) return wrong(breach);
      }
      return right;
    },
  };
}
