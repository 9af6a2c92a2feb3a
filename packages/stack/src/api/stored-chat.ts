import { z } from "zod";
import { messageSchema, type WireMessage } from "./chat-messages.ts";
import { type ChatCompletion, chatCompletionSchema } from "./chat-response.ts";
import {
  type Deleted,
  deletedSchema,
  metadataSchema,
  type Page,
  type PageQuery,
  pageFields,
  pageSchema,
} from "./paging.ts";

/** A chat completion that was kept, with what it answers. */
export type StoredChatCompletion = ChatCompletion & {
  metadata: Record<string, string> | null;
  input_messages: WireMessage[];
};

/** Query of `GET /v1/chat/completions`. */
export interface ListChatCompletionsQuery extends PageQuery {
  model?: string | undefined;
  /** Values that its metadata must have. */
  metadata?: Record<string, string> | undefined;
}

/** A message of a stored chat completion, with an id. */
export type StoredChatMessage = WireMessage & { id: string };

export const storedChatCompletionSchema: z.ZodType<StoredChatCompletion> = (
  chatCompletionSchema as unknown as z.ZodObject
).extend({
  metadata: metadataSchema.nullable(),
  input_messages: z.array(messageSchema),
}) as unknown as z.ZodType<StoredChatCompletion>;

export const storedChatListSchema: z.ZodType<Page<StoredChatCompletion>> =
  pageSchema(storedChatCompletionSchema);

export const listChatCompletionsQuerySchema: z.ZodType<ListChatCompletionsQuery> = z.strictObject({
  ...pageFields,
  model: z.string().optional(),
  metadata: z
    .record(z.string().regex(/^[\w-]{1,64}$/, "A key has letters, digits, _ and -"), z.string())
    .optional(),
});

export const listChatMessagesQuerySchema: z.ZodType<PageQuery> = z.strictObject(pageFields);

export const storedChatMessageListSchema: z.ZodType<Page<StoredChatMessage>> = pageSchema(
  z.looseObject({ id: z.string(), role: z.string() }) as unknown as z.ZodType<StoredChatMessage>,
);

export const chatDeletedSchema: z.ZodType<Deleted<"chat.completion.deleted">> =
  deletedSchema("chat.completion.deleted");

/** Body of `POST /v1/chat/completions/{completion_id}`. */
export interface UpdateChatCompletionRequest {
  metadata: Record<string, string> | null;
}

export const updateChatCompletionSchema: z.ZodType<UpdateChatCompletionRequest> = z.strictObject({
  metadata: metadataSchema.nullable(),
});
