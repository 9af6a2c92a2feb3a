import { z } from "zod";
import { numberField } from "../config/number-field.ts";
import { type SearchSettings, searchSettingsSchema } from "./web-search.ts";

/** An MCP server of the configuration: an address, or a command of this machine. */
export interface McpServerSettings {
  label: string;
  url?: string | undefined;
  headers?: Record<string, string> | undefined;
  command?: string | undefined;
  args?: string[] | undefined;
  env?: Record<string, string> | undefined;
  cwd?: string | undefined;
  /** What it gives back is as good as what the operator writes. */
  trusted?: boolean | undefined;
}

/** The part `tools` of a configuration. */
export interface ToolSettings {
  web_search?: SearchSettings | undefined;
  /** False: no code is run. */
  code_interpreter?: boolean | undefined;
  mcp_servers?: McpServerSettings[] | undefined;
  /** Hosts that requests may name as MCP servers though they are not public, such as `127.0.0.1:9000`. */
  allow_hosts?: string[] | undefined;
  /** Generations and tool calls of one response, its time, and the characters of one result. */
  max_steps?: number | undefined;
  max_calls?: number | undefined;
  max_seconds?: number | undefined;
  max_result_characters?: number | undefined;
  /** What holds for MCP servers of requests that say no `require_approval`; default always, as OpenAI has it. */
  require_approval?: "always" | "never" | undefined;
  /** Whether `require_approval: never` still holds for tools with effects once a stranger's text was read. */
  never_asks_after_untrusted?: boolean | undefined;
}

const text = z.string().min(1);
const count = numberField(z.int().min(1).max(1_000_000));

const serverSchema: z.ZodType<McpServerSettings> = z
  .strictObject({
    label: z.string().regex(/^[\w-]{1,64}$/, "A label has 1 to 64 letters, digits, _ and -"),
    url: z.url({ protocol: /^https?$/, error: "An address begins with http:// or https://" }).optional(),
    headers: z.record(text, z.string()).optional(),
    command: text.optional(),
    args: z.array(z.string()).optional(),
    env: z.record(text, z.string()).optional(),
    cwd: text.optional(),
    trusted: z.boolean().optional(),
  })
  .refine(
    (server) => (server.url === undefined) !== (server.command === undefined),
    "Give url or command, one of them",
  );

/** Schema of the part `tools` of a configuration. */
export const toolSettingsSchema: z.ZodType<ToolSettings> = z.strictObject({
  web_search: searchSettingsSchema.optional(),
  code_interpreter: z.boolean().optional(),
  mcp_servers: z
    .array(serverSchema)
    .refine(
      (all) => new Set(all.map(({ label }) => label)).size === all.length,
      "Two MCP servers have one label",
    )
    .optional(),
  allow_hosts: z.array(text).optional(),
  max_steps: count.optional(),
  max_calls: count.optional(),
  max_seconds: count.optional(),
  max_result_characters: count.optional(),
  require_approval: z.enum(["always", "never"]).optional(),
  never_asks_after_untrusted: z.boolean().optional(),
});
