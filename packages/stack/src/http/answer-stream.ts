import { answered } from "./add-route.ts";
import type { RouteRequest } from "./define-route.ts";
import type { EventStream } from "./event-stream.ts";
import { toHttpError } from "./http-error.ts";

/**
 * Answers with server-sent events. An error before the first of them gets a status of its own; a later one becomes
 * the last event.
 */
export async function answerStream(
  request: Pick<RouteRequest<unknown, unknown>, "stream">,
  onError: (error: unknown) => void,
  write: (events: EventStream) => Promise<void>,
): Promise<Response> {
  const events = request.stream();
  try {
    await write(events);
  } catch (error) {
    events.stopClock();
    if (!events.isOpen) throw error;
    const mapped = toHttpError(error);
    if (mapped.status === 500) onError(error);
    await events.end(mapped.body);
  }
  return answered;
}
