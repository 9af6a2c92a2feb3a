/** A request that the rules of this process forbid; trying again cannot help. */
export class RefusedRequestError extends Error {
  override name = "RefusedRequestError";
}

/** No answer in time. */
export class NoAnswerError extends Error {
  override name = "NoAnswerError";
}

/** One outgoing request, reported when its headers arrive or it fails. Query strings are left out: they may hold secrets. */
export interface EgressEvent {
  at: Date;
  method: string;
  url: string;
  /** What the request is for, such as "pull". */
  purpose: string;
  /** HTTP status, or null when the request failed or was refused. */
  status: number | null;
  error: string | null;
}

type EgressListener = (event: EgressEvent) => void;

const listeners = new Set<EgressListener>();
let offlineOverride: boolean | null = null;

/** Forbids or allows all outgoing requests of this process; null goes back to LLAMERO_OFFLINE. */
export function setOffline(offline: boolean | null): void {
  offlineOverride = offline;
}

/** Whether outgoing requests are forbidden. */
export function isOffline(): boolean {
  if (offlineOverride !== null) return offlineOverride;
  // Browsers have no `process`.
  const value = globalThis.process?.env?.["LLAMERO_OFFLINE"];
  return value !== undefined && !["", "0", "false", "no", "off"].includes(value.toLowerCase());
}

/** Calls the listener for every outgoing request; returns a function that stops it. */
export function onEgress(listener: EgressListener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Reports one request to the egress listeners. */
export function reportEgress(event: EgressEvent): void {
  for (const listener of listeners) listener(event);
}

/** The URL without credentials, query and fragment, as shown in logs and errors. */
export function printableUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
