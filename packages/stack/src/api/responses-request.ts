import { z } from "zod";
import { type HostedTool, hostedToolSchemas, type WebSearchType, webSearchTypes } from "./hosted-tools.ts";
import type { Json } from "./json.ts";
import { metadataSchema } from "./paging.ts";
import { refusedField, someWords } from "./refused.ts";
import { type InputText, type ItemParam, itemParamSchema } from "./responses-items.ts";
import { type ServiceTier, serviceTierSchema } from "./service-tier.ts";

export interface FunctionTool {
  type: "function";
  name: string;
  description?: string | null | undefined;
  /** JSON Schema; null when the function takes nothing. */
  parameters?: Record<string, Json> | null | undefined;
  /** Arguments are held to the schema. */
  strict?: boolean | null | undefined;
}

export interface NamedFunction {
  type: "function";
  name: string;
}

/** Whether functions are called: as the model likes, at least one, this one, or only some. */
export type ResponseToolChoice =
  | "none"
  | "auto"
  | "required"
  | NamedFunction
  | HostedChoice
  | { type: "allowed_tools"; mode: "auto" | "required" | "none"; tools: (NamedFunction | HostedChoice)[] };

/** A tool of the server, or all that an MCP server has. */
export type HostedChoice =
  | { type: "mcp"; server_label: string; name?: string | null | undefined }
  | { type: "file_search" | "code_interpreter" | "calculator" | WebSearchType };

export type ResponseTool = FunctionTool | HostedTool;

/** What a response may say beside what it always says. */
export type Includable =
  | "message.output_text.logprobs"
  | "reasoning.encrypted_content"
  | "file_search_call.results"
  | "web_search_call.action.sources"
  | "code_interpreter_call.outputs";

/** What the answer must be. */
export type ResponseTextFormat =
  | { type: "text" }
  | { type: "json_object" }
  | {
      type: "json_schema";
      name: string;
      schema: Record<string, Json>;
      description?: string | null | undefined;
      strict?: boolean | null | undefined;
    };

/** A stored prompt and what its variables stand for. */
export interface PromptParam {
  id: string;
  version?: string | null | undefined;
  variables?: Record<string, string | InputText> | null | undefined;
}

/** Body of `POST /v1/responses`. What is not here is refused by name. */
export interface ResponseRequest {
  model: string;
  input?: string | ItemParam[] | null | undefined;
  instructions?: string | null | undefined;
  previous_response_id?: string | null | undefined;
  conversation?: string | { id: string } | null | undefined;
  prompt?: PromptParam | null | undefined;
  tools?: ResponseTool[] | null | undefined;
  tool_choice?: ResponseToolChoice | null | undefined;
  parallel_tool_calls?: boolean | null | undefined;
  /** Calls that the server may run, and generations that may make one response. */
  max_tool_calls?: number | null | undefined;
  max_infer_iters?: number | null | undefined;
  text?:
    | { format?: ResponseTextFormat | null | undefined; verbosity?: "medium" | null | undefined }
    | null
    | undefined;
  temperature?: number | null | undefined;
  top_p?: number | null | undefined;
  frequency_penalty?: number | null | undefined;
  presence_penalty?: number | null | undefined;
  max_output_tokens?: number | null | undefined;
  top_logprobs?: number | null | undefined;
  include?: Includable[] | null | undefined;
  truncation?: "auto" | "disabled" | null | undefined;
  metadata?: Record<string, string> | null | undefined;
  store?: boolean | null | undefined;
  background?: boolean | null | undefined;
  stream?: boolean | null | undefined;
  /** Whoever asks: requests of different users take turns. */
  user?: string | null | undefined;
  safety_identifier?: string | null | undefined;
  prompt_cache_key?: string | null | undefined;
  service_tier?: ServiceTier | null | undefined;
  stream_options?: { include_obfuscation?: boolean | null | undefined } | null | undefined;
  /** Llama Stack's: shields that judge what the user says and what the model answers, beside those of the policy. */
  guardrails?: (string | { type: string })[] | null | undefined;
}

const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;
const penalty = z.number().min(-2).max(2).nullish();
const count = z
  .int()
  .min(1)
  .max(2 ** 31);
const functionName = z.string().regex(/^[\w.-]{1,64}$/, "A name has 1 to 64 letters, digits, _, . and -");

/** Other types are refused by their name. */
const typeError = ({ input }: { input?: unknown }): string => {
  const type = JSON.stringify((input as { type?: unknown } | null)?.type);
  return `Tools of type ${type} are not supported here; there is function, mcp, file_search, web_search, code_interpreter and calculator`;
};

const functionTool = z.strictObject({
  type: z.literal("function"),
  name: functionName,
  description: z.string().nullish(),
  parameters: z.record(z.string(), json).nullish(),
  strict: z.boolean().nullish(),
});

/** What can be asked for beside a response. */
export const includeSchema: z.ZodType<NonNullable<ResponseRequest["include"]>> = z.array(
  z.enum(
    [
      "message.output_text.logprobs",
      "reasoning.encrypted_content",
      "file_search_call.results",
      "web_search_call.action.sources",
      "code_interpreter_call.outputs",
    ],
    {
      error:
        "What can be included is message.output_text.logprobs, file_search_call.results, web_search_call.action.sources and code_interpreter_call.outputs",
    },
  ),
);

export const functionToolSchema: z.ZodType<FunctionTool> = functionTool;

const toolSchema: z.ZodType<ResponseTool> = z.discriminatedUnion(
  "type",
  [functionTool, ...hostedToolSchemas],
  { error: typeError },
);

const namedFunction = z.strictObject({ type: z.literal("function"), name: functionName });
const hostedChoices = [
  z.strictObject({
    type: z.literal("mcp"),
    server_label: z.string().min(1),
    name: z.string().min(1).nullish(),
  }),
  z.strictObject({ type: z.enum(["file_search", "code_interpreter", "calculator", ...webSearchTypes]) }),
] as const;

export const responseToolChoiceSchema: z.ZodType<ResponseToolChoice> = z.union([
  z.enum(["none", "auto", "required"]),
  z.discriminatedUnion(
    "type",
    [
      namedFunction,
      ...hostedChoices,
      z.strictObject({
        type: z.literal("allowed_tools"),
        mode: z.enum(["auto", "required", "none"]),
        tools: z
          .array(z.discriminatedUnion("type", [namedFunction, ...hostedChoices], { error: typeError }))
          .min(1),
      }),
    ],
    {
      error:
        "A tool choice is none, auto, required or of type function, mcp, file_search, web_search, code_interpreter, calculator or allowed_tools",
    },
  ),
]);

export const responseTextFormatSchema: z.ZodType<ResponseTextFormat> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({ type: z.literal("json_object") }),
  z.strictObject({
    type: z.literal("json_schema"),
    name: z.string().regex(/^[\w-]{1,64}$/, "A name has 1 to 64 letters, digits, _ and -"),
    schema: z.record(z.string(), json),
    description: z.string().nullish(),
    strict: z.boolean().nullish(),
  }),
]);

export const promptParamSchema: z.ZodType<PromptParam> = z.strictObject({
  id: z.string().min(1),
  version: z.string().min(1).nullish(),
  variables: z
    .record(
      z.string(),
      z.union([
        z.string(),
        z.strictObject({
          type: z.literal("input_text", { error: "Variables are text only: a string or an input_text part" }),
          text: z.string(),
        }),
      ]),
    )
    .nullish(),
});

/** Accepted only where they say what holds anyway. */
const vacuous = {
  reasoning: z
    .strictObject({
      effort: someWords(
        ["none"],
        ["minimal", "low", "medium", "high", "xhigh"],
        "The model does not reason apart from its answer",
      ).nullish(),
      summary: refusedField(z.string(), "There is no reasoning to summarize"),
    })
    .nullish(),
};

export const responseRequestSchema: z.ZodType<ResponseRequest> = z.strictObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(itemParamSchema).max(10_000)]).nullish(),
  instructions: z.string().nullish(),
  previous_response_id: z.string().min(1).nullish(),
  conversation: z.union([z.string().min(1), z.strictObject({ id: z.string().min(1) })]).nullish(),
  prompt: promptParamSchema.nullish(),
  tools: z.array(toolSchema).max(128).nullish(),
  tool_choice: responseToolChoiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tool_calls: z.int().min(1).nullish(),
  max_infer_iters: z.int().min(1).nullish(),
  text: z
    .strictObject({
      format: responseTextFormatSchema.nullish(),
      verbosity: someWords(["medium"], ["low", "high"], "Verbosity cannot be set; leave it out").nullish(),
    })
    .nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: penalty,
  presence_penalty: penalty,
  max_output_tokens: count.nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  include: includeSchema.nullish(),
  truncation: z.enum(["auto", "disabled"]).nullish(),
  metadata: metadataSchema.nullish(),
  store: z.boolean().nullish(),
  background: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  service_tier: serviceTierSchema.nullish(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().nullish() }).nullish(),
  guardrails: z
    .array(z.union([z.string().min(1), z.strictObject({ type: z.string().min(1) })]))
    .max(16)
    .nullish(),
  ...vacuous,
});
