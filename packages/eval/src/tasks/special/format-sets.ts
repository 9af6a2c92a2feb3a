import type { Row, Task } from "../../task.ts";
import { fieldError, filesOf, isRow, specialTask, textField, userPrompt } from "./special-task.ts";

/** Whether a text has a form; the argument is the record's. */
type FormatCheck = (text: string, args: Row) => boolean;

const unfenced = (text: string): string =>
  text
    .trim()
    .replace(/^```\w*\n([\s\S]*?)\n?```$/, "$1")
    .trim();

function parseJson(text: string): unknown {
  try {
    return JSON.parse(unfenced(text));
  } catch {
    return undefined;
  }
}

const linesOf = (text: string): string[] =>
  text
    .trim()
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");

const checks: Readonly<Record<string, FormatCheck>> = {
  json_keys(text, { keys }) {
    const value = parseJson(text);
    return isRow(value) && Object.keys(value).sort().join() === [...(keys as string[])].sort().join();
  },
  json_array(text, { length }) {
    const value = parseJson(text);
    return Array.isArray(value) && value.length === length;
  },
  csv(text, { columns, rows }) {
    const [head, ...body] = linesOf(unfenced(text));
    const width = (columns as string[]).length;
    const isRight = body.length === rows && body.every((line) => line.split(",").length === width);
    return (
      isRight &&
      head
        ?.split(",")
        .map((cell) => cell.trim())
        .join() === (columns as string[]).join()
    );
  },
  markdown_table(text, { columns, rows }) {
    const lines = linesOf(text).map((line) => line.trim());
    const width = (columns as string[]).length;
    const cells = (line: string): string[] =>
      line
        .replace(/^\||\|$/g, "")
        .split("|")
        .map((cell) => cell.trim());
    const isRuled = /^\|?(?:\s*:?-+:?\s*\|?)+$/.test(lines[1] ?? "");
    return (
      isRuled &&
      lines.length === (rows as number) + 2 &&
      cells(lines[0]!).join() === (columns as string[]).join() &&
      lines.slice(2).every((line) => cells(line).length === width)
    );
  },
  numbered_list(text, { length }) {
    const lines = linesOf(text);
    return lines.length === length && lines.every((line, at) => line.startsWith(`${at + 1}.`));
  },
  xml_tag(text, { tag }) {
    const body = text.trim();
    return body.startsWith(`<${tag}>`) && body.endsWith(`</${tag}>`) && body.split(`<${tag}>`).length === 2;
  },
  one_of: (text, { options }) => (options as string[]).includes(text.trim()),
  regex: (text, { pattern }) => new RegExp(`^(?:${pattern})$`, "su").test(text.trim()),
  lines: (text, { length }) => linesOf(text).length === length,
};

interface FormatItem {
  prompt: string;
  format: string;
  args: Row;
}

const name = "format_following";

/** Answers in a form that a rule checks. */
export const formatSets: readonly Task[] = [
  specialTask<FormatItem>({
    name,
    title: "Answers in an exact form: JSON, CSV, tables, lists, tags, patterns",
    kind: "generation",
    category: "steerability",
    languages: ["en"],
    source: filesOf("records {prompt, format, args} of your own in format_following/", "yours", [
      "format_following/*",
    ]),
    means: ["accuracy"],
    maxTokens: 512,
    parse(row) {
      const format = textField(name, row, "format");
      if (checks[format] === undefined)
        throw fieldError(name, "format", Object.keys(checks).join(", "), format);
      const args = row["args"] ?? {};
      if (!isRow(args)) throw fieldError(name, "args", "an object", args);
      return { prompt: textField(name, row, "prompt"), format, args };
    },
    prompt: ({ prompt }) => userPrompt(prompt),
    reference: () => null,
    grade: ({ format, args }, { text }) => ({
      scores: { accuracy: checks[format]!(text, args) ? 1 : 0 },
      answer: text,
      expected: `${format} ${JSON.stringify(args)}`,
    }),
  }),
];
