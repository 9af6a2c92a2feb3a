import { z } from "zod";

/** An MCP server of the configuration, as Llama Stack describes it. */
export interface Connector {
  connector_type: "mcp";
  connector_id: string;
  url: string;
  server_label: string;
}

export const connectorSchema: z.ZodType<Connector> = z.strictObject({
  connector_type: z.literal("mcp"),
  connector_id: z.string(),
  url: z.string(),
  server_label: z.string(),
});

export const connectorListSchema: z.ZodType<{ data: Connector[] }> = z.strictObject({
  data: z.array(connectorSchema),
});
