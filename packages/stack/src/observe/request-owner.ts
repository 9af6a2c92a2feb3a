import { AsyncLocalStorage } from "node:async_hooks";
import type { AnyRoute } from "../http/define-route.ts";
import type { Trace } from "./trace.ts";

/** What is known wherever a request is being answered. */
export interface RequestScope {
  owner: string;
  /** Null for work that no request waits for. */
  trace: Trace | null;
  /** The span that what happens now belongs to. */
  spanId: string | null;
}

const scopes = new AsyncLocalStorage<RequestScope>();
/** Runs under way that have a scope. */
let numRuns = 0;

/** On Node 20 a storage slows each promise of the process, so it is off while nothing needs it. */
function leave(): void {
  if (--numRuns === 0) scopes.disable();
}

function runIn<T>(scope: RequestScope, run: () => T): T {
  numRuns++;
  let result: T | undefined;
  try {
    result = scopes.run(scope, run);
    return result;
  } finally {
    if (result instanceof Promise) void result.then(leave, leave);
    else leave();
  }
}

/**
 * Runs what answers a request of a key, so that what its models compute can be counted for it: until it returns, or its
 * promise settles.
 */
export function runAs<T>(owner: string, run: () => T, trace: Trace | null = null): T {
  return runIn({ owner, trace, spanId: trace?.root.id ?? null }, run);
}

/** The route, whose handler runs as the owner of its request. */
export function withScope(route: AnyRoute): AnyRoute {
  return {
    ...route,
    handle: (request, services) =>
      runAs(request.owner, () => route.handle(request, services), request.context.trace),
  };
}

/** Runs a part of it under a span. */
export function runUnder<T>(scope: RequestScope, spanId: string, run: () => T): T {
  return runIn({ ...scope, spanId }, run);
}

/** Whose request is being answered here; undefined for what the server does by itself. */
export function currentScope(): RequestScope | undefined {
  return scopes.getStore();
}

/** Name of the key whose request is being answered here. */
export function currentOwner(): string | undefined {
  return scopes.getStore()?.owner;
}
