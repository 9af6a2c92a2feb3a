import { z } from "zod";
import {
  type FileCitation,
  fileCitationSchema,
  type OutputItem,
  type OutputPart,
  outputItemSchema,
  outputPartSchema,
  type TextLogprob,
  textLogprobSchema,
} from "./responses-items.ts";
import { type ResponseObject, responseObjectSchema } from "./responses-object.ts";

/** Events that carry the response as it is then. */
export type ResponseSnapshotType =
  | "response.created"
  | "response.queued"
  | "response.in_progress"
  | "response.completed"
  | "response.incomplete"
  | "response.failed";

/** Place of an item in a response. */
interface ItemPlace {
  output_index: number;
  item_id: string;
}

/** Place of a part in a response. */
interface PartPlace extends ItemPlace {
  content_index: number;
}

/** Stages of the calls of tools that the server runs. */
export type HostedStage =
  | "response.mcp_list_tools.in_progress"
  | "response.mcp_list_tools.completed"
  | "response.mcp_list_tools.failed"
  | "response.mcp_call.in_progress"
  | "response.mcp_call.completed"
  | "response.mcp_call.failed"
  | "response.file_search_call.in_progress"
  | "response.file_search_call.searching"
  | "response.file_search_call.completed"
  | "response.web_search_call.in_progress"
  | "response.web_search_call.searching"
  | "response.web_search_call.completed"
  | "response.code_interpreter_call.in_progress"
  | "response.code_interpreter_call.interpreting"
  | "response.code_interpreter_call.completed";

/** An event before it is numbered. */
export type ResponseEventBody =
  | { type: ResponseSnapshotType; response: ResponseObject }
  | {
      type: "response.output_item.added" | "response.output_item.done";
      response_id: string;
      output_index: number;
      item: OutputItem;
    }
  | (PartPlace & {
      type: "response.content_part.added" | "response.content_part.done";
      response_id: string;
      part: OutputPart;
    })
  | (PartPlace & { type: "response.output_text.delta"; delta: string; logprobs: TextLogprob[] })
  | (PartPlace & { type: "response.output_text.done"; text: string; logprobs: TextLogprob[] })
  | (PartPlace & {
      type: "response.output_text.annotation.added";
      annotation_index: number;
      annotation: FileCitation;
    })
  | (PartPlace & { type: "response.refusal.delta"; delta: string })
  | (PartPlace & { type: "response.refusal.done"; refusal: string })
  | (ItemPlace & { type: "response.function_call_arguments.delta"; delta: string })
  | (ItemPlace & { type: "response.function_call_arguments.done"; name: string; arguments: string })
  | (ItemPlace & { type: HostedStage })
  | (ItemPlace & { type: "response.mcp_call_arguments.delta"; delta: string })
  | (ItemPlace & { type: "response.mcp_call_arguments.done"; arguments: string })
  | (ItemPlace & { type: "response.code_interpreter_call_code.delta"; delta: string })
  | (ItemPlace & { type: "response.code_interpreter_call_code.done"; code: string });

/** One event of a streamed response; the numbers of a stream count from 0. */
export type ResponseEvent = ResponseEventBody & {
  sequence_number: number;
  /** Of pieces, where the request asks for it. */
  obfuscation?: string | undefined;
};

const numbered = { sequence_number: z.int().min(0) };
const itemPlace = { ...numbered, output_index: z.int().min(0), item_id: z.string() };
const partPlace = { ...itemPlace, content_index: z.int().min(0) };
const item = { ...numbered, response_id: z.string(), output_index: z.int().min(0), item: outputItemSchema };
const part = { ...partPlace, response_id: z.string(), part: outputPartSchema };
const logprobs = z.array(textLogprobSchema);
const piece = { delta: z.string(), obfuscation: z.string().optional() };

export const responseEventSchema: z.ZodType<ResponseEvent> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.enum([
      "response.created",
      "response.queued",
      "response.in_progress",
      "response.completed",
      "response.incomplete",
      "response.failed",
    ]),
    ...numbered,
    response: responseObjectSchema,
  }),
  z.strictObject({ type: z.enum(["response.output_item.added", "response.output_item.done"]), ...item }),
  z.strictObject({ type: z.enum(["response.content_part.added", "response.content_part.done"]), ...part }),
  z.strictObject({
    type: z.literal("response.output_text.delta"),
    ...partPlace,
    ...piece,
    logprobs,
  }),
  z.strictObject({
    type: z.literal("response.output_text.annotation.added"),
    ...partPlace,
    annotation_index: z.int().min(0),
    annotation: fileCitationSchema,
  }),
  z.strictObject({ type: z.literal("response.output_text.done"), ...partPlace, text: z.string(), logprobs }),
  z.strictObject({ type: z.literal("response.refusal.delta"), ...partPlace, ...piece }),
  z.strictObject({ type: z.literal("response.refusal.done"), ...partPlace, refusal: z.string() }),
  z.strictObject({
    type: z.literal("response.function_call_arguments.delta"),
    ...itemPlace,
    ...piece,
  }),
  z.strictObject({
    type: z.literal("response.function_call_arguments.done"),
    ...itemPlace,
    name: z.string(),
    arguments: z.string(),
  }),
  z.strictObject({
    type: z.enum([
      "response.mcp_list_tools.in_progress",
      "response.mcp_list_tools.completed",
      "response.mcp_list_tools.failed",
      "response.mcp_call.in_progress",
      "response.mcp_call.completed",
      "response.mcp_call.failed",
      "response.file_search_call.in_progress",
      "response.file_search_call.searching",
      "response.file_search_call.completed",
      "response.web_search_call.in_progress",
      "response.web_search_call.searching",
      "response.web_search_call.completed",
      "response.code_interpreter_call.in_progress",
      "response.code_interpreter_call.interpreting",
      "response.code_interpreter_call.completed",
    ]),
    ...itemPlace,
  }),
  z.strictObject({
    type: z.enum(["response.mcp_call_arguments.delta", "response.code_interpreter_call_code.delta"]),
    ...itemPlace,
    ...piece,
  }),
  z.strictObject({
    type: z.literal("response.mcp_call_arguments.done"),
    ...itemPlace,
    arguments: z.string(),
  }),
  z.strictObject({
    type: z.literal("response.code_interpreter_call_code.done"),
    ...itemPlace,
    code: z.string(),
  }),
]);
