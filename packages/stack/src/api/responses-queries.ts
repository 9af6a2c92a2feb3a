import { z } from "zod";
import { type PageQuery, pageFields } from "./paging.ts";
import { includeSchema } from "./responses-request.ts";

/** Query of `GET /v1/responses`. */
export interface ListResponsesQuery extends PageQuery {
  model?: string | undefined;
}

/** Query of `GET /v1/responses/{response_id}`. */
export interface GetResponseQuery {
  /** Answers with the events of a response that was made with background and stream. */
  stream?: boolean | undefined;
  /** Number of the last event that the client has. */
  starting_after?: number | undefined;
  include?: string[] | undefined;
}

/** Query of `GET /v1/responses/{response_id}/input_items`. */
export interface InputItemsQuery extends PageQuery {
  before?: string | undefined;
  include?: string[] | undefined;
}

/** Whatever was asked for when the response was made comes in any case. */
const include = includeSchema.optional();

export const listResponsesQuerySchema: z.ZodType<ListResponsesQuery> = z.strictObject({
  ...pageFields,
  model: z.string().min(1).optional(),
});

export const getResponseQuerySchema: z.ZodType<GetResponseQuery> = z.strictObject({
  stream: z.boolean().optional(),
  starting_after: z.int().min(0).optional(),
  include,
  include_obfuscation: z.literal(false, { error: "Streams are not obfuscated" }).optional(),
});

export const inputItemsQuerySchema: z.ZodType<InputItemsQuery> = z.strictObject({
  ...pageFields,
  before: z.string().min(1).optional(),
  include,
});
