import { z } from "zod";
import { numberField } from "../config/number-field.ts";
import { type PresetName, presets } from "./presets.ts";
import type { ProviderSettings, ProviderType } from "./provider-type.ts";
import { RemoteProvider } from "./remote-provider.ts";

interface RemoteOpenaiSettings extends ProviderSettings {
  type: "remote::openai";
  preset: PresetName;
  url?: string | null | undefined;
  api_key?: string | null | undefined;
  headers?: Record<string, string> | undefined;
  query?: Record<string, string> | undefined;
  models?: string[] | null | undefined;
  timeout_seconds?: number | undefined;
  idle_timeout_seconds?: number | undefined;
}

const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];
// Printable ASCII: what a header may hold.
const headerValue = z.string().regex(/^[\x20-\x7e]*$/, "A header holds printable ASCII characters only");
const seconds = numberField(z.number().positive().max(86_400));

const schema: z.ZodType<RemoteOpenaiSettings> = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$|^$/, "An id has up to 64 letters, digits, _, . and -"),
  type: z.literal("remote::openai"),
  preset: z
    .enum(presetNames, { error: `The presets are ${presetNames.join(", ")}` })
    .default("openai-compatible"),
  url: z.string().nullish(),
  api_key: headerValue.nullish(),
  headers: z
    .record(z.string().regex(/^[\w-]+$/, "The name of a header has letters, digits, _ and -"), headerValue)
    .optional(),
  query: z.record(z.string(), z.string()).optional(),
  models: z.array(z.string().min(1)).nullish(),
  timeout_seconds: seconds.optional(),
  idle_timeout_seconds: seconds.optional(),
});

/** Every server that speaks OpenAI's protocol. */
export const remoteOpenai: ProviderType = {
  schema,
  create(settings) {
    const { id, preset, url, api_key, headers, query, models, timeout_seconds, idle_timeout_seconds } =
      settings as RemoteOpenaiSettings;
    return new RemoteProvider({
      id,
      preset,
      // Empty: a variable that is not set.
      url: url || null,
      apiKey: api_key ?? null,
      models: models ?? null,
      ...(headers && { headers }),
      ...(query && { query }),
      ...(timeout_seconds !== undefined && { timeoutMs: timeout_seconds * 1000 }),
      ...(idle_timeout_seconds !== undefined && { idleTimeoutMs: idle_timeout_seconds * 1000 }),
    });
  },
};
