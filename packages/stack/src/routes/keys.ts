import {
  createdKeySchema,
  createKeySchema,
  type KeyObject,
  keyListSchema,
  keyObjectSchema,
} from "../api/keys.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import type { KeyAccess } from "../security/key-access.ts";
import type { KeyRing, StoredKey } from "../security/key-ring.ts";
import type { RouteServices } from "./services.ts";
import { notFound, toPage } from "./stored-objects.ts";

const common = { tag: "Keys", level: "experimental" } as const;
const path = "/v1alpha/keys/{key_id}";

const toSeconds = (ms: number | null): number | null => (ms === null ? null : Math.floor(ms / 1000));

function accessFields(
  access: KeyAccess,
): Pick<KeyObject, "name" | "scopes" | "models"> & Pick<KeyObject, "requests_per_minute" | "tokens_per_day"> {
  return {
    name: access.name,
    scopes: access.scopes === undefined ? null : [...access.scopes],
    models: access.models === undefined ? null : [...access.models],
    requests_per_minute: access.requestsPerMinute ?? null,
    tokens_per_day: access.tokensPerDay ?? null,
  };
}

const ofConfig = (access: KeyAccess): KeyObject => ({
  id: `config:${access.name}`,
  object: "api_key",
  ...accessFields(access),
  hint: "",
  source: "config",
  created_at: null,
  expires_at: null,
  revoked_at: null,
});

const ofStore = (stored: StoredKey): KeyObject => ({
  id: stored.id,
  object: "api_key",
  ...accessFields(stored),
  hint: stored.hint,
  source: "store",
  created_at: toSeconds(stored.createdAt),
  expires_at: toSeconds(stored.expiresAt),
  revoked_at: toSeconds(stored.revokedAt),
});

function ringOf({ keys }: RouteServices): KeyRing {
  if (keys === undefined) throw new TypeError("These services have no keys");
  return keys;
}

const listKeys = (ring: KeyRing): KeyObject[] => [
  ...ring.configured.map(ofConfig),
  ...ring.stored.map(ofStore),
];

/** Keys of the server; they take the scope admin (`scopeOf`). */
export const keyRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1alpha/keys",
    summary: "List all keys, those of the configuration first",
    response: keyListSchema,
    handle: async (_, services) => toPage(listKeys(ringOf(services)), false),
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: "/v1alpha/keys",
    summary: "Make a key; the answer is the only one that has its text",
    body: createKeySchema,
    response: createdKeySchema,
    async handle({ body }, services) {
      const { scopes, models, requests_per_minute, tokens_per_day, expires_at } = body;
      if (expires_at && expires_at * 1000 <= Date.now()) {
        throw new HttpError(400, `expires_at: ${expires_at} has passed already`, {
          param: "expires_at",
          code: "invalid_value",
        });
      }
      const made = await ringOf(services).create({
        name: body.name,
        ...(scopes && { scopes }),
        ...(models && { models }),
        ...(requests_per_minute && { requestsPerMinute: requests_per_minute }),
        ...(tokens_per_day && { tokensPerDay: tokens_per_day }),
        expiresAt: expires_at ? expires_at * 1000 : null,
      });
      if (made === null) {
        throw new HttpError(
          409,
          `name: ${body.name} is, or was, another key's, and what it made is under it; choose another`,
          { param: "name", code: "conflict" },
        );
      }
      return { ...ofStore(made.stored), key: made.key };
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path,
    summary: "Get a key",
    response: keyObjectSchema,
    async handle({ params }, services) {
      const id = params["key_id"]!;
      const found = listKeys(ringOf(services)).find((each) => each.id === id);
      if (found === undefined) throw notFound("key", id);
      return found;
    },
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path,
    summary: "Revoke a key, from now on",
    response: keyObjectSchema,
    async handle({ params }, services) {
      const id = params["key_id"]!;
      if (id.startsWith("config:")) {
        throw new HttpError(409, "Keys of the configuration are taken out there", { code: "conflict" });
      }
      const revoked = await ringOf(services).revoke(id);
      if (revoked === null) throw notFound("key", id);
      return ofStore(revoked);
    },
  }),
];
