import type { ToolCall } from "../chat/message.ts";
import type { ToolCallParser } from "../chat/tools/parse-tool-calls.ts";
import type { TokenEvent } from "../engine/request.ts";
import type { GeneratePart, TokenDetail } from "../generate.ts";
import type { StreamingDecoder } from "../tokenizer/decoder.ts";
import { StopStrings } from "./stop-strings.ts";

type DrawnToken = Extract<TokenEvent, { type: "token" }>;
type StreamedPart = Exclude<GeneratePart, { type: "finish" }>;

/** What an answer is made with. */
export interface AnswerOptions {
  decoder: StreamingDecoder;
  stop: readonly string[];
  /** Null when no tools are offered: the answer is all text. */
  parser: ToolCallParser | null;
  /** Bytes of a token for its details; null when no log-probabilities are wanted. */
  tokenBytes: ((id: number) => Uint8Array) | null;
}

/** Turns drawn tokens into the parts of an answer; the text of all deltas together is `text`. */
export class Answer {
  readonly ids: number[] = [];
  readonly toolCalls: ToolCall[] = [];
  text = "";
  readonly #decoder: StreamingDecoder;
  readonly #stops: StopStrings;
  readonly #parser: ToolCallParser | null;
  readonly #tokenBytes: ((id: number) => Uint8Array) | null;
  /** Details not handed out yet, with the place in the decoded text where the token begins. */
  #details: { start: number; detail: TokenDetail }[] = [];
  #numDecoded = 0;
  #numReleased = 0;

  constructor(options: AnswerOptions) {
    this.#decoder = options.decoder;
    this.#stops = new StopStrings(options.stop);
    this.#parser = options.parser;
    this.#tokenBytes = options.tokenBytes;
  }

  /** A stop string has appeared: the answer is over. */
  get isStopped(): boolean {
    return this.#stops.isStopped;
  }

  get stopString(): string | null {
    return this.#stops.found;
  }

  push(drawn: DrawnToken): StreamedPart[] {
    this.ids.push(drawn.token);
    if (this.#tokenBytes !== null) {
      this.#details.push({ start: this.#numDecoded, detail: detailOf(drawn, this.#tokenBytes) });
    }
    return this.#release(this.#decode(this.#decoder.push(drawn.token)));
  }

  /** Everything that was held back. Tokens that lie wholly behind a stop string are not reported. */
  end(): StreamedPart[] {
    const rest = this.#decode(this.#decoder.end()) + this.#stops.end();
    const parts = this.#release(rest, true);
    const left = this.#takeDetails(this.isStopped ? this.#numReleased : Number.POSITIVE_INFINITY);
    if (left.length > 0) parts.push({ type: "text-delta", text: "", tokens: left });
    return parts;
  }

  #decode(text: string): string {
    this.#numDecoded += text.length;
    return this.#stops.push(text);
  }

  #release(text: string, isLast: boolean = false): StreamedPart[] {
    this.#numReleased += text.length;
    if (this.#parser === null) return text === "" ? [] : [this.#delta(text)];
    const parsed = [...this.#parser.push(text), ...(isLast ? this.#parser.end() : [])];
    return parsed.map((part) => {
      if (part.type === "text-delta") return this.#delta(part.text);
      if (part.type !== "tool-call") return part;
      this.toolCalls.push(part.call);
      return { type: "tool-call", call: part.call };
    });
  }

  #delta(text: string): StreamedPart {
    this.text += text;
    return { type: "text-delta", text, tokens: this.#takeDetails(this.#numReleased) };
  }

  /** Details of the tokens that begin before `end` of the decoded text. */
  #takeDetails(end: number): TokenDetail[] {
    const index = this.#details.findIndex(({ start }) => start >= end);
    const taken = this.#details.splice(0, index < 0 ? this.#details.length : index);
    return taken.map(({ detail }) => detail);
  }
}

function detailOf({ token, logprob, top }: DrawnToken, tokenBytes: (id: number) => Uint8Array): TokenDetail {
  return {
    token,
    logprob,
    bytes: tokenBytes(token),
    top: top.map((each) => ({ ...each, bytes: tokenBytes(each.token) })),
  };
}
