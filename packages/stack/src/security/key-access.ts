import type { AnyRoute } from "../http/define-route.ts";
import type { RequestContext } from "../http/env.ts";
import { HttpError } from "../http/http-error.ts";

/** What a key may do: look, make and change, look after the server. `admin` may all. */
export type Scope = "read" | "write" | "admin";

/** A key and the name under which it owns what it makes. */
export interface ApiKey {
  name: string;
  key: string;
  /** Default all. */
  scopes?: readonly Scope[];
  /** Names of the models that it may use; default all. */
  models?: readonly string[];
  /** Instead of the server's limits. */
  requestsPerMinute?: number;
  tokensPerDay?: number;
}

const refuse = (message: string, code: string, param: string | null = null): HttpError =>
  new HttpError(403, message, { type: "permission_error", code, param });

/** What a request to a route needs. */
export function scopeOf({ method, path }: Pick<AnyRoute, "method" | "path">): Scope {
  if (path.startsWith("/v1alpha/admin/") || path === "/metrics") return "admin";
  return method === "GET" ? "read" : "write";
}

/** Throws for a request whose key lacks a scope; a server without keys has none that lack any. */
export function requireScope(c: RequestContext, scope: Scope): void {
  const { key } = c.var;
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
function modelsNamed(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(modelsNamed);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([field, each]) => {
    if (typeof each === "string") return modelFields.has(field) ? [each] : [];
    return contentFields.has(field) ? [] : modelsNamed(each);
  });
}

/** The route, which refuses models to keys that may not use them; lines of batches come here too. */
export function withModelAccess(route: AnyRoute, keys: readonly ApiKey[]): AnyRoute {
  const limited = new Map(
    keys.flatMap(({ name, models }) => (models === undefined ? [] : [[name, new Set(models)] as const])),
  );
  if (limited.size === 0 || route.body === undefined) return route;
  return {
    ...route,
    handle: async (request, services) => {
      const allowed = limited.get(request.owner);
      if (allowed !== undefined) {
        const other = modelsNamed(request.body).find(
          (name) => !allowed.has(name) && !allowed.has(name.replace(/^llamero\//, "")),
        );
        if (other !== undefined)
          throw refuse(`Key ${request.owner} may not use model ${other}`, "model_not_allowed", "model");
      }
      return route.handle(request, services);
    },
  };
}
