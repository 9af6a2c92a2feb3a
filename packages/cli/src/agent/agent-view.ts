import type { AgentEvent } from "@llamero/stack";
import { colorsFor } from "../terminal/colors.ts";
import { safeForTerminal } from "../terminal/safe-text.ts";

const shownLength = 300;

/** Where an agent is shown. */
export interface AgentStreams {
  output: NodeJS.WritableStream & { isTTY?: boolean };
  notes: NodeJS.WritableStream & { isTTY?: boolean };
}

/** Shows an agent at work: its steps on standard error, its words on standard output. */
export class AgentView {
  readonly #streams: AgentStreams;
  /** Words stand on the line, with no line break after them. */
  #isMidLine = false;
  #hasSaid = false;

  constructor({ output, notes }: AgentStreams = { output: process.stdout, notes: process.stderr }) {
    this.#streams = { output, notes };
  }

  show(event: AgentEvent): void {
    const { output, notes } = this.#streams;
    const { bold, cyan, dim, green, red, yellow } = colorsFor(notes);
    const note = (text: string): void => {
      this.endLine();
      const name = event.agent === undefined ? "" : dim(`${cut(event.agent)} `);
      notes.write(`${name}${text}\n`);
    };
    switch (event.type) {
      case "text": {
        const text = safeForTerminal(event.text);
        output.write(text);
        this.#isMidLine = !text.endsWith("\n");
        this.#hasSaid = true;
        break;
      }
      case "tools":
        note(
          event.error === null
            ? dim(
                `${event.server}: ${event.tools.length} tools, about ${event.tokens} tokens in every prompt`,
              )
            : red(cut(event.error)),
        );
        break;
      case "call":
        note(`${cyan(">")} ${bold(cut(event.name))}${inline(event.arguments)}`);
        break;
      case "result": {
        const time = dim(`${Math.round(event.ms)} ms`);
        const mark = event.failed ? red("x") : green("<");
        note(`${mark} ${cut(event.text).replaceAll("\n", "\n  ")} ${time}`);
        break;
      }
      case "approval":
        if (!event.approved) note(yellow(`${cut(event.name)} was not allowed`));
        break;
      case "done":
        this.endLine();
        if (!this.#hasSaid) note(dim("The model said nothing"));
        if (event.status === "incomplete") note(red(`Ended early: ${event.reason}`));
        break;
      default:
        event satisfies never;
    }
  }

  /** Ends a line of words that has no end yet. */
  endLine(): void {
    if (this.#isMidLine) this.#streams.output.write("\n");
    this.#isMidLine = false;
  }
}

/** Arguments of a call as `name: value`, or as they came where they are no object. */
export function shownArguments(text: string): [string, string][] {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return Object.entries(value).map(([name, each]) => [cut(name), cut(JSON.stringify(each))]);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return [["", cut(text)]];
}

const inline = (text: string): string =>
  shownArguments(text)
    .map(([name, value], at) => `${at === 0 ? "  " : ", "}${name === "" ? "" : `${name}: `}${value}`)
    .join("");

function cut(text: string): string {
  const safe = safeForTerminal(text);
  return safe.length <= shownLength ? safe : `${safe.slice(0, shownLength)}... (${safe.length} characters)`;
}
