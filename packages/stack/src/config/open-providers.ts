import { providerTypes } from "../providers/registry.ts";
import { type NamedRemoteModel, RemoteModels } from "../providers/remote-models.ts";
import { ConfigError } from "./config-error.ts";
import type { ConfigFile } from "./config-schema.ts";

/** The remote models of a configuration; throws ConfigError. */
export function openProviders(config: ConfigFile): RemoteModels {
  // One without an id is switched off, as `id: ${env.GROQ_API_KEY:+groq}` is where there is no key.
  const settings = (config.providers ?? []).filter(({ id }) => id !== "");
  const off = (config.providers ?? []).length - settings.length;
  const named: NamedRemoteModel[] = [];
  for (const model of config.models ?? []) {
    if (!("providers" in model)) continue;
    const targets = model.providers.filter(
      ({ provider }) => settings.some(({ id }) => id === provider) || off === 0,
    );
    if (targets.length > 0) named.push({ name: model.name, targets });
  }
  const { max_tries, budget_seconds } = config.retries ?? {};
  const retry = {
    ...(max_tries !== undefined && { maxTries: max_tries }),
    ...(budget_seconds !== undefined && { budgetMs: budget_seconds * 1000 }),
  };
  try {
    const providers = settings.map((each) => providerTypes[each.type]!.create(each));
    return new RemoteModels(
      providers.filter((each) => each !== null),
      named,
      retry,
    );
  } catch (error) {
    if (error instanceof TypeError) throw new ConfigError(error.message, null, { cause: error });
    throw error;
  }
}
