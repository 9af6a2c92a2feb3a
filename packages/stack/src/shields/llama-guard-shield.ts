import type {
  GenerateOptions,
  GuardCategory,
  GuardForm,
  GuardTurn,
  TextModel,
  TokenDetail,
} from "@llamero/core";
import { guardCategories } from "@llamero/core/chat/guard/categories";
import { parseGuardAnswer, verdictScore } from "@llamero/core/chat/guard/guard-answer";
import { guardMessage, guardPrompt } from "@llamero/core/chat/guard/guard-prompt";
import type { Shield, ShieldInput, ShieldMessage, Verdict } from "./shield.ts";

/** How the prompt reaches the model: raw in one of the forms, or as a message through the model's own chat format. */
export type GuardPromptForm = GuardForm | "chat";

export interface LlamaGuardOptions {
  id: string;
  model: Pick<TextModel, "chat" | "complete">;
  /** Default 8b. */
  form?: GuardPromptForm | undefined;
  /** A policy of one's own instead of S1 to S14. */
  categories?: readonly GuardCategory[] | undefined;
  /** Codes that are no hits. */
  excluded?: readonly string[] | undefined;
  /** Scores from here on are hits; default 0.5, which is the model's own word. */
  threshold?: number | undefined;
}

/** An empty line, `unsafe`, and every code. */
const maxTokens = 80;
/** As many as the engine tells; `safe` and `unsafe` are among them for a model of this kind. */
const topLogprobs = 20;

/** The conversation as a guard reads it: what users and tools say, and what the model says and calls, in turns. */
export function toGuardTurns({ border, text, conversation = [] }: ShieldInput): GuardTurn[] {
  const roleOf = ({ role }: ShieldMessage): GuardTurn["role"] => (role === "assistant" ? "agent" : "user");
  const isAgent = border === "model_output" || border === "tool_call";
  const all: GuardTurn[] = [
    ...conversation
      .filter(({ role, content }) => role !== "system" && content.trim() !== "")
      .map((message) => ({ role: roleOf(message), content: message.content })),
    { role: isAgent ? "agent" : "user", content: text },
  ];
  const turns: GuardTurn[] = [];
  for (const each of all) {
    const last = turns.at(-1);
    if (last?.role === each.role) last.content += `\n\n${each.content}`;
    // What an agent says on its own has no user before it.
    else if (last === undefined && each.role === "agent") turns.push({ role: "user", content: "" }, each);
    else turns.push(each);
  }
  return turns;
}

/** A shield that asks a Llama Guard 3 model, or any that answers in its way. */
export class LlamaGuardShield implements Shield {
  readonly id: string;
  readonly #options: LlamaGuardOptions;

  constructor(options: LlamaGuardOptions) {
    this.id = options.id;
    this.#options = options;
  }

  async check(input: ShieldInput, signal: AbortSignal): Promise<Verdict> {
    const { excluded = [], threshold = 0.5 } = this.#options;
    const { text, tokens } = await this.#ask(toGuardTurns(input), signal);
    const answer = parseGuardAnswer(text, excluded);
    const score = scoreOf(tokens);
    const isExcluded = answer.verdict === "safe" && text.trim() !== "safe";
    const flagged = !isExcluded && score >= threshold;
    const categories =
      flagged && answer.verdict === "unsafe"
        ? answer.categories.filter((code) => !excluded.includes(code))
        : [];
    return {
      shield: this.id,
      flagged,
      score: isExcluded ? 0 : score,
      categories,
      reason: flagged ? `Unsafe: ${this.#name(categories)}` : "Safe",
    };
  }

  async #ask(
    turns: readonly GuardTurn[],
    signal: AbortSignal,
  ): Promise<{ text: string; tokens: TokenDetail[] }> {
    const { model, form = "8b", categories, excluded } = this.#options;
    const options: GenerateOptions = {
      maxTokens,
      // Nothing of what the model's files recommend for chats.
      sampling: {
        temperature: 0,
        repetitionPenalty: 1,
        frequencyPenalty: 0,
        presencePenalty: 0,
      },
      topLogprobs,
      // Somebody waits for the verdict with an answer of their own.
      priority: "high",
      signal,
    };
    const policy = { categories, excluded };
    const parts =
      form === "chat"
        ? model.chat([{ role: "user", content: guardMessage(turns, { form: "stack", ...policy }) }], options)
        : model.complete(guardPrompt(turns, { form, ...policy }), options);
    let text = "";
    const tokens: TokenDetail[] = [];
    for await (const part of parts) {
      if (part.type !== "text-delta") continue;
      text += part.text;
      tokens.push(...part.tokens);
    }
    return { text, tokens };
  }

  #name(codes: readonly string[]): string {
    const known = this.#options.categories ?? guardCategories;
    const names = codes.map((code) => {
      const name = known.find((each) => each.code === code)?.name;
      return name === undefined ? code : `${code} ${name}`;
    });
    return names.length === 0 ? "no category named" : names.join(", ");
  }
}

const decoder = new TextDecoder();

/** The score at the first token that is no empty line. */
function scoreOf(tokens: readonly TokenDetail[]): number {
  const toCandidate = ({ bytes, logprob }: { bytes: Uint8Array; logprob: number }) => ({
    text: decoder.decode(bytes),
    logprob,
  });
  const verdict = tokens.find(({ bytes }) => decoder.decode(bytes).trim() !== "");
  const candidates = verdict?.top.map(toCandidate) ?? [];
  const score = verdictScore(
    candidates.length > 0 ? candidates : verdict === undefined ? [] : [toCandidate(verdict)],
  );
  if (score === null) throw new SyntaxError("The guard weighs neither safe nor unsafe at its first token");
  return score;
}
