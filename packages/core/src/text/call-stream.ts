import type { JsonValue, ToolCall } from "../chat/message.ts";
import { functionTagOpen } from "../chat/tools/function-tag.ts";
import { type AnswerPart, randomCallId, type ToolCallParser } from "../chat/tools/parse-tool-calls.ts";
import type { GrammarSpec } from "../grammar/grammar-spec.ts";

/** A literal, white space (a null), or a name that ends before a character. */
type HeadPart = string | null | { nameUntil: string };

/** How a call is written around its arguments. */
interface CallForm {
  heads: readonly (readonly HeadPart[])[];
  /** What closes a call after its arguments. */
  tail: RegExp;
  /** What may stand between calls. */
  between: RegExp;
}

const named: readonly HeadPart[] = [
  '"name":',
  null,
  '"',
  { nameUntil: '"' },
  '"',
  ",",
  null,
  '"parameters":',
  null,
];

const forms: Readonly<Record<"json" | "function-tag", CallForm>> = {
  json: {
    heads: [
      ["{", null, ...named],
      ["{", null, '"type":', null, '"function"', ",", null, ...named],
    ],
    tail: /^\s*\}/,
    between: /^[\s;]*/,
  },
  "function-tag": {
    heads: [[functionTagOpen, { nameUntil: ">" }, ">"]],
    tail: /^<\/function>/,
    between: /^/,
  },
};

/**
 * Parser of answers that a grammar holds to the form of calls: their arguments come as they are generated, always a
 * prefix of valid JSON. For other grammars and forms the plain parser, which gives calls when they are whole.
 */
export function streamCalls(plain: ToolCallParser, grammar: GrammarSpec | null): ToolCallParser {
  if (grammar?.type !== "tool-calls" || grammar.format === "pythonic") return plain;
  return new CallStream(plain, { form: forms[grammar.format], names: grammar.tools.map(({ name }) => name) });
}

class CallStream implements ToolCallParser {
  readonly #plain: ToolCallParser;
  readonly #form: CallForm;
  readonly #names: readonly string[];
  #held = "";
  /** Before or between calls, inside arguments, or in an answer that is no call. */
  #place: "head" | "arguments" | "tail" | "plain" = "head";
  #call: { id: string; name: string; text: string } | null = null;
  #scan = new JsonScan();

  constructor(plain: ToolCallParser, { form, names }: { form: CallForm; names: readonly string[] }) {
    this.#plain = plain;
    this.#form = form;
    this.#names = names;
  }

  push(text: string): AnswerPart[] {
    this.#held += text;
    const parts: AnswerPart[] = [];
    while (this.#step(parts));
    return parts;
  }

  end(): AnswerPart[] {
    if (this.#place === "head" && this.#held.trim() !== "") this.#place = "plain";
    const held = this.#place === "plain" ? this.#held : "";
    this.#held = "";
    return [...this.#plain.push(held), ...this.#plain.end()];
  }

  /** One step over the held text; false when it waits for more. */
  #step(parts: AnswerPart[]): boolean {
    switch (this.#place) {
      case "head": {
        if (this.#call !== null) this.#held = this.#held.replace(this.#form.between, "");
        const head = matchHead(this.#held, this.#form.heads, this.#names);
        if (head === "partial") return false;
        if (head === "none") {
          this.#place = "plain";
          return true;
        }
        this.#held = this.#held.slice(head.end);
        this.#call = { id: randomCallId(), name: head.name, text: "" };
        this.#scan = new JsonScan();
        parts.push({ type: "tool-call-start", id: this.#call.id, name: head.name });
        this.#place = "arguments";
        return true;
      }
      case "arguments": {
        const call = this.#call!;
        const end = this.#scan.endIn(this.#held);
        const delta = end < 0 ? this.#held : this.#held.slice(0, end);
        this.#held = this.#held.slice(delta.length);
        call.text += delta;
        if (delta !== "") parts.push({ type: "tool-call-delta", id: call.id, arguments: delta });
        if (end < 0) return false;
        const { id, name, text } = call;
        const args = JSON.parse(text) as Record<string, JsonValue>;
        parts.push({
          type: "tool-call",
          call: { id, name, arguments: args } satisfies ToolCall,
          isOffered: true,
        });
        this.#place = "tail";
        return true;
      }
      case "tail": {
        const tail = this.#form.tail.exec(this.#held);
        if (tail === null) return false;
        this.#held = this.#held.slice(tail[0].length);
        this.#place = "head";
        return this.#held !== "";
      }
      case "plain": {
        const text = this.#held;
        this.#held = "";
        // Text may lead up to a call in the forms that mark their calls.
        const opening = this.#form.heads[0]![0] as string;
        const at = opening.length > 1 ? text.indexOf(opening) : -1;
        const partial = opening.length > 1 && at < 0 ? overlap(text, opening) : 0;
        const before = at >= 0 ? at : text.length - partial;
        if (before > 0) parts.push(...this.#plain.push(text.slice(0, before)));
        this.#held = text.slice(before);
        if (at < 0) return false;
        parts.push(...this.#plain.end());
        this.#place = "head";
        return true;
      }
      default:
        return this.#place satisfies never;
    }
  }
}

/** Length of the longest end of a text that begins a mark. */
function overlap(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length--)
    if (text.endsWith(mark.slice(0, length))) return length;
  return 0;
}

function matchHead(
  text: string,
  heads: CallForm["heads"],
  names: readonly string[],
): { name: string; end: number } | "partial" | "none" {
  let found: "partial" | "none" = "none";
  for (const head of heads) {
    const match = matchParts(text, head, names);
    if (typeof match === "object") return match;
    if (match === "partial") found = "partial";
  }
  return found;
}

function matchParts(
  text: string,
  parts: readonly HeadPart[],
  names: readonly string[],
): { name: string; end: number } | "partial" | "none" {
  let at = 0;
  let name = "";
  for (const part of parts) {
    const rest = text.slice(at);
    if (part === null) at += /^\s*/.exec(rest)![0].length;
    else if (typeof part === "string") {
      if (!rest.startsWith(part)) return part.startsWith(rest) ? "partial" : "none";
      at += part.length;
    } else {
      const end = rest.indexOf(part.nameUntil);
      name = end < 0 ? rest : rest.slice(0, end);
      if (end < 0) return names.some((each) => each.startsWith(name)) ? "partial" : "none";
      if (!names.includes(name)) return "none";
      at += end;
    }
  }
  // White space at the end may go on.
  return at === text.length ? "partial" : { name, end: at };
}

/** Finds where a JSON object ends in a text that comes in pieces. */
class JsonScan {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** Place behind the object in this piece, or -1. */
  endIn(piece: string): number {
    for (let i = 0; i < piece.length; i++) {
      const character = piece[i]!;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (this.#isInString) {
        if (character === "\\") this.#isEscaped = true;
        else if (character === '"') this.#isInString = false;
      } else if (character === '"') this.#isInString = true;
      else if (character === "{" || character === "[") this.#depth++;
      else if (character === "}" || character === "]") {
        this.#depth--;
        if (this.#depth === 0) return i + 1;
      }
    }
    return -1;
  }
}
