import { z } from "zod";
import { messageSchema, type WireMessage } from "./chat-messages.ts";
import type { Json } from "./json.ts";
import { metadataSchema } from "./paging.ts";
import { refusedField, refusedVariant, someWords } from "./refused.ts";
import { type ServiceTier, serviceTierSchema } from "./service-tier.ts";

export type { Json } from "./json.ts";

export interface WireTool {
  type: "function";
  function: {
    name: string;
    description?: string | null | undefined;
    /** JSON Schema; absent when the function takes nothing. */
    parameters?: Record<string, Json> | null | undefined;
    /** Arguments are held to the schema. */
    strict?: boolean | null | undefined;
  };
}

/** What the answer must be. */
export type WireResponseFormat =
  | { type: "text" }
  | { type: "json_object" }
  | {
      type: "json_schema";
      json_schema: {
        name: string;
        description?: string | null | undefined;
        schema: Record<string, Json>;
        strict?: boolean | null | undefined;
      };
    };

/** Whether functions are called; a name forces that one. */
export type WireToolChoice = "none" | "auto" | "required" | { type: "function"; function: { name: string } };

/** Body of `POST /v1/chat/completions`. What is not here is refused by name. */
export interface ChatRequest {
  model: string;
  messages: WireMessage[];
  stream?: boolean | null | undefined;
  stream_options?:
    | { include_usage?: boolean | undefined; include_obfuscation?: boolean | undefined }
    | null
    | undefined;
  service_tier?: ServiceTier | null | undefined;
  n?: number | null | undefined;
  max_tokens?: number | null | undefined;
  max_completion_tokens?: number | null | undefined;
  temperature?: number | null | undefined;
  top_p?: number | null | undefined;
  /** Not OpenAI's: the names that local servers share. */
  top_k?: number | null | undefined;
  min_p?: number | null | undefined;
  repetition_penalty?: number | null | undefined;
  frequency_penalty?: number | null | undefined;
  presence_penalty?: number | null | undefined;
  logit_bias?: Record<string, number> | null | undefined;
  seed?: number | null | undefined;
  stop?: string | string[] | null | undefined;
  logprobs?: boolean | null | undefined;
  top_logprobs?: number | null | undefined;
  tools?: WireTool[] | null | undefined;
  tool_choice?: WireToolChoice | null | undefined;
  /** The older form of tools: one call at a time, and it has no id. */
  functions?: Omit<WireTool["function"], "strict">[] | null | undefined;
  /** The older form of a tool choice. */
  function_call?: "none" | "auto" | { name: string } | null | undefined;
  response_format?: WireResponseFormat | null | undefined;
  parallel_tool_calls?: boolean | null | undefined;
  /** Whoever asks: requests of different users take turns. */
  user?: string | null | undefined;
  /** Not OpenAI's: what to do with a conversation that does not fit the context. */
  context_policy?: "refuse" | "drop-middle" | "compact" | null | undefined;
  /** Whether the answer is kept, to be read at `/v1/chat/completions/{id}`. */
  store?: boolean | null | undefined;
  /** Kept with the answer. */
  metadata?: Record<string, string> | null | undefined;
}

const count = z
  .int()
  .min(1)
  .max(2 ** 31);
const penalty = z.number().min(-2).max(2).nullish();

const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;

const functionName = z.string().regex(/^[\w.-]{1,64}$/, "A name has 1 to 64 letters, digits, _, . and -");
const parameters = z.record(z.string(), json).nullish();
const functionsOnly = "The one type of tool is function";
const string = z.string().optional();
const customTool = z.looseObject({
  name: string,
  description: string,
  format: z.looseObject({ type: string, grammar: z.unknown().optional() }).optional(),
});
const tool: z.ZodType<WireTool> = z.discriminatedUnion(
  "type",
  [
    z.strictObject({
      type: z.literal("function"),
      function: z.strictObject({
        name: functionName,
        description: z.string().nullish(),
        parameters,
        strict: z.boolean().nullish(),
      }),
    }),
    refusedVariant("custom", { custom: customTool.optional() }, { reason: functionsOnly }),
  ],
  { error: functionsOnly },
);

const location = z.looseObject({ country: string, region: string, city: string, timezone: string });

/** Fields that ask for what there is not; null says that nobody asks. */
const refused = {
  audio: refusedField(
    z.looseObject({ voice: z.union([z.string(), z.looseObject({ id: string })]).optional(), format: string }),
    "Answers are text only",
  ),
  prediction: refusedField(
    z.looseObject({ type: string, content: z.unknown() }).partial(),
    "Answers are not predicted by a text that is given; leave it out",
  ),
  web_search_options: refusedField(
    z.looseObject({
      user_location: z.looseObject({ type: string, approximate: location.optional() }).nullish(),
      search_context_size: string,
    }),
    "Chat completions do not search the web; the tool web_search of /v1/responses does",
  ),
  prompt_cache_retention: refusedField(
    z.string(),
    "How long prompts are cached is a setting of the server, not of a request",
  ),
};

/** Fields that change nothing about the answer: accepted and, but for `user`, not used. */
const tolerated = {
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  service_tier: serviceTierSchema.nullish(),
  verbosity: someWords(["medium"], ["low", "high"], "Verbosity cannot be set; leave it out").nullish(),
  reasoning_effort: someWords(
    ["none"],
    ["minimal", "low", "medium", "high", "xhigh"],
    "The model does not reason apart from its answer",
  ).nullish(),
  modalities: z.tuple([z.literal("text")], { error: "Answers are text only" }).nullish(),
};

const responseFormat: z.ZodType<WireResponseFormat> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({ type: z.literal("json_object") }),
  z.strictObject({
    type: z.literal("json_schema"),
    json_schema: z.strictObject({
      name: z.string().regex(/^[\w-]{1,64}$/, "A name has 1 to 64 letters, digits, _ and -"),
      description: z.string().nullish(),
      schema: z.record(z.string(), json),
      strict: z.boolean().nullish(),
    }),
  }),
]);

const toolChoice: z.ZodType<WireToolChoice> = z.union([
  z.enum(["none", "auto", "required"]),
  z.discriminatedUnion(
    "type",
    [
      z.strictObject({
        type: z.literal("function"),
        function: z.strictObject({ name: z.string().min(1) }),
      }),
      refusedVariant(
        "allowed_tools",
        { allowed_tools: z.looseObject({ mode: string, tools: z.unknown() }).partial().optional() },
        { reason: "Leave the other tools out of tools; allowed_tools is for /v1/responses" },
      ),
      refusedVariant(
        "custom",
        { custom: z.looseObject({ name: string }).optional() },
        { reason: functionsOnly },
      ),
    ],
    { error: "A tool choice is none, auto, required or of type function" },
  ),
]);

export const chatRequestSchema: z.ZodType<ChatRequest> = z.strictObject({
  model: z.string().min(1),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().optional(),
      include_obfuscation: z.boolean().optional(),
    })
    .nullish(),
  n: z.int().min(1).max(8).nullish(),
  max_tokens: count.nullish(),
  max_completion_tokens: count.nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().gt(0).max(100).nullish(),
  frequency_penalty: penalty,
  presence_penalty: penalty,
  logit_bias: z
    .record(z.string().regex(/^\d{1,10}$/, "Keys are token ids"), z.number().min(-100).max(100))
    .nullish(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(16)]).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  tools: z.array(tool).max(128).nullish(),
  functions: z
    .array(z.strictObject({ name: functionName, description: z.string().nullish(), parameters }))
    .max(128)
    .nullish(),
  function_call: z.union([z.enum(["none", "auto"]), z.strictObject({ name: z.string().min(1) })]).nullish(),
  tool_choice: toolChoice.nullish(),
  response_format: responseFormat.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  context_policy: z.enum(["refuse", "drop-middle", "compact"]).nullish(),
  store: z.boolean().nullish(),
  metadata: metadataSchema.nullish(),
  ...tolerated,
  ...refused,
});
