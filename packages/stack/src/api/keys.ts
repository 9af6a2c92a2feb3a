import { z } from "zod";
import { type Page, pageSchema } from "./paging.ts";

type Scope = "read" | "write" | "admin";

/** What a key may do; null is no limit of its own. */
interface KeyFields {
  name: string;
  scopes: Scope[] | null;
  /** Names of the models that it may use. */
  models: string[] | null;
  requests_per_minute: number | null;
  tokens_per_day: number | null;
  /** Seconds since 1970. */
  expires_at: number | null;
}

/** A key as it is shown: never its text. */
export interface KeyObject extends KeyFields {
  id: string;
  object: "api_key";
  /** Last characters of the key; empty for those of the configuration. */
  hint: string;
  /** Whether the server was started with it, or it was made since. */
  source: "config" | "store";
  created_at: number | null;
  revoked_at: number | null;
}

/** The one answer that has the text of a key. */
export interface CreatedKey extends KeyObject {
  key: string;
}

export interface CreateKeyRequest extends Partial<KeyFields> {
  name: string;
}

const scopes: z.ZodType<Scope[]> = z.array(z.enum(["read", "write", "admin"])).min(1);
const name = z.string().min(1).max(200);
const count = z.int().min(1).nullable();

const fields = {
  name,
  scopes: scopes.nullable(),
  models: z.array(name).min(1).max(1000).nullable(),
  requests_per_minute: count,
  tokens_per_day: count,
  expires_at: z.int().min(0).nullable(),
} as const;

const objectFields = {
  ...fields,
  id: z.string(),
  object: z.literal("api_key"),
  hint: z.string(),
  source: z.enum(["config", "store"]),
  created_at: z.int().nullable(),
  revoked_at: z.int().nullable(),
} as const;

export const keyObjectSchema: z.ZodType<KeyObject> = z.strictObject(objectFields);

export const keyListSchema: z.ZodType<Page<KeyObject>> = pageSchema(keyObjectSchema);

export const createdKeySchema: z.ZodType<CreatedKey> = z.strictObject({ ...objectFields, key: z.string() });

export const createKeySchema: z.ZodType<CreateKeyRequest> = z.strictObject({
  name,
  scopes: fields.scopes.optional(),
  models: fields.models.optional(),
  requests_per_minute: count.optional(),
  tokens_per_day: count.optional(),
  expires_at: fields.expires_at.optional(),
}) as z.ZodType<CreateKeyRequest>;
