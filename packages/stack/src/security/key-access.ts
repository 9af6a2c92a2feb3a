import type { AnyRoute } from "../http/define-route.ts";
import type { Exchange } from "../http/exchange.ts";
import { HttpError } from "../http/http-error.ts";

/** What a key may do: look, make and change, look after the server. `admin` may all. */
export type Scope = "read" | "write" | "admin";

/** What a key may do, and the name under which it owns what it makes. */
export interface KeyAccess {
  name: string;
  /** Default all. */
  scopes?: readonly Scope[];
  /** Names of the models that it may use; default all. */
  models?: readonly string[];
  /** Instead of the server's limits. */
  requestsPerMinute?: number;
  tokensPerDay?: number;
}

/** That and the key itself. */
export interface ApiKey extends KeyAccess {
  key: string;
}

const refuse = (message: string, code: string, param: string | null = null): HttpError =>
  new HttpError(403, message, { type: "permission_error", code, param });

/** What a request to a route needs. */
export function scopeOf({ method, path }: Pick<AnyRoute, "method" | "path">): Scope {
  if (/^(\/v1alpha\/admin\/|\/v1alpha\/keys|\/metrics$)/.test(path)) return "admin";
  return method === "GET" ? "read" : "write";
}

/** Throws for a request whose key lacks a scope; a server without keys has none that lack any. */
export function requireScope({ key }: Pick<Exchange, "key">, scope: Scope): void {
  const scopes = key?.scopes;
  if (scopes === undefined || scopes.includes(scope) || scopes.includes("admin")) return;
  throw refuse(`Key ${key!.name} has no scope ${scope}, which this takes`, "missing_scope");
}

/** Fields whose content names no model, however it looks. */
const contentFields: ReadonlySet<string> = new Set(["messages", "input", "documents", "tools"]);
const modelFields: ReadonlySet<string> = new Set([
  "model",
  "model_id",
  "base_model",
  "embedding_model",
  "judge_model",
]);

/** Models that a body names, wherever it does. */
export function modelsNamed(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(modelsNamed);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([field, each]) => {
    if (typeof each === "string") return modelFields.has(field) ? [each] : [];
    return contentFields.has(field) ? [] : modelsNamed(each);
  });
}

/** The route, which refuses models to keys that may not use them; lines of batches come here too. */
export function withModelAccess(route: AnyRoute, named: (name: string) => KeyAccess | undefined): AnyRoute {
  if (route.body === undefined) return route;
  return {
    ...route,
    handle: (request, services) => {
      const allowed = named(request.owner)?.models;
      if (allowed !== undefined) {
        const other = modelsNamed(request.body).find(
          (name) => !allowed.includes(name) && !allowed.includes(name.replace(/^llamero\//, "")),
        );
        if (other !== undefined)
          throw refuse(`Key ${request.owner} may not use model ${other}`, "model_not_allowed", "model");
      }
      return route.handle(request, services);
    },
  };
}
