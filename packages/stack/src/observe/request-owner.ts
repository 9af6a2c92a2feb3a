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

/** Runs what answers a request of a key, so that what its models compute can be counted for it. */
export function runAs<T>(owner: string, run: () => T, trace: Trace | null = null): T {
  return scopes.run({ owner, trace, spanId: trace?.root.id ?? null }, run);
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
  return scopes.run({ ...scope, spanId }, run);
}

/** Whose request is being answered here; undefined for what the server does by itself. */
export function currentScope(): RequestScope | undefined {
  return scopes.getStore();
}

/** Name of the key whose request is being answered here. */
export function currentOwner(): string | undefined {
  return scopes.getStore()?.owner;
}
