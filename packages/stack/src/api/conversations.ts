import { z } from "zod";
import {
  type ConversationItem,
  type ConversationItemParam,
  conversationItemParamSchema,
  conversationItemSchema,
} from "./conversation-items.ts";
import {
  type Deleted,
  deletedSchema,
  metadataSchema,
  type Page,
  type PageQuery,
  pageFields,
  pageSchema,
} from "./paging.ts";

export interface Conversation {
  id: string;
  object: "conversation";
  /** Seconds since 1970. */
  created_at: number;
  metadata: Record<string, string>;
}

export interface CreateConversationRequest {
  metadata?: Record<string, string> | null | undefined;
  items?: ConversationItemParam[] | null | undefined;
}

export interface ListItemsQuery extends PageQuery {
  include?: string[] | undefined;
}

const items = z.array(conversationItemParamSchema).max(20, "At most 20 items are taken at a time");

export const conversationSchema: z.ZodType<Conversation> = z.strictObject({
  id: z.string(),
  object: z.literal("conversation"),
  created_at: z.int(),
  metadata: metadataSchema,
});

export const createConversationSchema: z.ZodType<CreateConversationRequest> = z.strictObject({
  metadata: metadataSchema.nullish(),
  items: items.nullish(),
});

export const updateConversationSchema: z.ZodType<{ metadata: Record<string, string> }> = z.strictObject({
  metadata: metadataSchema,
});

export const addItemsSchema: z.ZodType<{ items: ConversationItemParam[] }> = z.strictObject({
  items: items.min(1, "There are no items"),
});

/** What else an answer may hold; of ours it holds all that there is. */
const include = z.array(
  z.enum([
    "web_search_call.action.sources",
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
    "file_search_call.results",
    "message.input_image.image_url",
    "message.output_text.logprobs",
    "reasoning.encrypted_content",
  ]),
);

export const listItemsQuerySchema: z.ZodType<ListItemsQuery> = z.strictObject({
  ...pageFields,
  limit: z.int().min(1).max(100).optional(),
  include: include.optional(),
});

export const itemQuerySchema: z.ZodType<{ include?: string[] | undefined }> = z.strictObject({
  include: include.optional(),
});

export const itemPageSchema: z.ZodType<Page<ConversationItem>> = pageSchema(conversationItemSchema);

export const conversationDeletedSchema: z.ZodType<Deleted<"conversation.deleted">> =
  deletedSchema("conversation.deleted");

export const itemDeletedSchema: z.ZodType<Deleted<"conversation.item.deleted">> =
  deletedSchema("conversation.item.deleted");
