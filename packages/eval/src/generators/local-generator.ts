import { createHash } from "node:crypto";
import type { GeneratePart, LoadedModel } from "@llamero/core";
import type { Degradation } from "@llamero/kernels";
import type {
  Generation,
  GenerationRequest,
  Generator,
  GeneratorIdentity,
  Loglikelihood,
  LoglikelihoodRequest,
} from "../generator.ts";
import { Gate } from "./gate.ts";
import { modelDigest } from "./model-digest.ts";
import { rollingWindows, type SplitTokens, splitTokens } from "./split-tokens.ts";

/** What of a loaded model answers need. */
export type LocalModel = Pick<
  LoadedModel,
  | "name"
  | "contextLimit"
  | "chat"
  | "complete"
  | "score"
  | "engine"
  | "tokenizer"
  | "format"
  | "checkpoint"
  | "plan"
>;

export interface LocalGeneratorOptions {
  /** Whether raw texts begin with the token that begins texts; default as the model's file says. */
  addBos?: boolean;
  /** File that keeps digests of weight files; null keeps none. Default null. */
  digestLog?: string | null;
  signal?: AbortSignal;
}

/** Contexts below this are computed again rather than waited for. */
const MIN_SHARED_TOKENS = 64;

/** A model of this machine. Requests made together run together in the engine; equal contexts are computed once. */
export class LocalGenerator implements Generator {
  readonly identity: GeneratorIdentity;
  readonly contextLimit: number;
  readonly concurrency: number;
  readonly #model: LocalModel;
  readonly #bosIds: readonly number[];
  readonly #prefixId: number | null;
  readonly #gate: Gate;
  /** The first score of each context that is under way. */
  readonly #firsts = new Map<string, Promise<unknown>>();
  readonly #notes = new Map<string, Degradation>();

  private constructor(model: LocalModel, identity: GeneratorIdentity, bosIds: readonly number[]) {
    const { tokenizer, plan } = model;
    this.#model = model;
    this.identity = identity;
    this.contextLimit = model.contextLimit;
    this.concurrency = plan.limits.maxBatch;
    // A few more than run at once, so that the next are there when one ends.
    this.#gate = new Gate(2 * plan.limits.maxBatch);
    this.#bosIds = bosIds;
    this.#prefixId = tokenizer.bosId ?? tokenizer.eosIds[0] ?? null;
  }

  /** Takes a loaded model, which stays the caller's. Reads its weight files once for their digest. */
  static async create(model: LocalModel, options: LocalGeneratorOptions = {}): Promise<LocalGenerator> {
    const { tokenizer, checkpoint, engine, format, plan } = model;
    const { addBos = tokenizer.addBos, digestLog = null, signal } = options;
    if (addBos && tokenizer.bosId === null) {
      throw new RangeError(`${model.name} has no token that begins texts; leave addBos out`);
    }
    const { backend, mode } = engine.info();
    const template = `${format.name}\n${checkpoint.chatTemplate ?? ""}`;
    const identity: GeneratorIdentity = {
      model: model.name,
      modelHash: await modelDigest(checkpoint, { logPath: digestLog, ...(signal && { signal }) }),
      templateHash: createHash("sha256").update(template).digest("hex"),
      backend,
      mode,
      settings: { kv: plan.kv.dtype, bos: addBos ? "yes" : "no", context: String(model.contextLimit) },
    };
    return new LocalGenerator(model, identity, addBos ? [tokenizer.bosId!] : []);
  }

  get degraded(): readonly Degradation[] {
    return [...this.#model.engine.info().degraded, ...this.#notes.values()];
  }

  /** An answer shorter than asked for, where the context has no room for more, is noted in `degraded`. */
  async generate(request: GenerationRequest): Promise<Generation> {
    const { prompt, temperature, topP, seed, stop, responseFormat, signal } = request;
    const model = this.#model;
    const ids = this.#idsOf(prompt);
    const room = this.contextLimit - ids.length;
    if (room < request.maxTokens) this.#noteRoom(request.maxTokens);
    const options = {
      // Without room the model itself refuses the prompt, with its numbers.
      maxTokens: Math.max(1, Math.min(request.maxTokens, room)),
      sampling: { temperature, topP, topK: 0, minP: 0, seed },
      stop,
      ...(responseFormat && { responseFormat }),
      ...(signal && { signal }),
    };
    return await this.#gate.run(signal, () =>
      collect(
        prompt.kind === "text"
          ? model.complete(ids, options)
          : model.chat(prompt.messages, { ...options, ...(prompt.tools && { tools: prompt.tools }) }),
      ),
    );
  }

  readonly loglikelihood = async (request: LoglikelihoodRequest): Promise<Loglikelihood> => {
    const { tokenizer } = this.#model;
    const options = { bosIds: this.#bosIds, prefixId: this.#prefixId };
    const tokens = splitTokens(request, (text) => tokenizer.encode(text), options);
    const parts = this.#fit(tokens, request);
    const scores = await Promise.all(parts.map((part) => this.#score(part, request.signal)));
    return {
      logprob: scores.reduce((sum, each) => sum + each.logprob, 0),
      isGreedy: scores.every((each) => each.isGreedy),
      numTokens: tokens.continuation.length,
    };
  };

  #fit(tokens: SplitTokens, { overflow = "error", context }: LoglikelihoodRequest): SplitTokens[] {
    const { contextLimit } = this;
    const numTokens = tokens.context.length + tokens.continuation.length;
    if (numTokens <= contextLimit) return [tokens];
    if (overflow === "windows" && context === "") return rollingWindows(tokens, contextLimit);
    const surplus = numTokens - contextLimit;
    if (overflow === "truncate" && surplus < tokens.context.length) {
      this.#notes.set("context", {
        what: "context of log-likelihoods",
        wanted: "all of it",
        used: `the last ${contextLimit} tokens`,
        why: "some texts are longer than the model's context",
      });
      return [{ ...tokens, context: tokens.context.slice(surplus) }];
    }
    throw new RangeError(
      `Context and continuation have ${numTokens} tokens, but the model takes ${contextLimit}; take a longer context or fewer shots`,
    );
  }

  /** Continuations of one context wait until the first has put it into the engine's prefix cache. */
  async #score(
    { context, continuation }: SplitTokens,
    signal: AbortSignal | undefined,
  ): Promise<Pick<Loglikelihood, "logprob" | "isGreedy">> {
    const score = (): Promise<Pick<Loglikelihood, "logprob" | "isGreedy">> =>
      this.#gate.run(signal, async () => {
        const options = { from: context.length - 1, topLogprobs: 1, ...(signal && { signal }) };
        const positions = await this.#model.score([...context, ...continuation], options);
        return {
          logprob: positions.reduce((sum, { logprob }) => sum + logprob, 0),
          isGreedy: positions.every(({ token, top }) => top[0]?.token === token),
        };
      });
    if (context.length < MIN_SHARED_TOKENS) return await score();
    const key = context.join();
    const first = this.#firsts.get(key);
    if (first !== undefined) {
      await first.catch(() => undefined);
      return await score();
    }
    const own = score();
    this.#firsts.set(key, own);
    try {
      return await own;
    } finally {
      this.#firsts.delete(key);
    }
  }

  #idsOf(prompt: GenerationRequest["prompt"]): readonly number[] {
    if (prompt.kind === "text") return [...this.#bosIds, ...this.#model.tokenizer.encode(prompt.text)];
    return this.#model.format.render(prompt.messages, { ...(prompt.tools && { tools: prompt.tools }) }).ids;
  }

  #noteRoom(wanted: number): void {
    this.#notes.set("room", {
      what: "length of answers",
      wanted: `${wanted} tokens`,
      used: "what the context leaves",
      why: `some prompts leave less of the context of ${this.contextLimit}`,
    });
  }
}

async function collect(parts: AsyncIterable<GeneratePart>): Promise<Generation> {
  for await (const part of parts) {
    if (part.type !== "finish") continue;
    const { text, toolCalls, reason, usage } = part;
    const { promptTokens, completionTokens } = usage;
    return { text, toolCalls, reason, promptTokens, completionTokens };
  }
  throw new Error("The model ended without a finish");
}
