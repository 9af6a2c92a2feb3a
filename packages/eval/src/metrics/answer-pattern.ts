import { lastBoxed } from "./latex-normal-form.ts";

/** How an answer is found in what a model wrote. */
export type AnswerPattern =
  /** The text as it is. */
  | "verbatim"
  /** The text without space around it. */
  | "whole"
  | "first-line"
  /** The content of the last `\boxed{…}`, which may hold braces. */
  | "boxed"
  /** The last fenced block, else the whole text. */
  | "fenced-code"
  /** First or last match; the first group that took part, else the whole match. */
  | { regex: RegExp; pick: "first" | "last" }
  /** The first of several that finds something. */
  | { anyOf: readonly AnswerPattern[] };

const fence = /```[\w+#-]*[ \t]*\r?\n([\s\S]*?)(?:\r?\n)?```/g;

/** The answer in a text, or null where the pattern finds none. */
export function extractAnswer(pattern: AnswerPattern, text: string): string | null {
  if (typeof pattern === "object") {
    if ("anyOf" in pattern) {
      for (const each of pattern.anyOf) {
        const found = extractAnswer(each, text);
        if (found !== null) return found;
      }
      return null;
    }
    return matchOne(pattern.regex, pattern.pick, text);
  }
  switch (pattern) {
    case "verbatim":
      return text;
    case "whole":
      return text.trim();
    case "first-line":
      return text.trim().split("\n", 1)[0]!.trim();
    case "boxed":
      return lastBoxed(text);
    case "fenced-code":
      return lastFenced(text);
    default:
      return pattern satisfies never;
  }
}

function matchOne(regex: RegExp, pick: "first" | "last", text: string): string | null {
  const flags = regex.flags.includes("g") ? regex.flags : `${regex.flags}g`;
  const matches = [...text.matchAll(new RegExp(regex.source, flags))];
  const match = pick === "first" ? matches[0] : matches.at(-1);
  if (match === undefined) return null;
  const group = match.slice(1).find((part) => part !== undefined && part !== "");
  return (match.length > 1 ? (group ?? "") : match[0]).trim();
}

function lastFenced(text: string): string {
  const blocks = [...text.matchAll(fence)];
  if (blocks.length > 0) return blocks.at(-1)![1]!;
  // A block that was opened in the prompt, or that generation ended in.
  const open = text.lastIndexOf("```");
  if (open === -1) return text;
  const before = text.slice(0, open);
  return before.trim() === "" ? text.slice(open).replace(/^```[\w+#-]*[ \t]*\r?\n?/, "") : before;
}
