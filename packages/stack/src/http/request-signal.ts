import type { ServerResponse } from "node:http";
import { HttpError } from "./http-error.ts";

const left = new HttpError(499, "The client has disconnected");
const closing = new HttpError(503, "The server is closing", { type: "server_error", code: "server_closing" });

/** What waits for a server's end, which one listener tells all. */
const waiting = new WeakMap<AbortSignal, Set<AbortController>>();

function waitFor(ended: AbortSignal): Set<AbortController> {
  let set = waiting.get(ended);
  if (set === undefined) {
    const all = new Set<AbortController>();
    set = all;
    waiting.set(ended, all);
    ended.addEventListener("abort", () => {
      for (const each of all) each.abort(closing);
    });
  }
  return set;
}

/** Those that were not used up and that nobody listens to any more: a new one costs more than most of a request. */
const free: AbortController[] = [];
const maxFree = 64;

/**
 * A signal for what answers a request: aborted when the client goes or the server's grace is over, until forgotten. One
 * that is `reused` serves another request then, so what got it must have let go of it.
 */
export function requestSignal(
  outgoing: Pick<ServerResponse, "destroyed" | "once" | "off">,
  ended: AbortSignal,
  { reused = false }: { reused?: boolean } = {},
): { signal: AbortSignal; forget(): void } {
  const abort = (reused ? free.pop() : undefined) ?? new AbortController();
  const set = waitFor(ended);
  const onClose = (): void => abort.abort(left);
  if (outgoing.destroyed) onClose();
  else if (ended.aborted) abort.abort(closing);
  outgoing.once("close", onClose);
  set.add(abort);
  return {
    signal: abort.signal,
    forget: () => {
      outgoing.off("close", onClose);
      set.delete(abort);
      if (reused && !abort.signal.aborted && free.length < maxFree) free.push(abort);
    },
  };
}
