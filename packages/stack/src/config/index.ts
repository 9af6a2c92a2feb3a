export { openStore } from "../store/open-store.ts";
export type { Store } from "../store/store.ts";
export { toApiKeys, toLimits } from "./access-schema.ts";
export { ConfigError } from "./config-error.ts";
export type { ConfigFile, ModelSettings } from "./config-schema.ts";
export type { Environment } from "./expand-env.ts";
export { openProviders } from "./open-providers.ts";
export { readConfig } from "./read-config.ts";
export { showConfig } from "./show-config.ts";
