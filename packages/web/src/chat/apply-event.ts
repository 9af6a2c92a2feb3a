import type { ChatCompletionChunk } from "@llamero/stack/api/chat-response";
import type { ResponseEvent } from "@llamero/stack/api/responses-events";
import type { ShownVerdict, Step, Turn } from "./conversation.ts";

/** Fields that a server with shields adds. */
interface Guarded {
  refusal?: string | null;
  verdicts?: readonly ShownVerdict[];
}

/** Writes an event of a streamed chat completion into the answer. */
export function applyChunk(turn: Turn, chunk: ChatCompletionChunk): void {
  const [choice] = chunk.choices;
  turn.content += choice?.delta.content ?? "";
  const refusal = (choice?.delta as Guarded | undefined)?.refusal;
  if (typeof refusal === "string") turn.refusal = (turn.refusal ?? "") + refusal;
  if (choice?.finish_reason) turn.finish = choice.finish_reason;
  if (chunk.llamero === undefined) return;
  const { context, ledger, timings } = chunk.llamero;
  turn.usage = { ...context, ledger, tokensPerSecond: timings.tokens_per_second };
  const { verdicts } = chunk.llamero as Guarded;
  if (verdicts !== undefined) turn.verdicts = verdicts;
}

/** Puts a step in, or in the place of what it was before. */
function putStep(turn: Turn, step: Step): void {
  const steps = turn.steps ?? [];
  const at = steps.findIndex(({ id }) => id === step.id);
  turn.steps = at === -1 ? [...steps, step] : steps.with(at, step);
}

/** Writes an event of a streamed response into the answer; throws when the response failed. */
export function applyResponseEvent(turn: Turn, event: ResponseEvent): void {
  switch (event.type) {
    case "response.created":
      turn.responseId = event.response.id;
      break;
    case "response.output_item.added":
    case "response.output_item.done":
      if (event.item.type !== "message") putStep(turn, event.item);
      else if (event.type === "response.output_item.added" && turn.content !== "") turn.content += "\n\n";
      break;
    case "response.output_text.delta":
      turn.content += event.delta;
      break;
    case "response.refusal.delta":
      turn.refusal = (turn.refusal ?? "") + event.delta;
      break;
    case "response.completed":
    case "response.incomplete": {
      const { incomplete_details: why, usage } = event.response;
      turn.finish = event.type === "response.completed" ? "stop" : (why?.reason ?? "incomplete");
      if (usage !== null) turn.usage = { used: usage.total_tokens, limit: null };
      break;
    }
    case "response.failed":
      throw new Error(event.response.error?.message ?? "The response failed");
    default:
  }
}

/** True when the answer was refused, or cut off, by a shield. */
export function isRefused({ refusal, finish }: Turn): boolean {
  return refusal !== undefined || finish === "content_filter";
}
