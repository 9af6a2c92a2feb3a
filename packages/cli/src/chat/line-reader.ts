import { createInterface, type Interface } from "node:readline";
import { colorsFor } from "../terminal/colors.ts";

const multiLine = '"""';

/** Reads what the user types: one line, or many between """ and """. */
export class LineReader {
  private readonly readline: Interface;
  private readonly queue: string[] = [];
  private waiting: ((line: string | null) => void) | null = null;
  private isClosed = false;
  private interrupt: (() => void) | null = null;
  private isLeaving = false;

  constructor(input: NodeJS.ReadableStream = process.stdin, output: NodeJS.WritableStream = process.stdout) {
    this.readline = createInterface({ input, output, terminal: true, historySize: 1000 });
    this.readline.on("line", (line) => {
      this.isLeaving = false;
      if (this.waiting === null) this.queue.push(line);
      else this.hand(line);
    });
    this.readline.on("close", () => {
      this.isClosed = true;
      this.interrupt?.();
      this.hand(null);
    });
    this.readline.on("SIGINT", () => this.onSigint());
  }

  /** What the user enters next, or null when they leave. */
  async next(): Promise<string | null> {
    const { green } = colorsFor(process.stdout);
    const first = await this.line(green(">>> "));
    if (first === null || !first.trimStart().startsWith(multiLine)) return first;
    const lines = [first.trimStart().slice(multiLine.length)];
    while (!lines.at(-1)!.trimEnd().endsWith(multiLine)) {
      const line = await this.line(green("... "));
      if (line === null) return null;
      lines.push(line);
    }
    const last = lines.pop()!.trimEnd();
    return [...lines, last.slice(0, -multiLine.length)].join("\n").trim();
  }

  /** While the returned object lives, Ctrl-C calls this once instead of leaving; a second one leaves. */
  onInterrupt(callback: () => void): Disposable {
    this.interrupt = callback;
    return {
      [Symbol.dispose]: () => {
        this.interrupt = null;
        this.isLeaving = false;
      },
    };
  }

  [Symbol.dispose](): void {
    this.readline.close();
  }

  private line(prompt: string): Promise<string | null> {
    const queued = this.queue.shift();
    if (queued !== undefined) return Promise.resolve(queued);
    if (this.isClosed) return Promise.resolve(null);
    this.readline.setPrompt(prompt);
    this.readline.prompt();
    return new Promise((resolve) => {
      this.waiting = resolve;
    });
  }

  private hand(line: string | null): void {
    const { waiting } = this;
    this.waiting = null;
    waiting?.(line);
  }

  private onSigint(): void {
    if (this.isLeaving) {
      this.readline.close();
      // An answer that does not stop must not keep the user here.
      if (this.interrupt !== null) process.exit(130);
      return;
    }
    this.isLeaving = true;
    if (this.interrupt !== null) {
      this.interrupt();
      return;
    }
    process.stderr.write("\n(Ctrl-C again or /bye to leave)\n");
    this.readline.write(null, { ctrl: true, name: "u" });
    this.readline.prompt();
  }
}
