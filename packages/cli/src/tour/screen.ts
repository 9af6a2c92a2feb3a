import { colorsFor } from "../terminal/colors.ts";
import { safeForTerminal } from "../terminal/safe-text.ts";
import { wrap } from "../terminal/wrap.ts";

const width = 80;
const indent = "   ";

/** Where the tour writes: plain text of 80 columns, one line drawn again while something runs on a terminal. */
export class Screen {
  readonly colors: ReturnType<typeof colorsFor>;
  readonly #stream: NodeJS.WriteStream | null;
  #isDrawn = false;
  #lastDrawn = Number.NEGATIVE_INFINITY;

  /** Null shows nothing. */
  constructor(stream: NodeJS.WriteStream | null) {
    this.#stream = stream;
    this.colors = colorsFor(stream ?? { isTTY: false });
  }

  /** A rule with a title in it. */
  heading(title: string): void {
    const { cyan, dim, bold } = this.colors;
    const rule = "─".repeat(Math.max(2, width - title.length - 4));
    this.#write(`\n${dim(cyan("──"))} ${bold(title)} ${dim(cyan(rule))}\n`);
  }

  /** A command, in as many lines as it takes. */
  command(words: readonly string[]): void {
    const { dim } = this.colors;
    const lines: string[] = [];
    let line = "$";
    for (const word of together(words)) {
      // Two columns stay for the backslash.
      if (line.length + 1 + word.length > width - indent.length - 2 && line.trim() !== "$") {
        lines.push(`${line} \\`);
        line = `     ${word}`;
      } else line += ` ${word}`;
    }
    for (const each of [...lines, line]) this.#write(`${indent}${dim(each)}\n`);
  }

  /** A line, or an empty one. */
  line(text = ""): void {
    this.#write(text === "" ? "\n" : `${indent}${text}\n`);
  }

  /** A text in lines of 80 columns. */
  text(text: string, paint: (line: string) => string = (line) => line, left: string = indent): void {
    for (const line of wrap(text, width - left.length)) this.#write(`${left}${paint(line)}\n`);
  }

  /** What a model said, in quotes, behind a label. */
  answer(label: string, text: string, paint: (line: string) => string = (line) => line): void {
    const left = 12;
    const said = safeForTerminal(text).replace(/\s+/g, " ").trim();
    const lines = wrap(said === "" ? "(nothing)" : said, width - indent.length - left);
    for (const [i, line] of lines.entries())
      this.#write(`${indent}${this.colors.dim((i === 0 ? label : "").padEnd(left))}${paint(line)}\n`);
  }

  /** A line that the next one takes the place of; nothing where there is no terminal. */
  live(text: string): void {
    if (this.#stream?.isTTY !== true || performance.now() - this.#lastDrawn < 80) return;
    this.#lastDrawn = performance.now();
    this.#stream.write(`\r\x1b[K${indent}${text}`);
    this.#isDrawn = true;
  }

  /** Takes the live line away. */
  clear(): void {
    if (this.#isDrawn) this.#stream?.write("\r\x1b[K");
    this.#isDrawn = false;
    this.#lastDrawn = Number.NEGATIVE_INFINITY;
  }

  /** A share between 0 and 1 as a bar. */
  bar(share: number, columns = 24): string {
    const filled = Math.min(columns, Math.max(0, Math.round(share * columns)));
    const { green, dim } = this.colors;
    return `${green("█".repeat(filled))}${dim("░".repeat(columns - filled))}`;
  }

  /** Pieces of a text behind a label, told apart by color or by dots between them. */
  pieces(label: string, pieces: readonly string[]): void {
    const { colors } = this;
    const paints = [colors.cyan, colors.yellow, colors.green, colors.magenta];
    const room = width - indent.length - label.length;
    let [line, used, left] = ["", 0, label];
    const end = (): void => {
      this.#write(`${indent}${colors.dim(left)}${line}\n`);
      [line, used, left] = ["", 0, " ".repeat(label.length)];
    };
    for (const [i, piece] of pieces.entries()) {
      const text = safeForTerminal(piece.replaceAll("\n", "↵")).replace(/\s/g, " ");
      const shown = colors.isColorSupported ? text : `${text}${i + 1 < pieces.length ? "·" : ""}`;
      // Marks stand above or below the character before.
      const columns = shown.replace(/\p{Mn}/gu, "").length;
      if (used + columns > room && used > 0) end();
      line += paints[i % paints.length]!(shown);
      used += columns;
    }
    end();
  }

  #write(text: string): void {
    this.clear();
    this.#stream?.write(text);
  }
}

/** Words as a shell takes them; a flag and its value stay on one line. */
function together(words: readonly string[]): string[] {
  const found: string[] = [];
  for (const [i, word] of words.entries()) {
    const isValue = i > 0 && words[i - 1]!.startsWith("-") && !word.startsWith("-");
    if (isValue) found.push(`${found.pop()} ${quote(word)}`);
    else found.push(quote(word));
  }
  return found;
}

/** A word as a shell takes it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replace(/["\\$`]/g, "\\$&")}"`;
}
