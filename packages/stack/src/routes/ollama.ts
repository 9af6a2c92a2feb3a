import type { GeneratePart } from "@llamero/core";
import {
  type OllamaDetails,
  ollamaChatAnswerSchema,
  ollamaChatLineSchema,
  ollamaChatRequestSchema,
  ollamaEmbeddingRequestSchema,
  ollamaEmbeddingSchema,
  ollamaEmbedRequestSchema,
  ollamaEmbedSchema,
  ollamaErrorSchema,
  ollamaGenerateAnswerSchema,
  ollamaGenerateLineSchema,
  ollamaGenerateRequestSchema,
  ollamaRunningSchema,
  ollamaShowRequestSchema,
  ollamaShowSchema,
  ollamaTagsSchema,
  ollamaVersionSchema,
} from "../api/ollama.ts";
import {
  type OllamaAnswers,
  type OllamaJob,
  ollamaChatAnswers,
  ollamaGenerateAnswers,
  toOllamaChatJob,
  toOllamaError,
  toOllamaGenerateJob,
} from "../convert/ollama.ts";
import { generateAll } from "../generate-choices.ts";
import { answered } from "../http/add-route.ts";
import { type AnyRoute, defineRoute, type RouteRequest } from "../http/define-route.ts";
import { toHttpError } from "../http/http-error.ts";
import { runRequest } from "../http/run-request.ts";
import type { FoundModel, ServableModel, ServedModels } from "../served-models.ts";
import { version } from "../version.ts";
import type { RouteServices } from "./services.ts";

type FinishPart = Extract<GeneratePart, { type: "finish" }>;

const common = {
  tag: "Ollama",
  level: "stable",
  errors: { schema: ollamaErrorSchema, convert: toOllamaError },
} as const;

/** What there is to say of a model; what its file does not say is empty. */
function detailsOf({ checkpoint }: Pick<ServableModel, "checkpoint">): OllamaDetails {
  const tensors = [...(checkpoint?.tensors.values() ?? [])];
  const sizes = tensors.map(({ shape }) => shape.reduce((product, each) => product * each, 1));
  const numWeights = sizes.reduce((sum, each) => sum + each, 0);
  const largest = tensors[sizes.indexOf(Math.max(...sizes))];
  return {
    parent_model: "",
    format: "gguf",
    family: "llama",
    families: ["llama"],
    parameter_size: tensors.length === 0 ? "" : `${(numWeights / 1e6).toFixed(1)}M`,
    quantization_level: largest?.format.toUpperCase() ?? "",
  };
}

const addedAt = ({ models }: RouteServices): string => new Date(models.since * 1000).toISOString();

/** Answers with lines of JSON, unless the request wants one whole answer. */
async function answer<T extends object>(
  request: RouteRequest<{ stream?: boolean | undefined }, undefined>,
  { ended, onError }: RouteServices,
  { model, job, answers }: { model: ServableModel; job: OllamaJob | null; answers: OllamaAnswers<T> },
): Promise<T | Response> {
  const { body, disconnected } = request;
  if (job === null) return answers.loaded();
  const { messages, rawPrompt, options } = job;
  const run = (onPart: (part: GeneratePart) => Promise<void> | void): Promise<void> =>
    generateAll(
      1,
      (_, signal) =>
        rawPrompt === undefined
          ? model.chat(messages, { ...options, signal })
          : model.complete(rawPrompt, { ...options, signal }),
      { disconnected, ended },
      onPart,
    );
  if (body.stream === false) {
    let finish: FinishPart | null = null;
    await run((part) => {
      if (part.type === "finish") finish = part;
    });
    if (finish === null) throw new Error("The model ended its answer without saying how");
    return answers.whole(finish);
  }
  const lines = request.stream();
  try {
    await run(async (part) => {
      const line = answers.line(part);
      if (line !== null) await lines.send(line);
    });
  } catch (error) {
    if (!lines.isOpen) throw error;
    const mapped = toHttpError(error);
    if (mapped.status === 500) onError(error);
    await lines.send(toOllamaError(mapped));
  }
  await lines.close();
  return answered;
}

/** Ollama's clients say `:latest` behind names without a tag. */
const withoutTag = (models: ServedModels, name: string): string =>
  models.list.some((each) => each.name === name) ? name : name.replace(/:latest$/, "");

async function findChat({ models }: RouteServices, name: string): Promise<FoundModel> {
  const model = withoutTag(models, name);
  await models.openNamed({ model });
  return models.findChat(model);
}

const targetOf = ({
  model,
  adapter,
}: FoundModel): { contextLimit: number; adapter?: string | undefined } => ({
  contextLimit: model.contextLimit,
  adapter,
});

/** Ollama's interface, as far as it asks models. */
export const ollamaRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: "/api/chat",
    summary: "Answer a conversation in Ollama's form, line by line or whole",
    body: ollamaChatRequestSchema,
    response: ollamaChatAnswerSchema,
    events: ollamaChatLineSchema,
    lines: true,
    async handle(request, services) {
      const found = await findChat(services, request.body.model);
      const job = toOllamaChatJob(request.body, targetOf(found));
      return answer(request, services, {
        model: found.model,
        job,
        answers: ollamaChatAnswers(request.body.model),
      });
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: "/api/generate",
    summary: "Answer a prompt in Ollama's form, line by line or whole",
    body: ollamaGenerateRequestSchema,
    response: ollamaGenerateAnswerSchema,
    events: ollamaGenerateLineSchema,
    lines: true,
    async handle(request, services) {
      const found = await findChat(services, request.body.model);
      const job = toOllamaGenerateJob(request.body, targetOf(found));
      const answers = ollamaGenerateAnswers(request.body.model);
      return answer(request, services, { model: found.model, job, answers });
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: "/api/embed",
    summary: "Turn texts into vectors in Ollama's form",
    body: ollamaEmbedRequestSchema,
    response: ollamaEmbedSchema,
    async handle({ body, context }, { models, ended }) {
      const { model, adapter } = models.findServed(withoutTag(models, body.model));
      const started = performance.now();
      const { vectors, numTokens } = await runRequest(context, { ended, param: "input" }, (signal) =>
        model.embed(body.input, { signal, ...(adapter !== undefined && { adapter }) }),
      );
      return {
        model: body.model,
        embeddings: vectors.map((vector) => [...vector]),
        total_duration: Math.round((performance.now() - started) * 1e6),
        load_duration: 0,
        prompt_eval_count: numTokens,
      };
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: "/api/embeddings",
    summary: "Turn a text into a vector in Ollama's older form",
    body: ollamaEmbeddingRequestSchema,
    response: ollamaEmbeddingSchema,
    async handle({ body, context }, { models, ended }) {
      const { model, adapter } = models.findServed(withoutTag(models, body.model));
      const { vectors } = await runRequest(context, { ended, param: "prompt" }, (signal) =>
        model.embed([body.prompt], { signal, ...(adapter !== undefined && { adapter }) }),
      );
      return { embedding: [...vectors[0]!] };
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/api/ps",
    summary: "List the models that are open in Ollama's form",
    response: ollamaRunningSchema,
    handle: async (_, services) => ({
      models: services.models.list.map(({ name, model }) => ({
        name,
        model: name,
        size: 0,
        size_vram: 0,
        digest: "",
        details: detailsOf(model),
        // Nothing is closed by a clock.
        expires_at: "9999-12-31T23:59:59Z",
        context_length: model.contextLimit,
      })),
    }),
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/api/tags",
    summary: "List the models of this machine in Ollama's form",
    response: ollamaTagsSchema,
    handle: async (_, services) => ({
      models: [
        ...services.models.list,
        ...(await services.models.shelved()).map(({ name, sizeBytes }) => ({ name, model: {}, sizeBytes })),
      ].map(({ name, model, ...rest }) => ({
        name,
        model: name,
        modified_at: addedAt(services),
        size: "sizeBytes" in rest ? rest.sizeBytes : 0,
        digest: "",
        details: detailsOf(model),
      })),
    }),
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: "/api/show",
    summary: "Describe a model in Ollama's form",
    body: ollamaShowRequestSchema,
    response: ollamaShowSchema,
    async handle({ body }, services) {
      const { model } = services.models.findServed(withoutTag(services.models, body.model));
      const config = model.checkpoint?.config;
      return {
        modified_at: addedAt(services),
        details: detailsOf(model),
        model_info: {
          "general.architecture": "llama",
          "llama.context_length": model.contextLimit,
          ...(config !== undefined && {
            "llama.embedding_length": config.hiddenSize,
            "llama.block_count": config.numHiddenLayers,
          }),
        },
        capabilities: model.embedding ? ["embedding"] : ["completion", "tools", "embedding"],
      };
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/api/version",
    summary: "Get the server's version in Ollama's form",
    response: ollamaVersionSchema,
    isPublic: true,
    handle: async () => ({ version }),
  }),
];
