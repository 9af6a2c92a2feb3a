/** Tools of the Responses API that the server runs itself, as requests name them and as responses say them. */
import { z } from "zod";
import type { Variant } from "./hosted-items.ts";
import {
  type AttributeFilter,
  attributeFilterSchema,
  type RankingOptions,
  rankingOptionsSchema,
} from "./vector-search.ts";

/** Tools by name, or those whose server says that they only read. */
export interface ToolFilter {
  tool_names?: string[] | null | undefined;
  read_only?: boolean | null | undefined;
}

/** Which calls somebody has to agree to. */
export type RequireApproval =
  | "always"
  | "never"
  | { always?: ToolFilter | null | undefined; never?: ToolFilter | null | undefined };

export interface McpTool {
  type: "mcp";
  server_label: string;
  server_url?: string | null | undefined;
  /** Label of a server of the configuration. */
  connector_id?: string | null | undefined;
  server_description?: string | null | undefined;
  /** Sent with every request to the server, never kept or said again. */
  headers?: Record<string, string> | null | undefined;
  authorization?: string | null | undefined;
  require_approval?: RequireApproval | null | undefined;
  allowed_tools?: string[] | ToolFilter | null | undefined;
}

export interface FileSearchTool {
  type: "file_search";
  vector_store_ids: string[];
  filters?: AttributeFilter | null | undefined;
  max_num_results?: number | null | undefined;
  ranking_options?: RankingOptions | null | undefined;
}

export type WebSearchType =
  | "web_search"
  | "web_search_preview"
  | "web_search_preview_2025_03_11"
  | "web_search_2025_08_26";

export interface WebSearchTool {
  type: WebSearchType;
  /** How many pages come: 3, 5 or 10. */
  search_context_size?: "low" | "medium" | "high" | null | undefined;
}

export interface CodeInterpreterTool {
  type: "code_interpreter";
  container?: { type: "auto" } | null | undefined;
}

/** Not of OpenAI: exact arithmetic. */
export interface CalculatorTool {
  type: "calculator";
}

export type HostedTool = McpTool | FileSearchTool | WebSearchTool | CodeInterpreterTool | CalculatorTool;

/** How a response says an MCP tool: without what may be secret. */
export type SaidHostedTool = Exclude<HostedTool, McpTool> | Omit<McpTool, "headers" | "authorization">;

const names = z.array(z.string().min(1)).max(128);
const filter: z.ZodType<ToolFilter> = z.strictObject({
  tool_names: names.nullish(),
  read_only: z.boolean().nullish(),
});

const mcpFields = {
  type: z.literal("mcp"),
  server_label: z.string().regex(/^[\w.:-]{1,64}$/, "A label has 1 to 64 letters, digits, _, ., : and -"),
  server_url: z.string().min(1).max(2000).nullish(),
  connector_id: z.string().min(1).nullish(),
  server_description: z.string().max(2000).nullish(),
  require_approval: z
    .union([
      z.enum(["always", "never"]),
      z.strictObject({ always: filter.nullish(), never: filter.nullish() }),
    ])
    .nullish(),
  allowed_tools: z.union([names, filter]).nullish(),
};

export const webSearchTypes: readonly ["web_search", ...WebSearchType[]] = [
  "web_search",
  "web_search_preview",
  "web_search_preview_2025_03_11",
  "web_search_2025_08_26",
];

const others: readonly Variant<Exclude<HostedTool, McpTool>>[] = [
  z.strictObject({
    type: z.literal("file_search"),
    vector_store_ids: z.array(z.string().min(1)).min(1).max(16),
    filters: attributeFilterSchema.nullish(),
    max_num_results: z.int().min(1).max(50).nullish(),
    ranking_options: rankingOptionsSchema.nullish(),
  }),
  z.strictObject({
    type: z.enum(webSearchTypes),
    search_context_size: z.enum(["low", "medium", "high"]).nullish(),
  }),
  z.strictObject({
    type: z.literal("code_interpreter"),
    container: z
      .strictObject({
        type: z.literal("auto", { error: "Containers are not kept; leave it out or say { type: auto }" }),
      })
      .nullish(),
  }),
  z.strictObject({ type: z.literal("calculator") }),
];

/** Schemas of the tools of requests. */
export const hostedToolSchemas: readonly Variant<HostedTool>[] = [
  z.strictObject({
    ...mcpFields,
    headers: z.record(z.string().min(1).max(200), z.string().max(10_000)).nullish(),
    authorization: z.string().min(1).max(10_000).nullish(),
  }),
  ...others,
];

/** Schemas of the tools as responses say them. */
export const saidHostedToolSchemas: readonly [Variant<SaidHostedTool>, ...Variant<SaidHostedTool>[]] = [
  z.strictObject(mcpFields),
  ...others,
];
