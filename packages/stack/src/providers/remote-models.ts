import { RemoteModel, type RetryOptions } from "./remote-model.ts";
import type { RemoteProvider } from "./remote-provider.ts";

/** A model with a name of its own that one or more providers compute. */
export interface NamedRemoteModel {
  name: string;
  /** In the order in which they are asked. */
  targets: readonly { provider: string; model: string }[];
}

/** How often providers are asked whether they live. */
const checkEveryMs = 60_000;

/** The models of all remote providers: named ones, `provider/model`, and `model` where only one provider has it. */
export class RemoteModels {
  readonly providers: readonly RemoteProvider[];
  readonly #named: ReadonlyMap<string, RemoteModel>;
  readonly #retry: RetryOptions;
  readonly #made = new Map<string, RemoteModel>();

  constructor(
    providers: readonly RemoteProvider[],
    named: readonly NamedRemoteModel[] = [],
    retry: RetryOptions = {},
  ) {
    this.providers = providers;
    this.#retry = retry;
    const byId = new Map(providers.map((each) => [each.id, each]));
    if (byId.size < providers.length) {
      const twice = providers.find((each) => byId.get(each.id) !== each);
      throw new TypeError(`Two providers are called ${twice?.id}; give each its own id`);
    }
    this.#named = new Map(
      named.map(({ name, targets }) => {
        const found = targets.map(({ provider, model }) => {
          const each = byId.get(provider);
          if (each === undefined)
            throw new TypeError(`Model ${name} names provider ${provider}, which is not there`);
          return { provider: each, model };
        });
        return [name, new RemoteModel(name, found, retry)];
      }),
    );
  }

  /** All models that are known. */
  get all(): readonly RemoteModel[] {
    return [
      ...this.#named.values(),
      ...this.providers.flatMap((provider) => provider.models.map((model) => this.#make(provider, model))),
    ];
  }

  /** Names of all models that are known, with their providers. */
  get names(): readonly string[] {
    return this.all.map(({ name }) => name);
  }

  /** Finds a model by its name; null when no provider can have it. */
  find(name: string): RemoteModel | null {
    const named = this.#named.get(name);
    if (named !== undefined) return named;
    for (const provider of this.providers) {
      // Also what it does not list: it knows best.
      if (name.startsWith(`${provider.id}/`)) return this.#make(provider, name.slice(provider.id.length + 1));
    }
    const having = this.providers.filter(({ models }) => models.includes(name));
    return having.length === 1 ? this.#make(having[0]!, name) : null;
  }

  /** Providers that list a model under this bare name; more than one is ambiguous. */
  having(name: string): readonly RemoteProvider[] {
    return this.providers.filter(({ models }) => models.includes(name));
  }

  /** Asks all providers for their models, now and from time to time; resolves after the first time. */
  async watch(signal: AbortSignal): Promise<void> {
    const check = (): Promise<unknown> => Promise.all(this.providers.map((each) => each.check(signal)));
    await check();
    const timer = setInterval(() => void check(), checkEveryMs);
    timer.unref();
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  #make(provider: RemoteProvider, model: string): RemoteModel {
    const name = `${provider.id}/${model}`;
    let made = this.#made.get(name);
    if (made === undefined) {
      made = new RemoteModel(name, [{ provider, model }], this.#retry);
      // Clients choose names: what is kept must not grow with them.
      if (this.#made.size < 1000) this.#made.set(name, made);
    }
    return made;
  }
}
