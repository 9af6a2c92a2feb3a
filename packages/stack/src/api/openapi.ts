import { z } from "zod";

/** An OpenAPI 3.1 document; its insides are for tools to check. */
export interface OpenApiAnswer {
  openapi: string;
  info: unknown;
  paths: unknown;
  components: unknown;
  tags: unknown;
}

export const openApiSchema: z.ZodType<OpenApiAnswer> = z.strictObject({
  openapi: z.string(),
  info: z.unknown(),
  paths: z.unknown(),
  components: z.unknown(),
  tags: z.unknown(),
});
