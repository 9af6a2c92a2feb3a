import { z } from "zod";

/** An adapter that a model is served through. */
export interface AdapterEntry {
  /** Requests choose it as MODEL:NAME. */
  name: string;
  /** File or folder on the server's machine. */
  path: string;
  sha256: string;
  /** Seconds since 1970. */
  registered_at: number;
  /** Milliseconds since 1970 of the newest rating or vote that it learned from; null where that is not known. */
  learned_until: number | null;
}

/** What stands behind a model id; `history` has what was before, the newest last. */
export interface ServedAdapter {
  model: string;
  object: "served_adapter";
  /** Null: the model as its file has it. */
  current: AdapterEntry | null;
  history: (AdapterEntry | null)[];
}

/** Body of `POST /v1alpha/admin/adapters`. */
export interface RegisterAdapterRequest {
  model: string;
  name: string;
  path: string;
  /** Refused where the file is another. */
  sha256?: string | undefined;
  learned_until?: number | undefined;
}

const model = z.string().min(1).max(500);

const entry: z.ZodType<AdapterEntry> = z.strictObject({
  name: z.string(),
  path: z.string(),
  sha256: z.string(),
  registered_at: z.int(),
  learned_until: z.int().nullable(),
});

export const servedAdapterSchema: z.ZodType<ServedAdapter> = z.strictObject({
  model: z.string(),
  object: z.literal("served_adapter"),
  current: entry.nullable(),
  history: z.array(entry.nullable()),
});

export const servedAdapterListSchema: z.ZodType<{ data: ServedAdapter[] }> = z.strictObject({
  data: z.array(servedAdapterSchema),
});

export const registerAdapterSchema: z.ZodType<RegisterAdapterRequest> = z.strictObject({
  model,
  name: z
    .string()
    .regex(/^[\w.-]{1,100}$/, "A name has 1 to 100 letters, digits, _, . and -")
    .refine((name) => name !== "base", "The name base stands for no adapter"),
  path: z.string().min(1).max(4096),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "A SHA-256 has 64 hexadecimal digits")
    .optional(),
  learned_until: z.int().min(0).optional(),
});

export const rollbackAdapterSchema: z.ZodType<{ model: string }> = z.strictObject({ model });
