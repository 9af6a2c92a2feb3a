import { z } from "zod";
import { type SaidHostedTool, saidHostedToolSchemas } from "./hosted-tools.ts";
import type { Json } from "./json.ts";
import { type Deleted, deletedSchema, type Page, pageSchema } from "./paging.ts";
import { type Item, itemSchema, type OutputItem, outputItemSchema } from "./responses-items.ts";
import {
  functionToolSchema,
  type PromptParam,
  promptParamSchema,
  type ResponseTextFormat,
  type ResponseToolChoice,
  responseTextFormatSchema,
  responseToolChoiceSchema,
} from "./responses-request.ts";
import { type ServedTier, servedTierSchema } from "./service-tier.ts";

/** Why a response ends before it is whole: OpenAI's reasons, and the budgets of what the server runs. */
export type IncompleteReason =
  | "max_output_tokens"
  | "content_filter"
  | "max_infer_iters"
  | "max_tool_calls"
  | "max_seconds";

const incompleteReasons = [
  "max_output_tokens",
  "content_filter",
  "max_infer_iters",
  "max_tool_calls",
  "max_seconds",
] as const satisfies readonly IncompleteReason[];

export type ResponseStatus = "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled";

export interface ResponseUsage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
  total_tokens: number;
}

/** A function tool with every field said. */
export interface SaidFunctionTool {
  type: "function";
  name: string;
  description: string | null;
  parameters: Record<string, Json> | null;
  strict: boolean | null;
}

/** A response: what was asked, how far it is, and what came of it. */
export interface ResponseObject {
  id: string;
  object: "response";
  /** Seconds since 1970, as all times here. */
  created_at: number;
  completed_at: number | null;
  status: ResponseStatus;
  error: { code: string; message: string } | null;
  incomplete_details: { reason: IncompleteReason } | null;
  model: string;
  output: OutputItem[];
  usage: ResponseUsage | null;
  instructions: string | null;
  previous_response_id: string | null;
  conversation?: { id: string } | undefined;
  prompt?: PromptParam | undefined;
  tools: (SaidFunctionTool | SaidHostedTool)[];
  tool_choice: ResponseToolChoice;
  parallel_tool_calls: boolean;
  max_tool_calls: number | null;
  text: { format: ResponseTextFormat; verbosity?: "medium" | undefined };
  temperature: number;
  top_p: number;
  frequency_penalty: number;
  presence_penalty: number;
  max_output_tokens: number | null;
  top_logprobs: number;
  truncation: "auto" | "disabled";
  reasoning: { effort: null; summary: null } | null;
  metadata: Record<string, string>;
  store: boolean;
  background: boolean;
  service_tier: ServedTier;
  user?: string | undefined;
  safety_identifier: string | null;
  prompt_cache_key: string | null;
}

/** A response as lists give it: with what went in. */
export interface ResponseWithInput extends ResponseObject {
  input: Item[];
}

export type ResponseList = Page<ResponseWithInput>;
export type InputItemList = Page<Item>;
export type DeletedResponse = Deleted<"response">;

const responseFields = {
  id: z.string(),
  object: z.literal("response"),
  created_at: z.int(),
  completed_at: z.int().nullable(),
  status: z.enum(["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  incomplete_details: z.strictObject({ reason: z.enum(incompleteReasons) }).nullable(),
  model: z.string(),
  output: z.array(outputItemSchema),
  usage: z
    .strictObject({
      input_tokens: z.int(),
      input_tokens_details: z.strictObject({ cached_tokens: z.int() }),
      output_tokens: z.int(),
      output_tokens_details: z.strictObject({ reasoning_tokens: z.int() }),
      total_tokens: z.int(),
    })
    .nullable(),
  instructions: z.string().nullable(),
  previous_response_id: z.string().nullable(),
  conversation: z.strictObject({ id: z.string() }).optional(),
  prompt: promptParamSchema.optional(),
  tools: z.array(
    z.union([
      functionToolSchema as z.ZodType<SaidFunctionTool>,
      z.discriminatedUnion("type", [...saidHostedToolSchemas]),
    ]),
  ),
  tool_choice: responseToolChoiceSchema,
  parallel_tool_calls: z.boolean(),
  max_tool_calls: z.int().nullable(),
  text: z.strictObject({ format: responseTextFormatSchema, verbosity: z.literal("medium").optional() }),
  temperature: z.number(),
  top_p: z.number(),
  frequency_penalty: z.number(),
  presence_penalty: z.number(),
  max_output_tokens: z.int().nullable(),
  top_logprobs: z.int(),
  truncation: z.enum(["auto", "disabled"]),
  /** Null in what older versions stored. */
  reasoning: z.strictObject({ effort: z.null(), summary: z.null() }).nullable(),
  metadata: z.record(z.string(), z.string()),
  store: z.boolean(),
  background: z.boolean(),
  service_tier: servedTierSchema,
  user: z.string().optional(),
  safety_identifier: z.string().nullable(),
  prompt_cache_key: z.string().nullable(),
};

export const responseObjectSchema: z.ZodType<ResponseObject> = z.strictObject(responseFields);

export const responseListSchema: z.ZodType<ResponseList> = pageSchema<ResponseWithInput>(
  z.strictObject({ ...responseFields, input: z.array(itemSchema) }),
);

export const inputItemListSchema: z.ZodType<InputItemList> = pageSchema(itemSchema);

export const deletedResponseSchema: z.ZodType<DeletedResponse> = deletedSchema("response");
