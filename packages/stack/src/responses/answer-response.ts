import type { ResponseEvent } from "../api/responses-events.ts";
import type { ResponseObject } from "../api/responses-object.ts";
import { answered } from "../http/add-route.ts";
import type { RouteRequest } from "../http/define-route.ts";
import type { EventStream } from "../http/event-stream.ts";
import { toHttpError } from "../http/http-error.ts";
import type { RouteServices } from "../routes/services.ts";
import type { PreparedResponse } from "./prepare.ts";
import { createBuilder, type Emit, finalWrites, generateResponse, toResponseError } from "./run-response.ts";

type StreamRequest = Pick<RouteRequest<unknown, unknown>, "disconnected" | "stream">;

/** Generates a response, keeps it and gives it back. */
export async function answerWhole(
  prepared: PreparedResponse,
  { disconnected }: StreamRequest,
  { store, ended }: RouteServices,
): Promise<ResponseObject> {
  const builder = createBuilder(prepared);
  await generateResponse(prepared, builder, { disconnected, ended }, () => {});
  builder.finish();
  await store.write(...finalWrites(prepared, builder.response));
  return builder.response;
}

/**
 * Generates a response and sends its events; it is kept before the last of them. An error before the first event gets
 * a status of its own; a later one becomes `response.failed`.
 */
export async function answerEvents(
  prepared: PreparedResponse,
  request: StreamRequest,
  { store, ended, onError }: RouteServices,
): Promise<Response> {
  const builder = createBuilder(prepared);
  const { disconnected } = request;
  const stream = request.stream();
  const send = sender(stream);
  try {
    await generateResponse(prepared, builder, { disconnected, ended }, send);
    const last = builder.finish();
    await store.write(...finalWrites(prepared, builder.response));
    await send(last);
  } catch (error) {
    stream.stopClock();
    if (!stream.isOpen) throw error;
    if (toHttpError(error).status === 500) onError(error);
    if (!disconnected.aborted) {
      if (builder.numEvents === 0) await send(builder.start());
      const last = builder.fail(toResponseError(error));
      await store.write(...finalWrites(prepared, builder.response)).catch(onError);
      await send(last);
    }
  }
  await stream.end();
  return answered;
}

/** Sends events that are made elsewhere, until there are no more or the client is gone. */
export async function sendEvents(
  events: AsyncIterable<ResponseEvent> | Iterable<ResponseEvent>,
  request: StreamRequest,
): Promise<Response> {
  const { disconnected } = request;
  const stream = request.stream();
  const send = sender(stream);
  for await (const event of events) {
    if (disconnected.aborted) break;
    await send([event]);
  }
  await stream.end();
  return answered;
}

function sender(stream: EventStream): Emit {
  return async (events) => {
    for (const event of events) await stream.send(event, event.type);
  };
}
