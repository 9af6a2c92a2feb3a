import { type Answer, openStream } from "@llamero/core/net/open-stream";
import { CircuitBreaker } from "./circuit-breaker.ts";
import type { Operation } from "./operation.ts";
import type { Preset } from "./preset.ts";
import { type PresetName, presets } from "./presets.ts";
import { keyOf, type ProviderData } from "./provider-data.ts";
import { RetryBudget } from "./retry-budget.ts";
import { redact, toConnectionError, toUpstreamError } from "./upstream-error.ts";

/** A provider of `remote::openai`. */
export interface RemoteProviderOptions {
  /** Before the names of its models: `id/model`. */
  id: string;
  preset: PresetName;
  /** Where the preset has none, or another. */
  url?: string | null;
  apiKey?: string | null;
  /** Sent with each request, beside those of the preset. */
  headers?: Readonly<Record<string, string>>;
  /** Added to each address, beside that of the preset. */
  query?: Readonly<Record<string, string>>;
  /** Models to list; default those that it lists itself. Others can be asked for as `id/model` too. */
  models?: readonly string[] | null;
  /** Until its answer begins; default 10 minutes, for answers that are not streamed. */
  timeoutMs?: number;
  /** Silence in the middle of an answer; default 2 minutes. */
  idleTimeoutMs?: number;
}

/** What a provider did last. */
export interface ProviderHealth {
  status: "OK" | "Error" | "Not Implemented";
  message?: string;
}

/** One try of one request. */
export interface Attempt {
  operation: Operation;
  /** Its `model` is the provider's own name. */
  body: Record<string, unknown>;
  data: ProviderData;
  signal: AbortSignal;
}

const maxAnswerBytes = 64 * 2 ** 20;
const maxErrorBytes = 64 * 1024;

/** Another server that speaks OpenAI's protocol. */
export class RemoteProvider {
  readonly id: string;
  readonly type = "remote::openai";
  readonly presetName: PresetName;
  readonly preset: Preset;
  readonly breaker: CircuitBreaker = new CircuitBreaker({ maxFailures: 5, openMs: 5000, maxOpenMs: 60_000 });
  readonly retries: RetryBudget = new RetryBudget();
  readonly #options: RemoteProviderOptions;
  readonly #url: string;
  /** By operation, unless they name the model. */
  readonly #addresses = new Map<string, URL>();
  /** By what is accepted; with the key of the configuration. */
  readonly #ownHeaders = new Map<string, Readonly<Record<string, string>>>();
  #models: readonly string[];
  #health: ProviderHealth = { status: "Not Implemented", message: "It was not asked yet" };

  constructor(options: RemoteProviderOptions) {
    const preset = presets[options.preset];
    const url = options.url ?? preset.url;
    if (url === null) {
      throw new TypeError(
        `Provider ${options.id} needs a url, such as ${preset.urlForm ?? "http://HOST/v1"}`,
      );
    }
    this.id = options.id;
    this.presetName = options.preset;
    this.preset = preset;
    this.#options = options;
    this.#url = url.replace(/\/+$/, "");
    this.#models = options.models ?? [];
    const parsed = parseUrl(this.#url.replaceAll("{model}", "model"), options.id);
    if (parsed.username !== "" || parsed.password !== "") {
      throw new TypeError(
        `The url of provider ${options.id} holds a user name or password; use api_key or headers`,
      );
    }
  }

  /** Names of its models, as requests give them behind `id/`. */
  get models(): readonly string[] {
    return this.#models;
  }

  get health(): ProviderHealth {
    if (!this.breaker.isOpen) return this.#health;
    return { status: "Error", message: "It failed several times in a row" };
  }

  /** The provider's own name of a model. */
  upstreamName(model: string): string {
    const { modelPrefix = "" } = this.preset;
    return model.startsWith(modelPrefix) ? model : modelPrefix + model;
  }

  /** Whole answer, in JSON as bytes; throws UpstreamError. */
  async fetchWhole(attempt: Attempt): Promise<string> {
    try {
      const stream = await this.#open(attempt, "application/json");
      return (await stream.read(maxAnswerBytes)).toString("latin1");
    } catch (error) {
      throw this.#failure(attempt, error);
    }
  }

  /** Server-sent events whose first bytes are there; throws UpstreamError. */
  async fetchEvents(attempt: Attempt): Promise<Answer> {
    try {
      const stream = await this.#open(attempt, "text/event-stream");
      await stream.opened();
      return stream;
    } catch (error) {
      throw this.#failure(attempt, error);
    }
  }

  /** The error for a stream that was cut. */
  cutError(error: unknown, data: ProviderData = {}): Error {
    return toConnectionError(this.id, error, this.#secrets(data)).answer;
  }

  /** Asks for its models and notes whether it answers. */
  async check(signal: AbortSignal): Promise<ProviderHealth> {
    if (!this.preset.listsModels) return this.#health;
    try {
      const url = this.#address("models", "");
      const stream = await this.#send(url, { method: "GET", data: {}, signal, timeoutMs: 10_000 }, null);
      const listed = JSON.parse((await stream.read(maxAnswerBytes)).toString()) as {
        data?: { id?: unknown }[];
      };
      const ids = (Array.isArray(listed) ? listed : (listed.data ?? [])).map((each) => each?.id);
      const { modelPrefix = "" } = this.preset;
      if ((this.#options.models ?? null) === null) {
        this.#models = ids
          .filter((id): id is string => typeof id === "string")
          .map((id) => (id.startsWith(modelPrefix) ? id.slice(modelPrefix.length) : id));
      }
      this.#health = { status: "OK" };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#health = { status: "Error", message: redact(reason, this.#secrets({})) };
    }
    return this.#health;
  }

  #open({ operation, body, data, signal }: Attempt, wanted: string): Promise<Answer> {
    const url = this.#address(operation, String(body["model"]));
    const { timeoutMs = 600_000 } = this.#options;
    return this.#send(url, { method: "POST", body: JSON.stringify(body), data, signal, timeoutMs }, wanted);
  }

  async #send(
    url: URL,
    options: {
      method: "GET" | "POST";
      body?: string;
      data: ProviderData;
      signal: AbortSignal;
      timeoutMs: number;
    },
    wanted: string | null,
  ): Promise<Answer> {
    const { method, body, data, signal, timeoutMs } = options;
    const stream = await openStream(url, {
      purpose: "provider",
      method,
      headers: this.#headers(data, wanted ?? "application/json"),
      ...(body !== undefined && { body, contentType: "application/json" }),
      headersTimeoutMs: timeoutMs,
      idleTimeoutMs: this.#options.idleTimeoutMs ?? 120_000,
      signal,
    });
    const { status } = stream;
    const type = stream.headers["content-type"] ?? "";
    if (status === 200 && (wanted === null || type.startsWith(wanted))) {
      // It may refuse with an event, so it is not healthy for its head alone.
      return stream;
    }
    const text =
      status === 200
        ? `it answered in ${type === "" ? "an unknown type" : type}, not in ${wanted}`
        : // Of a page that is too long or cut the status says enough.
          (await stream.read(maxErrorBytes).catch(() => Buffer.alloc(0))).toString();
    stream.destroy();
    throw toUpstreamError({
      provider: this.id,
      // A redirect would carry the key elsewhere.
      status: status < 400 ? 502 : status,
      text: status >= 300 && status < 400 ? `it redirects (${status})` : text,
      retryAfter: stream.headers["retry-after"],
      secrets: this.#secrets(data),
      isClientKey: this.#clientKey(data) !== null,
    });
  }

  /** What went wrong with a try: the end that the signal asked for, or an UpstreamError. */
  #failure({ data, signal }: Attempt, error: unknown): unknown {
    if (signal.aborted) return signal.reason;
    if (error instanceof Error && error.name === "UpstreamError") return error;
    return toConnectionError(this.id, error, this.#secrets(data));
  }

  #address(path: string, model: string): URL {
    const hasModel = this.#url.includes("{model}");
    const known = hasModel ? undefined : this.#addresses.get(path);
    if (known !== undefined) return known;
    const url = new URL(`${this.#url.replaceAll("{model}", encodeURIComponent(model))}/${path}`);
    for (const [name, value] of Object.entries({ ...this.preset.query, ...this.#options.query })) {
      url.searchParams.set(name, value);
    }
    if (!hasModel) this.#addresses.set(path, url);
    return url;
  }

  #headers(data: ProviderData, accept: string): Readonly<Record<string, string>> {
    const clientKey = this.#clientKey(data);
    const known = clientKey === null ? this.#ownHeaders.get(accept) : undefined;
    if (known !== undefined) return known;
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.#options.headers ?? {})) {
      headers[name.toLowerCase()] = value;
    }
    const key = clientKey ?? this.#options.apiKey ?? "";
    if (key !== "") {
      if (this.preset.auth === "bearer") headers["authorization"] = `Bearer ${key}`;
      else headers["api-key"] = key;
    }
    headers["accept-encoding"] = "identity";
    headers["user-agent"] = "llamero";
    headers["accept"] = accept;
    if (clientKey === null) this.#ownHeaders.set(accept, headers);
    return headers;
  }

  #clientKey(data: ProviderData): string | null {
    return keyOf(data, this.id, this.presetName);
  }

  #secrets(data: ProviderData): string[] {
    const { apiKey, headers = {}, query = {} } = this.#options;
    const given = [apiKey ?? "", ...Object.values(data), ...Object.values(headers), ...Object.values(query)];
    // Shorter ones are words, not secrets.
    return given.filter((secret) => secret.length >= 6).sort((a, b) => b.length - a.length);
  }
}

function parseUrl(url: string, id: string): URL {
  try {
    const parsed = new URL(url);
    if (parsed.protocol === "http:" || parsed.protocol === "https:") return parsed;
  } catch {
    // Said below.
  }
  throw new TypeError(`The url of provider ${id} is no http or https address: ${url}`);
}
