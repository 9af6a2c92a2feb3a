/** Items of tools that the server runs. */
import { z } from "zod";
import type { Json } from "./json.ts";
import type { Attributes } from "./vector-stores.ts";

export type HostedStatus = "in_progress" | "searching" | "completed" | "incomplete" | "failed";

/** The tools that an MCP server was found to have. */
export interface McpListToolsItem {
  type: "mcp_list_tools";
  id: string;
  server_label: string;
  tools: {
    name: string;
    description?: string | null | undefined;
    input_schema: Record<string, Json>;
    annotations?: Json | undefined;
  }[];
  error?: string | null | undefined;
  /** Not of OpenAI: about how many tokens the tools take in every prompt. */
  schema_tokens?: number | undefined;
  status?: HostedStatus | null | undefined;
}

export interface McpCallItem {
  type: "mcp_call";
  id: string;
  server_label: string;
  name: string;
  /** A JSON object as text. */
  arguments: string;
  output?: string | null | undefined;
  error?: string | null | undefined;
  /** Of the request that somebody agreed to. */
  approval_request_id?: string | null | undefined;
  status?: HostedStatus | null | undefined;
}

/** A call that waits until somebody agrees. */
export interface ApprovalRequestItem {
  type: "mcp_approval_request";
  id: string;
  server_label: string;
  name: string;
  arguments: string;
  status?: HostedStatus | null | undefined;
}

export interface ApprovalResponseItem {
  type: "mcp_approval_response";
  id: string;
  approval_request_id: string;
  approve: boolean;
  reason?: string | null | undefined;
  status?: HostedStatus | null | undefined;
}

export interface FileSearchHit {
  file_id: string;
  filename: string;
  score: number;
  attributes: Attributes;
  text: string;
}

export interface FileSearchCallItem {
  type: "file_search_call";
  id: string;
  queries: string[];
  status: HostedStatus;
  /** Only where they were asked for by `include`. */
  results?: FileSearchHit[] | null | undefined;
}

export interface WebSearchCallItem {
  type: "web_search_call";
  id: string;
  status: HostedStatus;
  action: { type: "search"; query: string; sources?: { type: "url"; url: string }[] | undefined };
}

export interface CodeInterpreterCallItem {
  type: "code_interpreter_call";
  id: string;
  code: string;
  container_id: string;
  outputs: { type: "logs"; logs: string }[] | null;
  status: HostedStatus;
}

/** What a tool of the server leaves in a response. */
export type HostedCallItem = McpCallItem | FileSearchCallItem | WebSearchCallItem | CodeInterpreterCallItem;
export type HostedOutputItem = HostedCallItem | McpListToolsItem | ApprovalRequestItem;

const status = z.enum(["in_progress", "searching", "completed", "incomplete", "failed"]);
const json = z.json() as z.ZodType<Json>;
const object = z.record(z.string(), json);
const id = z.string().min(1).max(200);
const text = z.string();

const approvalRequest = z.strictObject({
  type: z.literal("mcp_approval_request"),
  id,
  server_label: text,
  name: text,
  arguments: text,
  status: status.nullish(),
});

/** The tools in an item of type `mcp_list_tools`. */
export const mcpToolsSchema: z.ZodType<McpListToolsItem["tools"]> = z.array(
  z.strictObject({
    name: text,
    description: text.nullish(),
    input_schema: object,
    annotations: json.optional(),
  }),
);

/** Schema of an item that its `type` tells apart. */
export type Variant<T> = z.ZodType<T> & z.core.$ZodTypeDiscriminable;

export const hostedOutputSchemas: readonly Variant<HostedOutputItem>[] = [
  z.strictObject({
    type: z.literal("mcp_list_tools"),
    id,
    server_label: text,
    tools: mcpToolsSchema,
    error: text.nullish(),
    schema_tokens: z.int().optional(),
    status: status.nullish(),
  }),
  z.strictObject({
    type: z.literal("mcp_call"),
    id,
    server_label: text,
    name: text,
    arguments: text,
    output: text.nullish(),
    error: text.nullish(),
    approval_request_id: text.nullish(),
    status: status.nullish(),
  }),
  approvalRequest,
  z.strictObject({
    type: z.literal("file_search_call"),
    id,
    queries: z.array(text),
    status,
    results: z
      .array(
        z.strictObject({
          file_id: text,
          filename: text,
          score: z.number(),
          attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
          text,
        }),
      )
      .nullish(),
  }),
  z.strictObject({
    type: z.literal("web_search_call"),
    id,
    status,
    action: z.strictObject({
      type: z.literal("search"),
      query: text,
      sources: z.array(z.strictObject({ type: z.literal("url"), url: text })).optional(),
    }),
  }),
  z.strictObject({
    type: z.literal("code_interpreter_call"),
    id,
    code: text,
    container_id: text,
    outputs: z.array(z.strictObject({ type: z.literal("logs"), logs: text })).nullable(),
    status,
  }),
];

const approvalResponseFields = {
  type: z.literal("mcp_approval_response"),
  approval_request_id: id,
  approve: z.boolean(),
  reason: z.string().max(2000).nullish(),
  status: status.nullish(),
};

export const approvalResponseSchema: Variant<ApprovalResponseItem> = z.strictObject({
  ...approvalResponseFields,
  id,
});

/** Item of a request that answers a question of the server, with or without an id. */
export type ApprovalResponseParam = Omit<ApprovalResponseItem, "id"> & { id?: string | null | undefined };

/** The same in a request: ids may be left out of answers to a question. */
export const hostedParamSchemas: readonly Variant<HostedOutputItem | ApprovalResponseParam>[] = [
  ...hostedOutputSchemas,
  z.strictObject({ ...approvalResponseFields, id: id.nullish() }),
];
