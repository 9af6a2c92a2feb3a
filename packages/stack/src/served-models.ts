import type { Checkpoint, EngineInfo, EngineStats, TextModel, WorkerStatus } from "@llamero/core";
import { HttpError } from "./http/http-error.ts";
import type { ModelShelf, ShelvedModel } from "./model-shelf.ts";
import type { ProviderData } from "./providers/provider-data.ts";
import type { RemoteModel } from "./providers/remote-model.ts";
import { RemoteModels } from "./providers/remote-models.ts";
import { RemoteTextModel } from "./providers/remote-text-model.ts";
import { modelsNamed } from "./security/key-access.ts";
import { embedsOnly } from "./served-encoder.ts";

/** A text model; one that tells of its engine has more to say in `/v1/health`. */
export type ServableModel = TextModel & {
  readonly engine?: {
    info(): EngineInfo;
    stats(): EngineStats;
    worker?(): WorkerStatus;
    /** Absent: it is loaded as long as the server runs. */
    load?(): Promise<void>;
    unload?(): Promise<void>;
  };
  /** Shape and tensors of its file, for its memory plan. */
  readonly checkpoint?: Pick<Checkpoint, "config" | "tensors">;
  /** Set for a model that only embeds. */
  readonly embedding?: { dimensions: number; pooling: "mean" | "cls" };
  /** Its tokenizer, where it is in this process; one that only embeds counts itself. */
  readonly tokenizer?: { encode(text: string): { readonly length: number } };
  countTokens?(text: string): number;
  /** Absent: it takes no adapters while it runs. */
  loadAdapter?(name: string, path: string): Promise<void>;
  unloadAdapter?(name: string): Promise<void>;
};

/** A model and the name that requests call it by. */
export interface ServedModel {
  name: string;
  model: ServableModel;
  /** Names of its LoRA adapters; each is served as MODEL:ADAPTER. */
  adapters?: readonly string[];
}

/** A model that a request names. */
export interface FoundModel {
  /** As `/v1/models` lists it: with the adapter, without the provider. */
  name: string;
  model: ServableModel;
  /** Adapter that the request runs through. */
  adapter?: string;
}

/** Adapter part of the name by which a model is called that has a current adapter, but without it. */
export const baseName = "base";

/** What else a server can serve. */
export interface MoreModels {
  /** Models that other servers compute. */
  remote?: RemoteModels | undefined;
  /** Counts and guards remote models that chat in our words. */
  wrapRemote?: (served: ServedModel) => ServedModel;
  shelf?: ModelShelf | null;
  /** Told of a model of the shelf that is open now, before a request sees it. */
  onOpen?: (name: string) => Promise<void>;
}

/** The models of a server, by name. */
export class ServedModels {
  /** Seconds since 1970 at which the models were taken up. */
  readonly since: number = Math.floor(Date.now() / 1000);

  /** Models that other servers compute. */
  readonly remote: RemoteModels;
  readonly #wrapRemote: (served: ServedModel) => ServedModel;
  readonly #shelf: ModelShelf | null;
  readonly #onOpen: (name: string) => Promise<void>;
  readonly #named: readonly ServedModel[];
  /** Of the shelf, open now. */
  readonly #opened = new Map<string, ServedModel>();
  #shelvedNames: readonly string[] = [];
  readonly #opening = new Map<string, Promise<void>>();
  /** Adapters that came after the start, and the one that requests for the model itself run through. */
  readonly #later = new Map<string, { adapters: Set<string>; current: string | null }>();

  constructor(models: readonly ServedModel[], more: MoreModels = {}) {
    const { remote = new RemoteModels([]), wrapRemote = (served) => served, shelf = null } = more;
    if (models.length === 0 && remote.providers.length === 0 && shelf === null)
      throw new TypeError("There is no model to serve; give at least one");
    this.#wrapRemote = wrapRemote;
    this.#shelf = shelf;
    this.#onOpen = more.onOpen ?? (async () => {});
    this.#named = models;
    this.remote = remote;
    const names = this.list.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new TypeError(`Two models are called ${twice}; give each its own name`);
  }

  /** Models that are open: those that were named at the start, then those of the shelf. */
  get all(): readonly ServedModel[] {
    return this.#opened.size === 0 ? this.#named : [...this.#named, ...this.#opened.values()];
  }

  /** Models of the shelf that are not open. */
  async shelved(): Promise<readonly ShelvedModel[]> {
    const open = new Set(this.all.map(({ name }) => name));
    const shelved = ((await this.#shelf?.list()) ?? []).filter(({ name }) => !open.has(name));
    this.#shelvedNames = shelved.map(({ name }) => name);
    return shelved;
  }

  /** Opens a model of the shelf by the name that a request calls it by; nothing for all other names. */
  async open(name: string): Promise<void> {
    if (this.#shelf === null) return;
    const plain = name.replace(/^llamero\//, "");
    await this.#opening.get(plain);
    if (this.#findLocal(name) !== undefined) return;
    const found = (await this.shelved()).find(
      (each) => plain === each.name || plain.startsWith(`${each.name}:`),
    );
    if (found === undefined || this.#opened.has(found.name)) return;
    const opening = this.#opening.get(found.name) ?? this.#openNow(this.#shelf, found.name);
    this.#opening.set(found.name, opening);
    await opening.finally(() => this.#opening.delete(found.name));
  }

  /** Opens the models of the shelf that a body names, wherever it does; null where there is no shelf. */
  openNamed(body: unknown): Promise<void> | null {
    return this.#shelf === null ? null : this.#openAll(new Set(modelsNamed(body)));
  }

  async #openAll(names: ReadonlySet<string>): Promise<void> {
    for (const name of names) await this.open(name);
  }

  async #openNow(shelf: ModelShelf, name: string): Promise<void> {
    try {
      this.#opened.set(name, { name, model: await shelf.open(name) });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new HttpError(400, `${name} cannot be served: ${why}`, {
        param: "model",
        code: "unusable_model",
      });
    }
    await this.#onOpen(name);
  }

  /** Closes an idle model of the shelf; false where it is busy, or was named at the start. */
  async close(name: string): Promise<boolean> {
    const served = this.#opened.get(name);
    if (served === undefined) return !this.#named.some((each) => each.name === name);
    const stats = served.model.engine?.stats();
    if (stats !== undefined && stats.numRunning + stats.numWaiting > 0) return false;
    this.#opened.delete(name);
    await served.model[Symbol.asyncDispose]();
    return true;
  }

  /** Everything that a request can name: models, and each with each of its adapters. */
  get list(): readonly FoundModel[] {
    return this.all.flatMap(({ name, model, adapters = [] }): FoundModel[] => {
      const later = this.#later.get(name);
      const current = later?.current ?? null;
      const all = [...new Set([...adapters, ...(later?.adapters ?? [])])];
      return [
        { name, model, ...(current !== null && { adapter: current }) },
        ...(current === null ? [] : [{ name: `${name}:${baseName}`, model }]),
        ...all.map((adapter) => ({ name: `${name}:${adapter}`, model, adapter })),
      ];
    });
  }

  /** Serves a loaded adapter as MODEL:ADAPTER, or no longer. Requests under way keep what they have. */
  setAdapter(model: string, adapter: string, isServed: boolean): void {
    const later = this.#laterOf(model);
    if (isServed) later.adapters.add(adapter);
    else later.adapters.delete(adapter);
  }

  /** Adapter that requests for the model itself run through from now on; null: none. */
  setCurrent(model: string, adapter: string | null): void {
    this.#laterOf(model).current = adapter;
  }

  #laterOf(model: string): { adapters: Set<string>; current: string | null } {
    const later = this.#later.get(model) ?? { adapters: new Set<string>(), current: null };
    this.#later.set(model, later);
    return later;
  }

  /** Finds a language model of this machine by its name, with or without the provider before it and an adapter behind it. */
  find(name: string): FoundModel {
    const found = this.findServed(name);
    if (found.model.embedding !== undefined) throw embedsOnly(found.name);
    return found;
  }

  /** Finds a model of this machine by its name, also one that only embeds. */
  findServed(name: string): FoundModel {
    const found = this.#findLocal(name);
    if (found !== undefined) return found;
    const remote = this.findRemote(name);
    if (remote !== null) {
      const { provider } = remote.targets[0]!;
      throw new HttpError(400, `${name} is computed by provider ${provider.id}, which cannot do this`, {
        param: "model",
        code: "unsupported_operation",
      });
    }
    const having = this.remote.having(name).map(({ id }) => `${id}/${name}`);
    if (having.length > 1) {
      throw new HttpError(404, `${name} is ambiguous; say ${having.join(" or ")}`, {
        param: "model",
        code: "model_not_found",
      });
    }
    const local = [...this.list.map((each) => each.name), ...this.#shelvedNames];
    const names = [...local, ...this.remote.names].join(", ");
    throw new HttpError(404, `Model '${name}' not found; there is ${names}`, {
      param: "model",
      code: "model_not_found",
    });
  }

  /** Finds a model that can chat: of this machine, or a remote one in the same words. `data`: keys of the request. */
  findChat(name: string, data: ProviderData = {}): FoundModel {
    const remote = this.findRemote(name);
    if (remote === null) return this.find(name);
    const { model } = this.#wrapRemote({ name: remote.name, model: new RemoteTextModel(remote, data) });
    return { name: remote.name, model };
  }

  /** Finds a model of a remote provider; null for those of this machine, which go first, and unknown ones. */
  findRemote(name: string): RemoteModel | null {
    return this.#findLocal(name) === undefined ? this.remote.find(name) : null;
  }

  #findLocal(name: string): FoundModel | undefined {
    return this.list.find((each) => each.name === name || `llamero/${each.name}` === name);
  }
}
