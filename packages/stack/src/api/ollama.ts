import { z } from "zod";
import type { Json } from "./json.ts";

export interface OllamaCall {
  id?: string | undefined;
  type?: "function" | undefined;
  function: { index?: number | undefined; name: string; arguments: Record<string, Json> };
}

export interface OllamaMessage {
  role: "system" | "user" | "assistant" | "tool";
  content?: string | undefined;
  tool_calls?: OllamaCall[] | null | undefined;
  /** Of a result: the function that was called, or the call. */
  tool_name?: string | undefined;
  tool_call_id?: string | undefined;
}

/** How an answer is drawn, in Ollama's words. */
export interface OllamaOptions {
  num_predict?: number | undefined;
  /** The context is as large as the model was loaded with; one that is larger is refused. */
  num_ctx?: number | undefined;
  temperature?: number | undefined;
  top_k?: number | undefined;
  top_p?: number | undefined;
  min_p?: number | undefined;
  repeat_penalty?: number | undefined;
  presence_penalty?: number | undefined;
  frequency_penalty?: number | undefined;
  seed?: number | undefined;
  stop?: string[] | undefined;
}

/** "json", or a JSON Schema. */
export type OllamaFormat = "" | "json" | Record<string, Json>;

interface OllamaRequest {
  model: string;
  /** Default true. */
  stream?: boolean | undefined;
  format?: OllamaFormat | null | undefined;
  options?: OllamaOptions | null | undefined;
}

/** Body of `POST /api/chat`. */
export interface OllamaChatRequest extends OllamaRequest {
  messages?: OllamaMessage[] | undefined;
  tools?:
    | {
        type: "function";
        function: {
          name: string;
          description?: string | undefined;
          parameters?: Record<string, Json> | undefined;
        };
      }[]
    | null
    | undefined;
}

/** Body of `POST /api/generate`. */
export interface OllamaGenerateRequest extends OllamaRequest {
  prompt?: string | undefined;
  system?: string | undefined;
  /** Without a chat template. */
  raw?: boolean | undefined;
}

/** Times are nanoseconds. */
export interface OllamaEnd {
  done_reason?: string | undefined;
  total_duration?: number | undefined;
  load_duration?: number | undefined;
  prompt_eval_count?: number | undefined;
  prompt_eval_duration?: number | undefined;
  eval_count?: number | undefined;
  eval_duration?: number | undefined;
}

export interface OllamaChatAnswer extends OllamaEnd {
  model: string;
  created_at: string;
  message: { role: "assistant"; content: string; tool_calls?: OllamaCall[] | undefined };
  done: boolean;
}

export interface OllamaGenerateAnswer extends OllamaEnd {
  model: string;
  created_at: string;
  response: string;
  done: boolean;
}

export interface OllamaError {
  error: string;
}

export interface OllamaDetails {
  parent_model: string;
  format: string;
  family: string;
  families: string[];
  parameter_size: string;
  quantization_level: string;
}

export interface OllamaModel {
  name: string;
  model: string;
  modified_at: string;
  size: number;
  digest: string;
  details: OllamaDetails;
}

export interface OllamaShow {
  modified_at: string;
  details: OllamaDetails;
  model_info: Record<string, string | number>;
  capabilities: string[];
}

/** Body of `POST /api/embed`. */
export interface OllamaEmbedRequest {
  model: string;
  input: string | string[];
}

export interface OllamaEmbedAnswer {
  model: string;
  embeddings: number[][];
  total_duration: number;
  load_duration: number;
  prompt_eval_count: number;
}

const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;
const object = z.record(z.string(), json);
const call: z.ZodType<OllamaCall> = z.strictObject({
  id: z.string().optional(),
  type: z.literal("function").optional(),
  function: z.strictObject({ index: z.int().optional(), name: z.string().min(1), arguments: object }),
});
const noImages = z
  .array(z.never(), { error: "The model reads text only; leave images out" })
  .max(0)
  .nullish();

const message: z.ZodType<OllamaMessage> = z.strictObject({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: z.string().optional(),
  tool_calls: z.array(call).nullish(),
  tool_name: z.string().optional(),
  tool_call_id: z.string().optional(),
  images: noImages,
  thinking: z.literal("", { error: "The model does not think aloud" }).optional(),
});

const settings: z.ZodType<OllamaOptions> = z.strictObject({
  num_predict: z.int().min(-2).optional(),
  num_ctx: z.int().min(1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_k: z.int().min(0).optional(),
  top_p: z.number().min(0).max(1).optional(),
  min_p: z.number().min(0).max(1).optional(),
  repeat_penalty: z.number().gt(0).max(100).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
  stop: z.array(z.string().min(1)).max(16).optional(),
});

/** Clients send null for what is not set. */
const options: z.ZodType<OllamaOptions> = z.preprocess(
  (value) =>
    typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null))
      : value,
  settings,
);

/** `keep_alive` is the server's own setting: taken, and not used. */
const keepAlive = { keep_alive: z.union([z.string(), z.number()]).nullish() };
const common = {
  model: z.string().min(1),
  stream: z.boolean().optional(),
  format: z.union([z.enum(["", "json"]), object]).nullish(),
  options: options.nullish(),
  think: z.literal(false, { error: "The model does not think aloud" }).nullish(),
  ...keepAlive,
};

export const ollamaChatRequestSchema: z.ZodType<OllamaChatRequest> = z.strictObject({
  ...common,
  messages: z.array(message).optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal("function"),
        function: z.strictObject({
          name: z.string().regex(/^[\w.-]{1,64}$/, "A name has 1 to 64 letters, digits, _, . and -"),
          description: z.string().optional(),
          parameters: object.optional(),
        }),
      }),
    )
    .max(128)
    .nullish(),
});

export const ollamaGenerateRequestSchema: z.ZodType<OllamaGenerateRequest> = z.strictObject({
  ...common,
  prompt: z.string().optional(),
  system: z.string().optional(),
  raw: z.boolean().optional(),
  images: noImages,
});

/** Body of `POST /api/embeddings`. */
export interface OllamaEmbeddingRequest {
  model: string;
  prompt: string;
}

export const ollamaEmbeddingRequestSchema: z.ZodType<OllamaEmbeddingRequest> = z.strictObject({
  model: z.string().min(1),
  prompt: z.string(),
  ...keepAlive,
});

export const ollamaEmbeddingSchema: z.ZodType<{ embedding: number[] }> = z.strictObject({
  embedding: z.array(z.number()),
});

const count = z.int().min(0).optional();
const end = {
  done_reason: z.string().optional(),
  total_duration: count,
  load_duration: count,
  prompt_eval_count: count,
  prompt_eval_duration: count,
  eval_count: count,
  eval_duration: count,
};

export const ollamaErrorSchema: z.ZodType<OllamaError> = z.strictObject({ error: z.string() });

export const ollamaChatAnswerSchema: z.ZodType<OllamaChatAnswer> = z.strictObject({
  model: z.string(),
  created_at: z.string(),
  message: z.strictObject({
    role: z.literal("assistant"),
    content: z.string(),
    tool_calls: z.array(call).optional(),
  }),
  done: z.boolean(),
  ...end,
});

export const ollamaChatLineSchema: z.ZodType<OllamaChatAnswer | OllamaError> = z.union([
  ollamaChatAnswerSchema,
  ollamaErrorSchema,
]);

export const ollamaGenerateAnswerSchema: z.ZodType<OllamaGenerateAnswer> = z.strictObject({
  model: z.string(),
  created_at: z.string(),
  response: z.string(),
  done: z.boolean(),
  ...end,
});

export const ollamaGenerateLineSchema: z.ZodType<OllamaGenerateAnswer | OllamaError> = z.union([
  ollamaGenerateAnswerSchema,
  ollamaErrorSchema,
]);

const details: z.ZodType<OllamaDetails> = z.strictObject({
  parent_model: z.string(),
  format: z.string(),
  family: z.string(),
  families: z.array(z.string()),
  parameter_size: z.string(),
  quantization_level: z.string(),
});

export const ollamaTagsSchema: z.ZodType<{ models: OllamaModel[] }> = z.strictObject({
  models: z.array(
    z.strictObject({
      name: z.string(),
      model: z.string(),
      modified_at: z.string(),
      size: z.int().min(0),
      digest: z.string(),
      details,
    }),
  ),
});

/** A model that is open. */
export interface OllamaRunning extends Omit<OllamaModel, "modified_at"> {
  size_vram: number;
  expires_at: string;
  context_length: number;
}

export const ollamaRunningSchema: z.ZodType<{ models: OllamaRunning[] }> = z.strictObject({
  models: z.array(
    z.strictObject({
      name: z.string(),
      model: z.string(),
      size: z.int().min(0),
      size_vram: z.int().min(0),
      digest: z.string(),
      details,
      expires_at: z.string(),
      context_length: z.int(),
    }),
  ),
});

export const ollamaShowRequestSchema: z.ZodType<{ model: string; verbose?: boolean | undefined }> =
  z.strictObject({ model: z.string().min(1), verbose: z.boolean().optional() });

export const ollamaShowSchema: z.ZodType<OllamaShow> = z.strictObject({
  modified_at: z.string(),
  details,
  model_info: z.record(z.string(), z.union([z.string(), z.number()])),
  capabilities: z.array(z.string()),
});

export const ollamaEmbedRequestSchema: z.ZodType<OllamaEmbedRequest> = z.strictObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.string()).min(1).max(2048)]),
  truncate: z.literal(false, { error: "Texts are not cut; one that is too long is refused" }).optional(),
  // How answers are drawn says nothing about vectors.
  options: options.nullish(),
  ...keepAlive,
});

export const ollamaEmbedSchema: z.ZodType<OllamaEmbedAnswer> = z.strictObject({
  model: z.string(),
  embeddings: z.array(z.array(z.number())),
  total_duration: z.int().min(0),
  load_duration: z.int().min(0),
  prompt_eval_count: z.int().min(0),
});

export const ollamaVersionSchema: z.ZodType<{ version: string }> = z.strictObject({ version: z.string() });
