import type { Degradation } from "@llamero/kernels";
import type {
  Generation,
  GenerationRequest,
  Generator,
  GeneratorIdentity,
  Loglikelihood,
  LoglikelihoodRequest,
} from "../generator.ts";
import { OpenAiClient, type OpenAiClientOptions, OpenAiError } from "../openai-client.ts";
import { firstChoice, readEcho, toGeneration, toolsToWire, toWire } from "./openai-answers.ts";

export interface OpenAiGeneratorOptions extends OpenAiClientOptions {
  /** Default the first that the server lists. */
  model?: string | null;
  /** Requests at once; default 8. */
  concurrency?: number;
  /** Tokens of prompt and answer, where it is known. */
  contextLimit?: number | null;
  signal?: AbortSignal;
}

/** Statuses by which servers say that they do not have an endpoint or a feature of it. */
const lacking: ReadonlySet<number> = new Set([400, 404, 405, 422, 501]);

/** The protocol allows no more; at the others the text is cut here. */
const MAX_STOPS = 4;

/** A model behind any OpenAI URL: chat, text completions where it has them, log-likelihoods where it echoes them. */
export class OpenAiGenerator implements Generator {
  readonly identity: GeneratorIdentity;
  readonly contextLimit: number | null;
  readonly concurrency: number;
  readonly loglikelihood: ((request: LoglikelihoodRequest) => Promise<Loglikelihood>) | null;
  readonly #client: OpenAiClient;
  readonly #model: string;
  readonly #notes = new Map<string, Degradation>();
  /** Null as long as nobody asked. */
  #hasCompletions: boolean | null = null;

  private constructor(
    client: OpenAiClient,
    model: string,
    options: OpenAiGeneratorOptions & { canEcho: boolean },
  ) {
    this.#client = client;
    this.#model = model;
    this.concurrency = options.concurrency ?? 8;
    this.contextLimit = options.contextLimit ?? null;
    this.identity = { model, modelHash: null, templateHash: null, backend: client.url, mode: null };
    this.loglikelihood = options.canEcho ? (request) => this.#loglikelihood(request) : null;
  }

  /** Finds the model's name and whether the server gives log-probabilities of a prompt. */
  static async open(options: OpenAiGeneratorOptions): Promise<OpenAiGenerator> {
    const client = new OpenAiClient(options);
    const { signal } = options;
    const model = options.model ?? (await firstModel(client, signal));
    const canEcho = await probeEcho(client, model, signal);
    return new OpenAiGenerator(client, model, { ...options, canEcho });
  }

  get degraded(): readonly Degradation[] {
    return [...this.#notes.values()];
  }

  async generate(request: GenerationRequest): Promise<Generation> {
    const { prompt } = request;
    if (prompt.kind === "text" && this.#hasCompletions !== false) {
      try {
        const generation = await this.#complete(prompt.text, request);
        this.#hasCompletions = true;
        return generation;
      } catch (error) {
        const lacks = error instanceof OpenAiError && (error.status === 404 || error.status === 405);
        if (!lacks || this.#hasCompletions === true) throw error;
        this.#hasCompletions = false;
      }
    }
    if (prompt.kind === "chat") return await this.#chat(toWire(prompt.messages), request);
    this.#notes.set("text", {
      what: "raw texts",
      wanted: "a continuation",
      used: "an answer to one message of a user",
      why: `${this.#client.url} has no /completions`,
    });
    return await this.#chat([{ role: "user", content: prompt.text }], request);
  }

  async #complete(text: string, request: GenerationRequest): Promise<Generation> {
    const body = { ...this.#bodyOf(request), prompt: text };
    const answer = await this.#client.post("/completions", body, request.signal);
    return cutAtStop(toGeneration(answer, this.#client.url), request.stop);
  }

  async #chat(messages: object[], request: GenerationRequest): Promise<Generation> {
    const { prompt, signal } = request;
    const tools = prompt.kind === "chat" ? (prompt.tools ?? []) : [];
    const body = {
      ...this.#bodyOf(request),
      messages,
      ...(tools.length > 0 && { tools: toolsToWire(tools) }),
    };
    const answer = await this.#client.post("/chat/completions", body, signal);
    return cutAtStop(toGeneration(answer, this.#client.url), request.stop);
  }

  #bodyOf({ maxTokens, temperature, topP, seed, stop }: GenerationRequest): object {
    return {
      model: this.#model,
      max_tokens: maxTokens,
      temperature,
      top_p: topP,
      seed,
      ...(stop.length > 0 && { stop: stop.slice(0, MAX_STOPS) }),
    };
  }

  async #loglikelihood({
    context,
    continuation,
    overflow = "error",
    signal,
  }: LoglikelihoodRequest): Promise<Loglikelihood> {
    if (overflow !== "error") {
      this.#notes.set("overflow", {
        what: "texts beyond the context",
        wanted: overflow,
        used: "what the server does with them",
        why: "the model's tokenizer is not known here",
      });
    }
    const choice = await echo(this.#client, this.#model, context + continuation, signal);
    // As lm-evaluation-harness: trailing spaces belong to the continuation.
    const trimmed = context.trimEnd();
    const parts = { context: trimmed, continuation: context.slice(trimmed.length) + continuation };
    const found = readEcho(choice, parts);
    if (found !== null) return found;
    throw new OpenAiError(
      `${this.#client.url} gave no log-probability of ${JSON.stringify(parts.continuation.slice(0, 60))}; many servers give none of a prompt's first token`,
      200,
    );
  }
}

async function firstModel(client: OpenAiClient, signal: AbortSignal | undefined): Promise<string> {
  const data: unknown = Reflect.get(Object(await client.get("/models", signal)), "data");
  const id: unknown = Array.isArray(data) ? Reflect.get(Object(data[0]), "id") : undefined;
  if (typeof id === "string") return id;
  throw new OpenAiError(`${client.url} lists no model; name one`, 200);
}

async function echo(
  client: OpenAiClient,
  model: string,
  prompt: string,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const body = { model, prompt, max_tokens: 1, temperature: 0, logprobs: 1, echo: true };
  return firstChoice(await client.post("/completions", body, signal), client.url);
}

async function probeEcho(
  client: OpenAiClient,
  model: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const parts = { context: "One, two,", continuation: " three" };
  try {
    const choice = await echo(client, model, parts.context + parts.continuation, signal);
    return readEcho(choice, parts) !== null;
  } catch (error) {
    if (error instanceof OpenAiError && error.status !== null && lacking.has(error.status)) return false;
    throw error;
  }
}

function cutAtStop(generation: Generation, stop: readonly string[]): Generation {
  const ends = stop.map((each) => generation.text.indexOf(each)).filter((at) => at !== -1);
  if (ends.length === 0) return generation;
  return { ...generation, text: generation.text.slice(0, Math.min(...ends)), reason: "stop" };
}
