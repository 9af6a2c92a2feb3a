import type { GeneratePart } from "@llamero/core";
import type { BorderGuard } from "./border-guard.ts";
import { callText } from "./judged-messages.ts";
import type { ShieldMessage } from "./shield.ts";

type TextPart = Extract<GeneratePart, { type: "text-delta" }>;

/** What a shield that redacts may still want to change: an address or a key that is not whole yet. */
const redactTail = 96;
const sentenceEnd = /[.!?。！？।…]["')\]]*\s*$|\n\s*$/;

/**
 * Lets an answer through as far as it has been judged. Text is held back until a window is full, a sentence ends or the
 * answer does; then all of it so far is judged, so that nothing hides between two windows.
 */
export class AnswerGuard {
  readonly #guard: BorderGuard;
  readonly #conversation: readonly ShieldMessage[];
  readonly #signal: AbortSignal;
  readonly #holds: boolean;
  readonly #redacts: boolean;
  readonly #held: TextPart[] = [];
  #full = "";
  #released = "";
  #numSinceJudged = 0;
  #refusal: string | null = null;
  #heldCalls: GeneratePart[] = [];

  constructor(guard: BorderGuard, conversation: readonly ShieldMessage[], signal: AbortSignal) {
    this.#guard = guard;
    this.#conversation = conversation;
    this.#signal = signal;
    this.#holds = guard.holdsAt("model_output");
    this.#redacts = guard.rulesAt("model_output").some(({ onHit }) => onHit === "redact");
  }

  /** What is said instead of the rest; null as long as nothing was refused. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** Takes a part and gives those that may go on. */
  async push(part: GeneratePart): Promise<GeneratePart[]> {
    switch (part.type) {
      case "text-delta":
        return await this.#pushText(part);
      case "tool-call-start":
      case "tool-call-delta":
      case "tool-call":
        return await this.#pushCall(part);
      case "finish":
        return await this.#finish(part);
      default:
        return part satisfies never;
    }
  }

  async #pushText(part: TextPart): Promise<GeneratePart[]> {
    if (this.#refusal !== null) return [];
    this.#full += part.text;
    if (!this.#holds) return [part];
    this.#held.push(part);
    this.#numSinceJudged++;
    return this.#isDue() ? await this.#judge(false) : [];
  }

  #isDue(): boolean {
    const { until, tokens } = this.#guard.policy.hold;
    if (until === "answer") return false;
    if (this.#numSinceJudged >= tokens) return true;
    return until === "sentence" && sentenceEnd.test(this.#full.slice(-20));
  }

  /** Judges the text so far. Before the end, a redacting shield's last words stay held. */
  async #judge(isEnd: boolean): Promise<GeneratePart[]> {
    this.#numSinceJudged = 0;
    const input = { border: "model_output", text: this.#full, conversation: this.#conversation } as const;
    const { action, text } = await this.#guard.check(input, this.#signal);
    if (action === "refuse") {
      this.#refuse();
      return [];
    }
    const end = isEnd || !this.#redacts ? text.length : Math.max(0, text.length - redactTail);
    if (text === this.#full) return this.#releaseParts(end);
    // What is out cannot be taken back; if it should be redacted now, no more may follow.
    if (!text.startsWith(this.#released)) {
      this.#refuse();
      return [];
    }
    this.#held.length = 0;
    const more = text.slice(this.#released.length, end);
    this.#released += more;
    return more === "" ? [] : [{ type: "text-delta", text: more, tokens: [] }];
  }

  #releaseParts(end: number): GeneratePart[] {
    const parts: GeneratePart[] = [];
    while (this.#held.length > 0 && this.#released.length + this.#held[0]!.text.length <= end) {
      const part = this.#held.shift()!;
      this.#released += part.text;
      parts.push(part);
    }
    return parts;
  }

  #refuse(): void {
    this.#held.length = 0;
    this.#heldCalls = [];
    this.#refusal = this.#guard.policy.refusal;
  }

  async #pushCall(
    part: Extract<GeneratePart, { type: "tool-call-start" | "tool-call-delta" | "tool-call" }>,
  ): Promise<GeneratePart[]> {
    if (this.#refusal !== null) return [];
    // What was said before the call is out before it.
    const before = this.#held.length > 0 ? await this.#judge(true) : [];
    if (this.#refusal !== null) return before;
    const isHeld = this.#guard.holdsAt("tool_call");
    if (isHeld) this.#heldCalls.push(part);
    // Whoever runs the call asks, if the policy wants it: the client, or the loop of an agent.
    const isNoted = this.#guard.rulesAt("tool_call").some(({ onHit }) => onHit === "log");
    if (!isHeld && !isNoted) return [...before, part];
    if (part.type !== "tool-call") return isHeld ? before : [...before, part];
    const input = {
      border: "tool_call",
      text: callText(part.call),
      conversation: this.#conversation,
    } as const;
    const { action } = await this.#guard.check(input, this.#signal);
    if (action === "refuse" || action === "redact") {
      this.#refuse();
      return before;
    }
    if (!isHeld) return [...before, part];
    const id = part.call.id;
    const isOfCall = (each: GeneratePart): boolean =>
      each.type === "tool-call" ? each.call.id === id : "id" in each && each.id === id;
    const own = this.#heldCalls.filter(isOfCall);
    this.#heldCalls = this.#heldCalls.filter((each) => !isOfCall(each));
    return [...before, ...own];
  }

  async #finish(part: Extract<GeneratePart, { type: "finish" }>): Promise<GeneratePart[]> {
    const isWatched = this.#guard.rulesAt("model_output").length > 0;
    const needsLast =
      this.#refusal === null && isWatched && (this.#held.length > 0 || !this.#holds || this.#redacts);
    const rest = needsLast && this.#full !== "" ? await this.#judge(true) : [];
    // A watch that only notes has let everything through before.
    const last = this.#holds ? rest : [];
    const text = this.#holds ? this.#released : part.text;
    if (this.#refusal !== null) {
      return [
        ...last,
        { ...part, reason: "content-filter", refusal: this.#refusal, text, toolCalls: [], ids: [] },
      ];
    }
    return [...last, text === part.text ? part : { ...part, text, ids: [] }];
  }
}
