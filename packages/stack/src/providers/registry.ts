import { inlineLlamero } from "./inline-llamero.ts";
import type { ProviderType } from "./provider-type.ts";
import { remoteOpenai } from "./remote-openai.ts";

/** The types of providers that a configuration can name, one line each. */
export const providerTypes: Readonly<Record<string, ProviderType>> = {
  "inline::llamero": inlineLlamero,
  "remote::openai": remoteOpenai,
};
