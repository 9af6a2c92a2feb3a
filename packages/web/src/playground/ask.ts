import type { ChatCompletionChunk } from "@llamero/stack/api/chat-response";
import type { Completion } from "@llamero/stack/api/completions";
import { requestEvents } from "../shell/client.ts";
import { ofChat, ofCompletion, type Token } from "./token.ts";

/** What the page asks; null and empty fields leave the server's choice. */
export interface Question {
  mode: "completion" | "chat";
  prompt: string;
  system: string;
  user: string;
  temperature: number | null;
  topP: number | null;
  maxTokens: number | null;
  seed: number | null;
}

/** Alternatives that are asked for with each token, as many as completions give. */
const numAlternatives = 5;

/** Messages of a chat. */
export function toMessages({ system, user }: Pick<Question, "system" | "user">): object[] {
  const first = system.trim() === "" ? [] : [{ role: "system", content: system }];
  return [...first, { role: "user", content: user }];
}

/** Path and body of the request for a model. */
export function toRequest(
  question: Question,
  model: string,
): { path: string; body: Record<string, unknown> } {
  const { mode, prompt, temperature, topP, maxTokens, seed } = question;
  const shared = {
    model,
    stream: true,
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { top_p: topP }),
    ...(maxTokens !== null && { max_tokens: maxTokens }),
    ...(seed !== null && { seed }),
  };
  return mode === "completion"
    ? { path: "v1/completions", body: { ...shared, prompt, logprobs: numAlternatives } }
    : {
        path: "v1/chat/completions",
        body: { ...shared, messages: toMessages(question), logprobs: true, top_logprobs: numAlternatives },
      };
}

/** Tokens as they come, and why the answer ended. */
export type Piece = { tokens: readonly Token[]; ended: string | null };

/** Asks a model and gives the tokens of its answer. Text without log-probabilities is one token. */
export async function* ask(question: Question, model: string, signal: AbortSignal): AsyncGenerator<Piece> {
  const { path, body } = toRequest(question, model);
  const plain = (text: string): Token[] => (text === "" ? [] : [{ text, logprob: null, top: [] }]);
  if (question.mode === "completion") {
    for await (const { choices } of requestEvents<Completion>(path, { body, signal })) {
      const choice = choices[0];
      if (choice === undefined) continue;
      const tokens = choice.logprobs === null ? plain(choice.text) : ofCompletion(choice.logprobs);
      yield { tokens, ended: choice.finish_reason };
    }
    return;
  }
  for await (const { choices } of requestEvents<ChatCompletionChunk>(path, { body, signal })) {
    const choice = choices[0];
    if (choice === undefined) continue;
    const content = choice.logprobs?.content ?? null;
    yield {
      tokens: content === null ? plain(choice.delta.content ?? "") : content.map(ofChat),
      ended: choice.finish_reason,
    };
  }
}
