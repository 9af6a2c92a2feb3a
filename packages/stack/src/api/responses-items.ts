/** Items of the Responses API: what goes into a response and what comes out of it. */
import { z } from "zod";
import {
  type ApprovalResponseItem,
  type ApprovalResponseParam,
  approvalResponseSchema,
  type HostedOutputItem,
  hostedOutputSchemas,
  hostedParamSchemas,
} from "./hosted-items.ts";
import { refusedVariant } from "./refused.ts";

/** Of a message or a call: still written, whole, or cut off. */
export type ItemStatus = "in_progress" | "completed" | "incomplete";

export interface TokenLogprobField {
  token: string;
  logprob: number;
  bytes: number[];
}

/** Log-probability of a token of the answer and of those that might have been. */
export interface TextLogprob extends TokenLogprobField {
  top_logprobs: TokenLogprobField[];
}

export interface InputText {
  type: "input_text";
  text: string;
}

/** A place of an answer that cites a passage of a file. */
export interface FileCitation {
  type: "file_citation";
  file_id: string;
  filename: string;
  /** Where in the text the mark of the citation begins. */
  index: number;
}

export interface OutputText {
  type: "output_text";
  text: string;
  annotations: FileCitation[];
  logprobs: TextLogprob[];
}

export interface RefusalPart {
  type: "refusal";
  refusal: string;
}

/** A part of an answer. */
export type OutputPart = OutputText | RefusalPart;

export interface MessageItem {
  type: "message";
  id: string;
  status: ItemStatus;
  role: "system" | "developer" | "user" | "assistant";
  content: (InputText | OutputPart)[];
}

export interface OutputMessageItem extends MessageItem {
  role: "assistant";
  content: OutputPart[];
}

export interface FunctionCallItem {
  type: "function_call";
  id: string;
  /** Names the call; its result is sent back under it. */
  call_id: string;
  name: string;
  /** A JSON object as text. */
  arguments: string;
  status: ItemStatus;
}

export interface FunctionCallOutputItem {
  type: "function_call_output";
  id: string;
  call_id: string;
  output: string | InputText[];
  status: ItemStatus;
}

/** Results of calls are output where the server ran them. */
export type OutputItem = OutputMessageItem | FunctionCallItem | FunctionCallOutputItem | HostedOutputItem;

/** An item as it is kept: with an id and a status. */
export type Item =
  | MessageItem
  | FunctionCallItem
  | FunctionCallOutputItem
  | HostedOutputItem
  | ApprovalResponseItem;

/** Part of a message in a request. */
export type InputPart =
  | InputText
  | { type: "output_text"; text: string; annotations?: unknown; logprobs?: unknown; parsed?: unknown }
  | RefusalPart;

interface ItemParamFields {
  id?: string | null | undefined;
  status?: ItemStatus | null | undefined;
}

/** An item in a request: new, or one of an earlier response. */
export type ItemParam =
  | (ItemParamFields & {
      type?: "message" | undefined;
      role: MessageItem["role"];
      content: string | InputPart[];
    })
  | (ItemParamFields & {
      type: "function_call";
      call_id: string;
      name: string;
      arguments: string;
      parsed_arguments?: unknown;
    })
  | (ItemParamFields & { type: "function_call_output"; call_id: string; output: string | InputText[] })
  | HostedOutputItem
  | ApprovalResponseParam
  | { type: "item_reference"; id: string };

const status = z.enum(["in_progress", "completed", "incomplete"]);
const tokenFields = { token: z.string(), logprob: z.number(), bytes: z.array(z.int().min(0).max(255)) };

export const textLogprobSchema: z.ZodType<TextLogprob> = z.strictObject({
  ...tokenFields,
  top_logprobs: z.array(z.strictObject(tokenFields)).max(20),
});

const inputText = z.strictObject({
  type: z.literal("input_text", {
    error: "The model reads text only; the one type of input part is input_text",
  }),
  text: z.string(),
});
export const fileCitationSchema: z.ZodType<FileCitation> = z.strictObject({
  type: z.literal("file_citation"),
  file_id: z.string(),
  filename: z.string(),
  index: z.int().min(0),
});
const outputText = z.strictObject({
  type: z.literal("output_text"),
  text: z.string(),
  annotations: z.array(fileCitationSchema),
  logprobs: z.array(textLogprobSchema),
});
const refusalPart = z.strictObject({ type: z.literal("refusal"), refusal: z.string() });

export const outputPartSchema: z.ZodType<OutputPart> = z.discriminatedUnion("type", [
  outputText,
  refusalPart,
]);

const outputMessage = z.strictObject({
  type: z.literal("message"),
  id: z.string(),
  status,
  role: z.literal("assistant"),
  content: z.array(outputPartSchema),
});
const functionCall = z.strictObject({
  type: z.literal("function_call"),
  id: z.string(),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
  status,
});
const functionCallOutput = z.strictObject({
  type: z.literal("function_call_output"),
  id: z.string(),
  call_id: z.string(),
  output: z.union([z.string(), z.array(inputText)]),
  status,
});

export const outputItemSchema: z.ZodType<OutputItem> = z.discriminatedUnion("type", [
  outputMessage,
  functionCall,
  functionCallOutput,
  ...hostedOutputSchemas,
]);

export const itemSchema: z.ZodType<Item> = z.discriminatedUnion("type", [
  outputMessage.extend({
    role: z.enum(["system", "developer", "user", "assistant"]),
    content: z.array(z.discriminatedUnion("type", [inputText, outputText, refusalPart])),
  }),
  functionCall,
  functionCallOutput,
  ...hostedOutputSchemas,
  approvalResponseSchema,
]);

const paramFields = { id: z.string().min(1).max(200).nullish(), status: status.nullish() };
const callId = z.string().min(1).max(200);

const textOnly = "The model reads text only; parts are input_text, output_text and refusal";
const words = z.string().nullish();

/** Images, files and films of requests. */
const refusedParts = [
  refusedVariant("input_image", { image_url: words, file_id: words, detail: words }, { reason: textOnly }),
  refusedVariant(
    "input_file",
    { filename: words, file_data: words, file_url: words, file_id: words },
    { reason: textOnly },
  ),
  refusedVariant("input_video", { video_url: words }, { reason: textOnly }),
] as const;

/** Part of what a function gave. */
const resultPart: z.ZodType<InputText> = z.discriminatedUnion(
  "type",
  [z.strictObject({ type: z.literal("input_text"), text: z.string() }), ...refusedParts],
  { error: "The model reads text only; the one type of part is input_text" },
);

/** Of what an answer held, the text alone is read again. */
const inputPart: z.ZodType<InputPart> = z.discriminatedUnion(
  "type",
  [
    inputText,
    z.strictObject({
      type: z.literal("output_text"),
      text: z.string(),
      annotations: z.unknown().optional(),
      logprobs: z.unknown().optional(),
      parsed: z.unknown().optional(),
    }),
    refusalPart,
    ...refusedParts,
  ],
  { error: textOnly },
);

export const itemParamSchema: z.ZodType<ItemParam> = z.discriminatedUnion(
  "type",
  [
    z.strictObject({
      ...paramFields,
      type: z.literal("message").optional(),
      role: z.enum(["system", "developer", "user", "assistant"]),
      content: z.union([z.string(), z.array(inputPart).min(1)]),
    }),
    z.strictObject({
      ...paramFields,
      type: z.literal("function_call"),
      call_id: callId,
      name: z.string().min(1),
      arguments: z.string(),
      parsed_arguments: z.unknown().optional(),
    }),
    z.strictObject({
      ...paramFields,
      type: z.literal("function_call_output"),
      call_id: callId,
      output: z.union([z.string(), z.array(resultPart)]),
    }),
    ...hostedParamSchemas,
    refusedVariant(
      "reasoning",
      {
        id: words,
        summary: z.array(z.looseObject({ type: words, text: words })).optional(),
        content: z.array(z.looseObject({ type: words, text: words })).nullish(),
        encrypted_content: words,
      },
      { reason: "The model does not reason apart from its answer; leave items of type reasoning out" },
    ),
    z.strictObject({ type: z.literal("item_reference"), id: z.string().min(1) }),
  ],
  {
    error:
      "Items are of type message, function_call, function_call_output, item_reference, or of a tool of the server, such as mcp_call",
  },
);
