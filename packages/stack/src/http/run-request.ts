import { ContextOverflowError } from "@llamero/core/errors";
import type { Exchange } from "./exchange.ts";
import { HttpError } from "./http-error.ts";
import { requestSignal } from "./request-signal.ts";

/**
 * Runs what answers a request at once; it is aborted when the client goes or the server's grace is over. What the
 * engine refuses is the fault of the field `param`.
 */
export async function runRequest<T>(
  { outgoing }: Pick<Exchange, "outgoing">,
  { ended, param }: { ended: AbortSignal; param: string },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, forget } = requestSignal(outgoing, ended);
  try {
    return await run(signal);
  } catch (error) {
    if (error instanceof ContextOverflowError) {
      throw new HttpError(400, error.message, { param, code: "context_length_exceeded" });
    }
    if (error instanceof RangeError) {
      throw new HttpError(400, error.message, { param, code: "invalid_value" });
    }
    throw error;
  } finally {
    forget();
  }
}
