import type { z } from "zod";
import type { RemoteProvider } from "./remote-provider.ts";

/** What a provider's settings have in common. */
export interface ProviderSettings {
  /** Empty: switched off. */
  id: string;
  type: string;
}

/** A type of providers: its settings, and how they become one. */
export interface ProviderType {
  /** Fields of a configuration, `id` and `type` included. */
  schema: z.ZodType<ProviderSettings>;
  /** Null: what it computes runs in this process. Throws TypeError for settings that do not fit together. */
  create(settings: ProviderSettings): RemoteProvider | null;
}
