import type { Generation, GenerationRequest, Generator, GeneratorIdentity } from "@llamero/eval";

/** Answers by rule and counts. Tests only. */
export class FakeAnswers implements Generator {
  readonly identity: GeneratorIdentity;
  readonly contextLimit = 1000;
  readonly concurrency = 4;
  readonly degraded: readonly never[] = [];
  readonly loglikelihood = null;
  numAsked = 0;
  readonly #reply: (question: string, request: GenerationRequest, turn: number) => string;

  constructor(reply: (question: string, request: GenerationRequest, turn: number) => string, model = "fake") {
    this.#reply = reply;
    this.identity = { model, modelHash: model, templateHash: "t", backend: "fake", mode: null };
  }

  async generate(request: GenerationRequest): Promise<Generation> {
    const turn = this.numAsked++;
    await new Promise((resolve) => setImmediate(resolve));
    request.signal?.throwIfAborted();
    const { prompt } = request;
    const question = prompt.kind === "text" ? prompt.text : prompt.messages.at(-1)!.content;
    const text = this.#reply(question, request, turn);
    const reason = text.endsWith("...") ? "length" : "stop";
    return { text, toolCalls: [], reason, promptTokens: 1, completionTokens: 1 };
  }
}
