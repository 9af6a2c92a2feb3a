import { ContextOverflowError } from "@llamero/core";
import type { ResponseEvent } from "../api/responses-events.ts";
import type { ResponseObject } from "../api/responses-object.ts";
import { ResponseBuilder } from "../convert/responses-events.ts";
import { generateChoices, type Interrupts } from "../generate-choices.ts";
import { HttpError, toHttpError } from "../http/http-error.ts";
import { newId, nowSeconds } from "../routes/stored-objects.ts";
import type { StoreWrite } from "../store/store.ts";
import type { PreparedResponse } from "./prepare.ts";
import { putConversationItems, putItems, putResponse, withOwnIds } from "./stored-response.ts";

/** Takes events of a response as they come. */
export type Emit = (events: readonly ResponseEvent[]) => Promise<void> | void;

export function createBuilder({ response }: PreparedResponse): ResponseBuilder {
  return new ResponseBuilder(response, { newId, now: nowSeconds });
}

/** Generates a response; the last event is still to come when this resolves. */
export async function generateResponse(
  { model, job }: PreparedResponse,
  builder: ResponseBuilder,
  interrupts: Interrupts,
  emit: Emit,
): Promise<void> {
  let isStarted = false;
  try {
    await generateChoices(model, job, interrupts, async (part) => {
      if (!isStarted) {
        isStarted = true;
        await emit(builder.start());
      }
      await emit(builder.convert(part));
    });
  } catch (error) {
    if (!(error instanceof ContextOverflowError)) throw error;
    throw new HttpError(400, error.message, { param: "input", code: "context_length_exceeded" });
  }
}

/** An error as a response tells it. */
export function toResponseError(error: unknown): { code: string; message: string } {
  const { error: body } = toHttpError(error).body;
  return { code: body.code ?? body.type, message: body.message };
}

/** Writes that keep a response that has ended, its items, and its part of a conversation. */
export function finalWrites(prepared: PreparedResponse, response: ResponseObject): StoreWrite[] {
  const { owner, input, ownIds, historyIds } = prepared;
  const writes: StoreWrite[] = [];
  const own = [...input.filter(({ id }) => ownIds.has(id)), ...response.output];
  if (response.store) {
    writes.push(putResponse({ ...response, input }, owner), ...putItems(own, response, owner));
  }
  const isDone = response.status === "completed" || response.status === "incomplete";
  if (response.conversation !== undefined && isDone) {
    const added = withOwnIds(
      [...input.filter(({ id }) => !historyIds.has(id)), ...response.output],
      new Set(own.map(({ id }) => id)),
    );
    writes.push(...putConversationItems(added, response.conversation.id, owner));
  }
  return writes;
}
