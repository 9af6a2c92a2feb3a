import { z } from "zod";
import type { Json } from "./json.ts";

/** A tool that the server itself can run. */
export interface ToolDef {
  toolgroup_id?: string | null | undefined;
  name: string;
  description?: string | null | undefined;
  input_schema?: Record<string, Json> | null | undefined;
}

export const listToolsSchema: z.ZodType<{ data: ToolDef[] }> = z.strictObject({
  data: z.array(
    z.strictObject({
      toolgroup_id: z.string().nullish(),
      name: z.string(),
      description: z.string().nullish(),
      input_schema: z.record(z.string(), z.json() as z.ZodType<Json>).nullish(),
    }),
  ),
});

export const listToolsQuerySchema: z.ZodType<{ toolgroup_id?: string | undefined }> = z.strictObject({
  toolgroup_id: z.string().optional(),
});
