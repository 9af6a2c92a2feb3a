import { createInterface, type Interface } from "node:readline";
import { colorsFor } from "../terminal/colors.ts";
import { safeForTerminal } from "../terminal/safe-text.ts";
import { type AgentStreams, shownArguments } from "./agent-view.ts";

/** A call that somebody has to agree to. */
export interface AskedCall {
  server_label: string;
  name: string;
  arguments: string;
}

export interface AskApprovalOptions {
  input: NodeJS.ReadableStream;
  notes: AgentStreams["notes"];
  /** Ctrl-C while the terminal is read. */
  onInterrupt: () => void;
}

/** Asks in the terminal whether calls may run: y, n, or a for every further call of the tool. The end of input is no. */
export class AskApproval {
  readonly #options: AskApprovalOptions;
  readonly #always = new Set<string>();
  readonly #lines: string[] = [];
  #readline: Interface | null = null;
  #isOver = false;
  #wake: () => void = () => {};

  constructor(options: AskApprovalOptions) {
    this.#options = options;
  }

  async ask(call: AskedCall): Promise<boolean> {
    const { notes } = this.#options;
    const tool = `${call.server_label}.${call.name}`;
    if (this.#always.has(tool)) return true;
    const { bold, dim, yellow } = colorsFor(notes);
    const args = shownArguments(call.arguments);
    const width = Math.max(0, ...args.map(([name]) => name.length));
    const lines = args.map(([name, value]) => `    ${dim(name.padEnd(width))}  ${value}`);
    notes.write(`${[`${yellow("?")} ${bold(safeForTerminal(tool))} wants to run`, ...lines].join("\n")}\n`);
    for (;;) {
      const line = await this.#question(
        `  Run it? [y]es, [N]o, [a]lways for ${safeForTerminal(call.name)}: `,
      );
      const word = line?.trim().toLowerCase() ?? "";
      if (/^(y|yes)$/.test(word)) return true;
      if (/^(|n|no)$/.test(word)) return false;
      if (!/^(a|always)$/.test(word)) continue;
      this.#always.add(tool);
      return true;
    }
  }

  /** A line of the user; null where there is none any more. */
  async #question(text: string): Promise<string | null> {
    const { input, notes, onInterrupt } = this.#options;
    if (this.#readline === null) {
      this.#readline = createInterface({ input, output: notes });
      this.#readline.on("line", (line) => {
        this.#lines.push(line);
        this.#wake();
      });
      this.#readline.on("close", () => {
        this.#isOver = true;
        this.#wake();
      });
      this.#readline.on("SIGINT", () => {
        notes.write("\n");
        onInterrupt();
        this.#readline?.close();
      });
    }
    if (this.#isOver) notes.write(`${text}\n`);
    else {
      this.#readline.setPrompt(text);
      this.#readline.prompt();
    }
    while (this.#lines.length === 0 && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.#lines.shift() ?? null;
  }

  [Symbol.dispose](): void {
    this.#readline?.close();
  }
}
