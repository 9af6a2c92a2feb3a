import type { CreateKeyRequest, KeyObject } from "@llamero/stack/api/keys";

/** Whether a key opens anything at a time, in seconds since 1970. */
export function stateOf(
  { revoked_at, expires_at }: Pick<KeyObject, "revoked_at" | "expires_at">,
  now: number,
): "active" | "expired" | "revoked" {
  if (revoked_at !== null) return "revoked";
  return expires_at !== null && expires_at <= now ? "expired" : "active";
}

/** What the form of a new key says, as it was typed. */
export interface KeyForm {
  name: string;
  scopes: readonly string[];
  models: string;
  requests: string;
  tokens: string;
  /** Empty for never. */
  days: string;
}

/** The request of a form; fields that are empty leave the server's choice. */
export function toKeyRequest(form: KeyForm, now: number): CreateKeyRequest {
  const models = form.models
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return {
    name: form.name.trim(),
    scopes: form.scopes as NonNullable<CreateKeyRequest["scopes"]>,
    ...(models.length > 0 && { models }),
    ...(form.requests !== "" && { requests_per_minute: Number(form.requests) }),
    ...(form.tokens !== "" && { tokens_per_day: Number(form.tokens) }),
    ...(form.days !== "" && { expires_at: Math.floor(now) + Number(form.days) * 86_400 }),
  };
}
