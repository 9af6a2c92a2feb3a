import type { EmbeddingModelV3, ImageModelV3, LanguageModelV3, ProviderV3 } from "@ai-sdk/provider";
import type { TextModel } from "@llamero/core";
import { RemoteModel } from "../providers/remote-model.ts";
import { RemoteProvider } from "../providers/remote-provider.ts";
import { RemoteTextModel } from "../providers/remote-text-model.ts";
import { LlameroEmbeddingModel } from "./embedding-model.ts";
import { LlameroLanguageModel } from "./language-model.ts";

/** A server whose models are called. */
export interface LlameroServer {
  /** Without /v1; default `http://127.0.0.1:8321`. */
  url?: string;
  apiKey?: string;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
}

/** A provider of the AI SDK: call it with the name of a model. */
export interface LlameroProvider extends ProviderV3 {
  (modelId: string): LanguageModelV3;
  textEmbeddingModel(modelId: string): EmbeddingModelV3;
}

/** A text model of this process as a language model of the AI SDK; nothing goes through HTTP. */
export function llamero(model: TextModel): LanguageModelV3 {
  return new LlameroLanguageModel(model);
}

/** A text model of this process as an embedding model of the AI SDK. */
export function llameroEmbedding(model: TextModel): EmbeddingModelV3 {
  return new LlameroEmbeddingModel(model);
}

/** A provider of the AI SDK whose models a running server computes. */
export function createLlamero({
  url = "http://127.0.0.1:8321",
  apiKey,
  headers,
}: LlameroServer = {}): LlameroProvider {
  const provider = new RemoteProvider({
    id: "llamero",
    preset: "openai-compatible",
    url: `${url.replace(/\/+$/, "")}/v1`,
    apiKey: apiKey ?? null,
    ...(headers && { headers }),
  });
  const find = (model: string): TextModel =>
    new RemoteTextModel(new RemoteModel(model, [{ provider, model }]));
  const languageModel = (modelId: string): LanguageModelV3 =>
    new LlameroLanguageModel(find(modelId), modelId);
  const embeddingModel = (modelId: string): EmbeddingModelV3 =>
    new LlameroEmbeddingModel(find(modelId), modelId);
  return Object.assign((modelId: string) => languageModel(modelId), {
    specificationVersion: "v3" as const,
    languageModel,
    embeddingModel,
    textEmbeddingModel: embeddingModel,
    imageModel(modelId: string): ImageModelV3 {
      throw new TypeError(`${modelId} is no image model; Llamero has none`);
    },
  });
}
