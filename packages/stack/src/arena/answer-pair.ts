import type { ArenaAnswer, ArenaContestant, CreatePairRequest } from "../api/arena.ts";
import { chatRequestSchema } from "../api/chat-request.ts";
import { toChatJob } from "../convert/chat-request.ts";
import { type CollectedChoice, toChatCompletion } from "../convert/chat-response.ts";
import { generateChoices } from "../generate-choices.ts";
import { checkValue } from "../http/check-value.ts";
import type { RouteServices } from "../routes/services.ts";
import { toJson } from "../routes/stored-objects.ts";

/** Whose request it is, and when it is given up. */
export interface Asking {
  owner: string;
  signal: AbortSignal;
}

/** Told of text as it is written. */
export type OnText = (side: "left" | "right", text: string) => Promise<void>;

/** One whole answer of a model, of this machine or remote, to a body of `/v1/chat/completions`. */
export async function ask(
  { models, ended }: RouteServices,
  request: object,
  { signal }: Pick<Asking, "signal">,
  onText?: (text: string) => Promise<void>,
): Promise<ArenaAnswer> {
  const body = checkValue(chatRequestSchema, toJson(request));
  await models.open(body.model);
  const { name, model, adapter } = models.findChat(body.model);
  let finish: CollectedChoice["finish"] | null = null;
  await generateChoices(model, toChatJob(body, adapter), { disconnected: signal, ended }, async (part) => {
    if (part.type === "text-delta") await onText?.(part.text);
    else if (part.type === "finish") finish = part;
  });
  if (finish === null) throw new Error(`${name} ended its answer without saying how`);
  const head = {
    id: "",
    created: 0,
    model: name,
    wantsLogprobs: false,
    hasFunctions: false,
    wantsUsage: true,
  };
  const { choices, usage } = toChatCompletion(head, [{ tokens: [], finish }]);
  const { message, finish_reason } = choices[0]!;
  return { text: message.content ?? "", finish_reason, completion_tokens: usage?.completion_tokens ?? 0 };
}

/** Both answers of a pair, computed side by side; when one fails the other is given up. */
export async function answerPair(
  services: RouteServices,
  [left, right]: readonly [ArenaContestant, ArenaContestant],
  { messages, max_tokens }: CreatePairRequest,
  { signal }: Pick<Asking, "signal">,
  onText?: OnText,
): Promise<[ArenaAnswer, ArenaAnswer]> {
  const abort = new AbortController();
  const both = AbortSignal.any([signal, abort.signal]);
  const answer = async (
    side: "left" | "right",
    { system, name: _, ...contestant }: ArenaContestant,
  ): Promise<ArenaAnswer> => {
    const all = system === undefined ? messages : [{ role: "system", content: system }, ...messages];
    try {
      const request = { ...contestant, messages: all, ...(max_tokens !== undefined && { max_tokens }) };
      return await ask(services, request, { signal: both }, async (text) => await onText?.(side, text));
    } catch (error) {
      abort.abort(error);
      throw error;
    }
  };
  return await Promise.all([answer("left", left), answer("right", right)]);
}
