import { bold, cyan, dim, green, magenta, red, safe, yellow } from "../paint.ts";
import type { Step } from "./agent.ts";
import { languages } from "./languages.ts";

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
