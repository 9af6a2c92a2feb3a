import { z } from "zod";
import type { Json } from "./json.ts";

/** A tool that the server itself can run. */
export interface ToolDef {
  /** The name again, where clients of 2025 look for it. */
  identifier?: string | undefined;
  toolgroup_id?: string | null | undefined;
  name: string;
  description?: string | null | undefined;
  input_schema?: Record<string, Json> | null | undefined;
}

export const toolSchema: z.ZodType<ToolDef> = z.strictObject({
  identifier: z.string().optional(),
  toolgroup_id: z.string().nullish(),
  name: z.string(),
  description: z.string().nullish(),
  input_schema: z.record(z.string(), z.json() as z.ZodType<Json>).nullish(),
});

export const listToolsSchema: z.ZodType<{ data: ToolDef[] }> = z.strictObject({ data: z.array(toolSchema) });

export const listToolsQuerySchema: z.ZodType<{ toolgroup_id?: string | undefined }> = z.strictObject({
  toolgroup_id: z.string().optional(),
});
