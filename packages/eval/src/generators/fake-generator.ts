import type { Degradation } from "@llamero/kernels";
import type {
  Generation,
  GenerationRequest,
  Generator,
  GeneratorIdentity,
  Loglikelihood,
  LoglikelihoodRequest,
} from "../generator.ts";

export interface FakeGeneratorOptions {
  identity?: Partial<GeneratorIdentity>;
  /** Default: echoes the last words of the prompt. A thrown error is the request's failure. */
  reply?: (request: GenerationRequest) => string | Promise<string>;
  /** Default: minus the number of characters. */
  logprob?: ((request: LoglikelihoodRequest) => number) | null;
  delayMs?: number;
  concurrency?: number;
}

/** Text of the last message, or the whole text. */
export function lastText({ prompt }: Pick<GenerationRequest, "prompt">): string {
  return prompt.kind === "text" ? prompt.text : (prompt.messages.at(-1)?.content ?? "");
}

/** Answers at once, by rule, and keeps what it was asked. Tests only. */
export class FakeGenerator implements Generator {
  readonly identity: GeneratorIdentity;
  readonly contextLimit = 1000;
  readonly concurrency: number;
  readonly degraded: readonly Degradation[] = [];
  readonly requests: GenerationRequest[] = [];
  readonly scored: LoglikelihoodRequest[] = [];
  numUnderWay = 0;
  maxUnderWay = 0;
  readonly loglikelihood: ((request: LoglikelihoodRequest) => Promise<Loglikelihood>) | null;
  readonly #options: FakeGeneratorOptions;

  constructor(options: FakeGeneratorOptions = {}) {
    this.#options = options;
    this.concurrency = options.concurrency ?? 4;
    this.identity = {
      model: "fake",
      modelHash: "weights",
      templateHash: "template",
      backend: "fake",
      mode: "deterministic",
      ...options.identity,
    };
    const { logprob = ({ continuation }) => -continuation.length } = options;
    this.loglikelihood =
      logprob === null
        ? null
        : async (request) => {
            this.scored.push(request);
            await this.#wait(request.signal);
            const numTokens = request.continuation.split(" ").length;
            return { logprob: logprob(request), isGreedy: logprob(request) > -2, numTokens };
          };
  }

  async generate(request: GenerationRequest): Promise<Generation> {
    this.requests.push(request);
    this.numUnderWay++;
    this.maxUnderWay = Math.max(this.maxUnderWay, this.numUnderWay);
    try {
      await this.#wait(request.signal);
      const text = await (this.#options.reply ?? lastText)(request);
      const promptTokens = lastText(request).split(" ").length;
      return { text, toolCalls: [], reason: "stop", promptTokens, completionTokens: text.split(" ").length };
    } finally {
      this.numUnderWay--;
    }
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const { delayMs = 0 } = this.#options;
    await new Promise((resolve) => (delayMs === 0 ? setImmediate(resolve) : setTimeout(resolve, delayMs)));
    signal?.throwIfAborted();
  }
}
