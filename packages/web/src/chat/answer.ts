import type { ChatCompletionChunk } from "@llamero/stack/api/chat-response";
import type { ResponseEvent } from "@llamero/stack/api/responses-events";
import { requestEvents, requestJson, ServerError } from "../shell/client.ts";
import { applyChunk, applyResponseEvent, isRefused } from "./apply-event.ts";
import { type Conversation, shownTurns, type Turn } from "./conversation.ts";
import { textOf, toChatRequest, toResponseRequest, usesTools } from "./to-request.ts";

interface Moderation {
  results: { flagged: boolean; categories: Record<string, boolean> }[];
}

/** Writes an answer into a message as it comes: without tools as a chat completion, with tools as a response. */
export async function writeAnswer(
  conversation: Conversation,
  turn: Turn,
  options: { model: string; signal: AbortSignal; onChange: () => void },
): Promise<void> {
  const { model, signal, onChange } = options;
  // The answer itself is no part of what is asked.
  const asked: Conversation = { ...conversation, leaf: turn.parent };
  turn.finish = undefined;
  try {
    if (usesTools(conversation.tools)) {
      const waiting = turn.responseId === undefined ? undefined : turn;
      const body = toResponseRequest(asked, model, waiting);
      for await (const event of requestEvents<ResponseEvent>("v1/responses", { body, signal })) {
        applyResponseEvent(turn, event);
        onChange();
      }
    } else {
      const body = toChatRequest(asked, model);
      for await (const chunk of requestEvents<ChatCompletionChunk>("v1/chat/completions", { body, signal })) {
        applyChunk(turn, chunk);
        onChange();
      }
    }
  } catch (error) {
    if (signal.aborted) turn.finish = "aborted";
    else if (error instanceof ServerError && error.code === "content_filter") turn.refusal = error.message;
    else throw error;
  }
  if (isRefused(turn) && turn.verdicts === undefined) turn.verdicts = await judge(asked);
}

/** What the server's moderation finds in the last question; nothing where it has none. */
async function judge(asked: Conversation): Promise<Turn["verdicts"]> {
  const question = shownTurns(asked).findLast(({ role }) => role === "user");
  if (question === undefined) return undefined;
  try {
    const body = { input: textOf(question) };
    const { results } = await requestJson<Moderation>("v1/moderations", { body });
    return results
      .filter(({ flagged }) => flagged)
      .map(({ categories }) => ({
        shield: "moderation",
        categories: Object.keys(categories).filter((name) => categories[name]),
        reason: "",
      }));
  } catch {
    // The refusal is shown in any case.
    return undefined;
  }
}
