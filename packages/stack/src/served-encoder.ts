import type { TextEncoderModel } from "@llamero/core";
import { ContextOverflowError } from "@llamero/core/errors";
import { HttpError } from "./http/http-error.ts";
import type { ServableModel } from "./served-models.ts";

/** An encoder such as all-MiniLM-L6-v2 as a model of a server, which only embeds. */
export function servedEncoder(name: string, encoder: TextEncoderModel): ServableModel {
  const refused = (): HttpError => embedsOnly(name);
  // biome-ignore lint/correctness/useYield: it never answers.
  async function* refuse(): AsyncGenerator<never> {
    throw refused();
  }
  return {
    name,
    contextLimit: encoder.maxTokens,
    embedding: { dimensions: encoder.dimensions, pooling: encoder.pooling },
    countTokens: (text) => encoder.countTokens(text),
    chat: refuse,
    complete: refuse,
    score: async () => {
      throw refused();
    },
    rerank: async () => {
      throw refused();
    },
    async embed(given, { adapter, normalize = true, signal } = {}) {
      if (adapter !== undefined) throw unsupported(`${name} takes no adapters`, "model");
      if (!normalize) throw unsupported(`Vectors of ${name} have length 1 always`, "normalize");
      const texts = typeof given === "string" ? [given] : given;
      const isText = (each: string | readonly number[]): each is string => typeof each === "string";
      if (!texts.every(isText))
        throw unsupported(`${name} has a tokenizer of its own; send texts, not token ids`, "input");
      let numTokens = 0;
      for (const text of texts) {
        const promptTokens = encoder.countTokens(text);
        const { maxTokens: contextLimit } = encoder;
        if (promptTokens > contextLimit)
          throw new ContextOverflowError({ promptTokens, maxTokens: 0, contextLimit });
        numTokens += promptTokens;
      }
      return { vectors: await encoder.embed(texts, signal), numTokens };
    },
    [Symbol.asyncDispose]: async () => encoder.close(),
  };
}

/** What a request is told that wants text of an encoder. */
export function embedsOnly(name: string): HttpError {
  return unsupported(`${name} is an encoder: it makes embeddings, no text`, "model");
}

const unsupported = (message: string, param: string): HttpError =>
  new HttpError(400, message, {
    param,
    code: param === "model" ? "unsupported_operation" : "unsupported_value",
  });
