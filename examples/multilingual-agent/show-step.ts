import type { Step } from "./agent.ts";
import { languages } from "./languages.ts";

const paint =
  (code: number) =>
  (text: string): string =>
    `\x1b[${code}m${text}\x1b[0m`;
const bold = paint(1);
const dim = paint(2);
const red = paint(31);
const green = paint(32);
const yellow = paint(33);
const magenta = paint(35);
const cyan = paint(36);

/** The prompt of the terminal. */
export const prompt: string = `\n${bold(cyan("❯"))} `;

/** A step as lines of a terminal. */
export function showStep(step: Step): string {
  const line = (sign: string, name: string, text: string): string =>
    `  ${sign} ${name.padEnd(13)} ${safe(text)}\n`;
  switch (step.type) {
    case "language": {
      const { name } = languages[step.language];
      const how = step.confidence === null ? "not sure, as before" : `${Math.round(step.confidence * 100)} %`;
      return line(magenta("◆"), "language", `${name} (${how})`);
    }
    case "shield":
      return line(yellow("◆"), "shield", `${step.border}: ${step.reason}`);
    case "call":
      return line(cyan("▸"), step.name, step.arguments);
    case "result":
      return line(step.failed ? red("✗") : dim("↳"), "", step.text.slice(0, 300));
    case "approval":
      return step.approved ? "" : line(red("✗"), step.name, "refused");
    case "again":
      return line(yellow("↻"), "again", step.reason);
    case "answer": {
      const text = step.text === "" ? dim("(no answer)") : safe(step.text);
      const language = step.language === null ? "language not sure" : languages[step.language].name;
      return `\n${green("●")} ${text} ${dim(`(${language})`)}\n`;
    }
    default:
      return step satisfies never;
  }
}

/** Text of models and tools without what would steer the terminal. */
export const safe = (text: string): string =>
  text.replace(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, "");
