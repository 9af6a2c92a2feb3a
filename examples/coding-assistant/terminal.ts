import { createInterface, type Interface } from "node:readline";
import { bold, cyan, dim, green, type Paint, red, safe, yellow } from "../paint.ts";
import type { AssistantEvent, Question } from "./assistant.ts";

const signColors: Readonly<Record<string, Paint>> = { "+": green, "-": red, "@": cyan };

/** Shows what happens and reads what the user says. */
export class Terminal {
  readonly #write: (text: string) => void;
  readonly #input: Interface;
  readonly #lines: AsyncIterator<string>;
  /** Text of the model was written last, and its line is open. */
  #isSpeaking = false;

  constructor(input: NodeJS.ReadableStream, write: (text: string) => void) {
    this.#write = write;
    this.#input = createInterface({ input });
    this.#lines = this.#input[Symbol.asyncIterator]();
  }

  close(): void {
    this.#input.close();
  }

  /** A line of the user; null at the end of input. */
  async read(prompt: string): Promise<string | null> {
    this.#write(prompt);
    const { value, done } = await this.#lines.next();
    return done === true ? null : value;
  }

  /** The next task; null at the end. */
  readTask(): Promise<string | null> {
    return this.read(`\n${bold(cyan("❯"))} `);
  }

  welcome(model: string, folder: string): void {
    this.#write(`${bold("Coding assistant")} ${dim(`· ${model} · ${folder}`)}\n`);
    this.#write(`${dim("Say what to do. Ctrl-C stops what is running, Ctrl-D ends.")}\n`);
  }

  error(error: unknown): void {
    this.#line(red(`✗ ${safe(error instanceof Error ? error.message : String(error))}`));
  }

  /** Shows a diff or a command; only "y" agrees. */
  async ask(question: Question): Promise<boolean> {
    const isEdit = question.kind === "edit";
    const subject = isEdit ? question.edit.path : question.command;
    this.#line(`\n${yellow("┌")} ${bold(isEdit ? "Edit" : "Run")} ${safe(subject)}`);
    // The names of the file are in the line above.
    const lines = isEdit ? question.edit.diff.trimEnd().split("\n").slice(2) : [];
    for (const line of lines) {
      const color = signColors[line[0] ?? ""] ?? dim;
      this.#line(`${yellow("│")} ${color(safe(line))}`);
    }
    for (const warning of isEdit ? question.warnings : [])
      this.#line(`${yellow("│")} ${red(`⚠ ${safe(warning)}`)}`);
    const answer = await this.read(
      `${yellow("└")} ${isEdit ? "Make this change" : "Run it"}? ${dim("[y/N]")} `,
    );
    return answer?.trim().toLowerCase() === "y";
  }

  show(event: AssistantEvent): void {
    switch (event.type) {
      case "text":
        if (!this.#isSpeaking) this.#write(`\n${green("●")} `);
        this.#isSpeaking = true;
        this.#write(safe(event.text));
        break;
      case "call":
        this.#line(`\n${cyan("▸")} ${bold(safe(event.name))} ${dim(subject(event.arguments))}`);
        break;
      case "result": {
        const [first = "", ...more] = safe(event.text).split("\n");
        const rest = more.length > 1 ? dim(` … ${more.length} more lines`) : "";
        const isBad = event.failed || first.startsWith("failed");
        this.#line(`  ${dim("↳")} ${(isBad ? red : dim)(first.slice(0, 100))}${rest}`);
        break;
      }
      case "warning":
        this.#line(`${red("⚠")} ${safe(event.text)}`);
        break;
      case "done": {
        if (event.text === "") this.#line(dim("(no answer: the model may not be able to call tools)"));
        const end = event.reason === null ? "" : `, ended early: ${event.reason}`;
        this.#line(
          dim(`\n${(event.ms / 1000).toFixed(1)} s, ${event.usage?.total_tokens ?? 0} tokens${end}`),
        );
        break;
      }
      case "approval":
        if (!event.approved) this.#line(`  ${dim("↳")} ${red("refused")}`);
        break;
      case "tools":
        break;
      default:
        event satisfies never;
    }
  }

  #line(text: string): void {
    this.#write(`${this.#isSpeaking ? "\n" : ""}${text}\n`);
    this.#isSpeaking = false;
  }
}

/** What a call is about: the path or the text, without the contents of an edit. */
function subject(json: string): string {
  const { path, text } = JSON.parse(json || "{}") as { path?: unknown; text?: unknown };
  return safe(String(path ?? text ?? "")).slice(0, 80);
}
