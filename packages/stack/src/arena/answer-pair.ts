import type { ArenaAnswer, ArenaContestant, CreatePairRequest } from "../api/arena.ts";
import { callRoute } from "../jobs/call-route.ts";
import type { RouteServices } from "../routes/services.ts";
import { toJson } from "../routes/stored-objects.ts";

/** Whose request it is, and when it is given up. */
export interface Asking {
  owner: string;
  signal: AbortSignal;
}

interface Completion {
  choices: { message: { content: string | null }; finish_reason: string }[];
  usage?: { completion_tokens: number };
}

/** One whole answer of a model, of this machine or remote, as `/v1/chat/completions` gives it. */
export async function ask(
  services: RouteServices,
  request: object,
  { owner, signal }: Asking,
): Promise<ArenaAnswer> {
  const answer = await callRoute(services, {
    path: "/v1/chat/completions",
    body: toJson(request),
    owner,
    signal,
  });
  const { choices, usage } = answer as unknown as Completion;
  const { message, finish_reason } = choices[0]!;
  return { text: message.content ?? "", finish_reason, completion_tokens: usage?.completion_tokens ?? 0 };
}

/** Both answers of a pair, computed side by side; when one fails the other is given up. */
export async function answerPair(
  services: RouteServices,
  [left, right]: readonly [ArenaContestant, ArenaContestant],
  { messages, max_tokens }: CreatePairRequest,
  { owner, signal }: Asking,
): Promise<[ArenaAnswer, ArenaAnswer]> {
  const abort = new AbortController();
  const both = AbortSignal.any([signal, abort.signal]);
  const answer = async ({ system, name: _, ...contestant }: ArenaContestant): Promise<ArenaAnswer> => {
    const all = system === undefined ? messages : [{ role: "system", content: system }, ...messages];
    try {
      const request = { ...contestant, messages: all, ...(max_tokens !== undefined && { max_tokens }) };
      return await ask(services, request, { owner, signal: both });
    } catch (error) {
      abort.abort(error);
      throw error;
    }
  };
  return await Promise.all([answer(left), answer(right)]);
}
