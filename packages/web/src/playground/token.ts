import type { CompletionLogprobs } from "@llamero/stack/api/completions";
import type { ShownToken } from "@llamero/stack/api/tokenize";

/** A token of a prompt or an answer, as the page shows it. */
export interface Token {
  text: string;
  /** Null where nothing was guessed. */
  logprob: number | null;
  /** The likeliest, the best first. */
  top: readonly { text: string; logprob: number }[];
  id?: number;
  isSpecial?: boolean;
}

/** Tokens of the log-probabilities of a completion. */
export function ofCompletion({ tokens, token_logprobs, top_logprobs }: CompletionLogprobs): Token[] {
  return tokens.map((text, at) => ({
    text,
    logprob: token_logprobs[at] ?? null,
    top: Object.entries(top_logprobs[at] ?? {})
      .map(([other, logprob]) => ({ text: other, logprob }))
      .sort((a, b) => b.logprob - a.logprob),
  }));
}

/** One token of the log-probabilities of a chat completion. */
export interface ChatToken {
  token: string;
  logprob: number;
  top_logprobs: readonly { token: string; logprob: number }[];
}

export function ofChat({ token, logprob, top_logprobs }: ChatToken): Token {
  return {
    text: token,
    logprob,
    top: top_logprobs.map((each) => ({ text: each.token, logprob: each.logprob })),
  };
}

export function ofPrompt({ id, text, bytes, special }: ShownToken): Token {
  const shown =
    bytes === null ? text : `⟨${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}⟩`;
  return { text: shown, logprob: null, top: [], id, isSpecial: special };
}

/** Steps of sureness that are told apart, 0 the surest. */
export const numShades = 5;

/** How unsure the model was of a token, from 0 to 4: at least 80, 50, 20, 5 % or less. */
export function shadeOf(logprob: number): number {
  const probability = Math.exp(logprob);
  const found = [0.8, 0.5, 0.2, 0.05].findIndex((least) => probability >= least);
  return found === -1 ? numShades - 1 : found;
}

/** A token's text with its white space to be seen. */
export function visible(text: string): string {
  if (text === "") return "∅";
  return text.replace(/ /g, "·").replace(/\n/g, "↵").replace(/\t/g, "⇥").replace(/\r/g, "␍");
}
