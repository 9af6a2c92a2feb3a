import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
  LanguageModelV3StreamResult,
} from "@ai-sdk/provider";
import type { GeneratePart, TextModel } from "@llamero/core";
import { StreamParts, toContent, toEnd } from "./from-parts.ts";
import { toCall } from "./to-call.ts";

/** A text model as the AI SDK calls models. */
export class LlameroLanguageModel implements LanguageModelV3 {
  readonly specificationVersion = "v3";
  readonly provider = "llamero";
  readonly modelId: string;
  /** It reads text only: nothing by its address. */
  readonly supportedUrls: Record<string, RegExp[]> = {};
  readonly #model: TextModel;

  constructor(model: TextModel, modelId: string = model.name) {
    this.#model = model;
    this.modelId = modelId;
  }

  async doGenerate(call: LanguageModelV3CallOptions): Promise<LanguageModelV3GenerateResult> {
    const { messages, options, warnings } = toCall(call);
    for await (const part of this.#model.chat(messages, options)) {
      if (part.type !== "finish") continue;
      const response = { timestamp: new Date(), modelId: this.modelId };
      return { content: toContent(part), ...toEnd(part), response, warnings };
    }
    throw new Error(`Model ${this.modelId} ended its answer without saying how`);
  }

  /** Rejects for what goes wrong before the first part; later errors are parts. */
  async doStream(call: LanguageModelV3CallOptions): Promise<LanguageModelV3StreamResult> {
    const { messages, options, warnings } = toCall(call);
    const left = new AbortController();
    const signal =
      options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal]);
    const parts = this.#model.chat(messages, { ...options, signal })[Symbol.asyncIterator]();
    const first = await parts.next();
    const head: LanguageModelV3StreamPart[] = [
      { type: "stream-start", warnings },
      { type: "response-metadata", timestamp: new Date(), modelId: this.modelId },
    ];
    return { stream: toStream(head, first, parts, left) };
  }
}

function toStream(
  head: readonly LanguageModelV3StreamPart[],
  first: IteratorResult<GeneratePart>,
  parts: AsyncIterator<GeneratePart>,
  left: AbortController,
): ReadableStream<LanguageModelV3StreamPart> {
  const converter = new StreamParts();
  let next: Promise<IteratorResult<GeneratePart>> | null = Promise.resolve(first);
  return new ReadableStream<LanguageModelV3StreamPart>({
    start(controller) {
      for (const part of head) controller.enqueue(part);
    },
    async pull(controller) {
      // A part may give nothing; a pull must give something.
      for (;;) {
        let result: IteratorResult<GeneratePart>;
        try {
          result = await (next ?? parts.next());
          next = null;
        } catch (error) {
          controller.enqueue({ type: "error", error });
          controller.close();
          return;
        }
        if (result.done === true) {
          controller.close();
          return;
        }
        const made = converter.push(result.value);
        for (const part of made) controller.enqueue(part);
        if (made.length > 0) return;
      }
    },
    async cancel(reason) {
      left.abort(reason);
      await parts.return?.().catch(() => {});
    },
  });
}
