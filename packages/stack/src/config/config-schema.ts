import { z } from "zod";
import type { ProviderSettings } from "../providers/provider-type.ts";
import { toOrigin } from "../security/cors.ts";
import {
  type PolicySettings,
  policyProblems,
  policySchema,
  type ShieldSettings,
  shieldsSchema,
} from "../shields/shield-settings.ts";
import { type ToolSettings, toolSettingsSchema } from "../tools/tool-settings.ts";
import { type KeySettings, keySchema, type LimitSettings, limitsSchema } from "./access-schema.ts";
import { numberField } from "./number-field.ts";
import { type TraceSettings, tracesSchema } from "./traces-schema.ts";

/** A model of this machine, or one that providers compute. */
export type ModelSettings =
  | { model: string }
  | { name: string; providers: { provider: string; model: string }[] };

/** What a configuration file may hold; everything is optional. */
export interface ConfigFile {
  server?:
    | {
        host?: string | undefined;
        port?: number | undefined;
        /** Origins whose pages may use the server. */
        cors_origins?: string[] | undefined;
        /** Keys that requests may come with; each owns what is made with it. */
        keys?: KeySettings[] | undefined;
        limits?: LimitSettings | undefined;
        /** Paths of PEM files; with both the server speaks HTTPS. */
        tls_cert?: string | undefined;
        tls_key?: string | undefined;
      }
    | undefined;
  /** Path of a SQLite file, a `postgres://` URL, or `:memory:`. */
  store?: string | undefined;
  /** Folder under which files named by datasets lie. */
  data_folder?: string | undefined;
  traces?: TraceSettings | undefined;
  providers?: ProviderSettings[] | undefined;
  models?: ModelSettings[] | undefined;
  retries?: { max_tries?: number | undefined; budget_seconds?: number | undefined } | undefined;
  /** Tools that the server runs itself. */
  tools?: ToolSettings | undefined;
  shields?: ShieldSettings[] | undefined;
  /** Which shield guards which border, and what happens on a hit. */
  policy?: PolicySettings | undefined;
}

const name = z.string().min(1).max(200);

const localModel = z.strictObject({
  model: name,
});

const remoteModel = z.strictObject({
  name,
  providers: z.array(z.strictObject({ provider: name, model: name })).min(1),
});

const file = z.strictObject({
  server: z
    .strictObject({
      host: z.string().min(1).optional(),
      port: numberField(z.int().min(0).max(65_535)).optional(),
      cors_origins: z
        .array(
          z
            .string()
            .refine((text) => toOrigin(text) === text, "An origin is written like https://example.org"),
        )
        .optional(),
      keys: z
        .array(keySchema)
        .refine(
          (keys) => new Set(keys.map((key) => key.name)).size === keys.length,
          "Two keys have one name; give each its own",
        )
        .optional(),
      limits: limitsSchema.optional(),
      tls_cert: z.string().min(1).optional(),
      tls_key: z.string().min(1).optional(),
    })
    .optional(),
  store: z.string().min(1).optional(),
  data_folder: z.string().min(1).optional(),
  traces: tracesSchema.optional(),
  providers: z.array(z.looseObject({ id: z.string(), type: z.string() })).optional(),
  models: z.array(z.union([localModel, remoteModel])).optional(),
  retries: z
    .strictObject({
      max_tries: numberField(z.int().min(1).max(20)).optional(),
      budget_seconds: numberField(z.number().min(0).max(600)).optional(),
    })
    .optional(),
  tools: toolSettingsSchema.optional(),
  shields: shieldsSchema.optional(),
  policy: policySchema.optional(),
});

/** Of everything but the settings of providers, which their types have. */
export const configSchema: z.ZodType<ConfigFile> = file.superRefine(({ policy, shields }, context) => {
  for (const { path, message } of policyProblems(policy, shields))
    context.addIssue({ code: "custom", path, message });
}) as z.ZodType<ConfigFile>;
