import { setTimeout as sleep } from "node:timers/promises";
import { HttpError } from "../http/http-error.ts";
import type { Operation } from "./operation.ts";
import type { ProviderData } from "./provider-data.ts";
import type { RemoteProvider } from "./remote-provider.ts";
import { EventRenamer, latin1Json, renameModel } from "./rename-model.ts";
import { UpstreamError } from "./upstream-error.ts";

/** A provider and its name for a model, without the preset's prefix. */
export interface RemoteTarget {
  provider: RemoteProvider;
  model: string;
}

/** What to ask a remote model. */
export interface ForwardRequest {
  operation: Operation;
  /** As our own route takes it; `model` is replaced. */
  body: Readonly<Record<string, unknown>>;
  /** Keys that came with the request. */
  data?: ProviderData;
}

/** A remote answer with the model called by its served name. */
export type ForwardReply =
  | { type: "whole"; provider: string /** Bytes as latin1 characters. */; json: string }
  | {
      type: "events";
      provider: string;
      /** Gives latin1 text of whole lines to the sink; rejects with HttpError when the stream is cut. */
      drain(sink: (text: string) => Promise<void> | undefined): Promise<void>;
    };

/** How patiently a remote model is asked; only before the first byte of an answer. */
export interface RetryOptions {
  /** Of one request, over all providers; default 3, and at least one for each provider. */
  maxTries?: number;
  /** Of all tries and waits together before the last try begins; default 30 s. */
  budgetMs?: number;
  /** Wait after the first round of failures, doubled after each; default 250. */
  baseDelayMs?: number;
}

/** Fields of ours that no provider knows, with the values that say nothing. */
const ownFields: readonly (readonly [string, readonly unknown[]])[] = [
  ["context_policy", ["refuse"]],
  ["pooling", []],
];
/** Values of fields that ask for what happens anyway. */
const neutral: Readonly<Record<string, unknown>> = { n: 1, logprobs: false };
/** What keeps an answer in our own store. */
const keptHere: readonly string[] = ["store", "metadata"];

/** A model that other servers compute; several take its requests in order, the next when one fails. */
export class RemoteModel {
  readonly name: string;
  readonly targets: readonly RemoteTarget[];
  readonly #retry: Required<RetryOptions>;

  constructor(name: string, targets: readonly RemoteTarget[], retry: RetryOptions = {}) {
    this.name = name;
    this.targets = targets;
    const { maxTries = 3, budgetMs = 30_000, baseDelayMs = 250 } = retry;
    this.#retry = { maxTries: Math.max(maxTries, targets.length), budgetMs, baseDelayMs };
  }

  /** Asks the providers until one begins to answer; throws HttpError, or the reason of the signal. */
  async forward(request: ForwardRequest, signal: AbortSignal): Promise<ForwardReply> {
    const targets = this.#able(request);
    const { maxTries, budgetMs, baseDelayMs } = this.#retry;
    const end = performance.now() + budgetMs;
    for (const { provider } of targets) provider.retries.earn();
    let tries = 0;
    let last: UpstreamError | null = null;
    for (let round = 0; ; round++) {
      const triesBefore = tries;
      let askedToWaitMs = Number.POSITIVE_INFINITY;
      for (const target of targets) {
        const { provider } = target;
        if (tries >= maxTries) break;
        if (!provider.breaker.enter()) continue;
        // Going on to another provider is no retry.
        if (round > 0 && !provider.retries.spend()) {
          provider.breaker.leave();
          continue;
        }
        tries++;
        const outcome = await this.#try(target, request, signal);
        if (!(outcome instanceof UpstreamError)) return outcome;
        if (!outcome.isPassing) throw outcome.answer;
        last = outcome;
        askedToWaitMs = Math.min(askedToWaitMs, outcome.retryAfterMs);
      }
      if (last === null) throw this.#unavailable(targets);
      // Left alone by now, or no retries to spend.
      if (tries === triesBefore) throw last.answer;
      const backoffMs = baseDelayMs * 2 ** round * (0.5 + Math.random() / 2);
      const waitMs = Math.max(backoffMs, askedToWaitMs);
      if (tries >= maxTries || performance.now() + waitMs > end) throw last.answer;
      await sleep(waitMs, undefined, { signal }).catch(() => {
        throw signal.reason;
      });
    }
  }

  /** Providers that can do what is asked; throws when there is none. */
  #able({ operation, body }: ForwardRequest): readonly RemoteTarget[] {
    for (const [field, values] of ownFields) {
      const value = body[field] ?? null;
      if (value !== null && !values.includes(value)) throw this.#unsupported(field, this.targets[0]!);
    }
    let refusal: HttpError | null = null;
    const able = this.targets.filter((target) => {
      const { operations, unsupported } = target.provider.preset;
      if (operations !== undefined && !operations.includes(operation)) {
        refusal ??= new HttpError(
          400,
          `Provider ${target.provider.id} does not do ${operation}; it does ${operations.join(", ")}`,
          { param: "model", code: "unsupported_operation" },
        );
        return false;
      }
      const field = unsupported.find((name) => {
        const value = body[name] ?? null;
        return value !== null && value !== neutral[name];
      });
      if (field !== undefined) refusal ??= this.#unsupported(field, target);
      return field === undefined;
    });
    if (able.length === 0 && refusal !== null) throw refusal;
    return able;
  }

  #unsupported(field: string, { provider }: RemoteTarget): HttpError {
    return new HttpError(400, `Provider ${provider.id} does not take ${field}; leave it out`, {
      param: field,
      code: "unsupported_parameter",
    });
  }

  #unavailable(targets: readonly RemoteTarget[]): HttpError {
    const names = targets.map(({ provider }) => provider.id).join(", ");
    const waitMs = Math.max(1000, Math.min(...targets.map(({ provider }) => provider.breaker.waitMs)));
    return new HttpError(
      503,
      `Provider ${names} is left alone for a while: it failed several times in a row`,
      {
        type: "server_error",
        code: "provider_unavailable",
        headers: { "Retry-After": String(Math.ceil(waitMs / 1000)) },
      },
    );
  }

  async #try(
    { provider, model }: RemoteTarget,
    { operation, body, data = {} }: ForwardRequest,
    signal: AbortSignal,
  ): Promise<ForwardReply | UpstreamError> {
    const sent: Record<string, unknown> = { ...body, model: provider.upstreamName(model) };
    for (const name of keptHere) if (name in sent) delete sent[name];
    const attempt = { operation, body: sent, data, signal };
    try {
      if (body["stream"] !== true) {
        const json = await provider.fetchWhole(attempt);
        provider.breaker.succeed();
        return { type: "whole", provider: provider.id, json: renameModel(json, latin1Json(this.name)) };
      }
      const stream = await provider.fetchEvents(attempt);
      provider.breaker.succeed();
      const renamer = new EventRenamer(this.name);
      return {
        type: "events",
        provider: provider.id,
        drain: async (sink) => {
          try {
            await stream.drain((chunk) => {
              const text = renamer.push(chunk);
              return text === "" ? undefined : sink(text);
            });
          } catch (error) {
            stream.destroy();
            if (signal.aborted) throw signal.reason;
            provider.breaker.fail();
            throw provider.cutError(error, data);
          }
          const rest = renamer.end();
          if (rest !== "") await sink(rest);
          if (!renamer.isDone) await sink(`${rest === "" ? "" : "\n\n"}data: [DONE]\n\n`);
        },
      };
    } catch (error) {
      if (!(error instanceof UpstreamError)) {
        provider.breaker.leave();
        throw error;
      }
      if (error.isFault) provider.breaker.fail();
      else if (error.answer.status === 429) provider.breaker.leave();
      else provider.breaker.succeed();
      return error;
    }
  }
}
