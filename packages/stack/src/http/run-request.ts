import { ContextOverflowError } from "@llamero/core";
import { disconnectSignal } from "./disconnect.ts";
import type { RequestContext } from "./env.ts";
import { HttpError } from "./http-error.ts";

/**
 * Runs what answers a request at once; it is aborted when the client goes or the server's grace is over. What the
 * engine refuses is the fault of the field `param`.
 */
export async function runRequest<T>(
  c: RequestContext,
  { ended, param }: { ended: AbortSignal; param: string },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const disconnected = disconnectSignal(c.env.outgoing);
  const onDisconnected = (): void => abort.abort(new HttpError(499, "The client has disconnected"));
  const onEnded = (): void => {
    const fields = { type: "server_error", code: "server_closing" } as const;
    abort.abort(new HttpError(503, "The server is closing", fields));
  };
  if (disconnected.aborted) onDisconnected();
  if (ended.aborted) onEnded();
  disconnected.addEventListener("abort", onDisconnected);
  ended.addEventListener("abort", onEnded);
  try {
    return await run(abort.signal);
  } catch (error) {
    if (error instanceof ContextOverflowError) {
      throw new HttpError(400, error.message, { param, code: "context_length_exceeded" });
    }
    if (error instanceof RangeError) {
      throw new HttpError(400, error.message, { param, code: "invalid_value" });
    }
    throw error;
  } finally {
    disconnected.removeEventListener("abort", onDisconnected);
    ended.removeEventListener("abort", onEnded);
  }
}
