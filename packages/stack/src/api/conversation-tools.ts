/** Tools that a search for tools found, as conversations keep them; the server runs none of them from there. */
import { z } from "zod";
import type { Json } from "./json.ts";
import { attributeFilterSchema } from "./vector-search.ts";

const text = z.string();
const json = z.json() as z.ZodType<Json>;
const object = z.record(z.string(), json);
const type = <T extends string>(name: T): z.ZodLiteral<T> => z.literal(name);

const functionTool = z.strictObject({
  type: type("function"),
  name: text,
  description: text.nullish(),
  parameters: object.nullish(),
  strict: z.boolean().nullish(),
  defer_loading: z.boolean().optional(),
});

const customTool = z.strictObject({
  type: type("custom"),
  name: text,
  description: text.optional(),
  format: z
    .discriminatedUnion("type", [
      z.strictObject({ type: type("text") }),
      z.strictObject({ type: type("grammar"), syntax: z.enum(["lark", "regex"]), definition: text }),
    ])
    .optional(),
  defer_loading: z.boolean().optional(),
});

const contextSize = z.enum(["low", "medium", "high"]).optional();
const userLocation = z
  .strictObject({
    type: type("approximate").optional(),
    country: text.nullish(),
    region: text.nullish(),
    city: text.nullish(),
    timezone: text.nullish(),
  })
  .nullish();

const toolNames = z.strictObject({
  tool_names: z.array(text).optional(),
  read_only: z.boolean().optional(),
});

const networkPolicy = z.discriminatedUnion("type", [
  z.strictObject({ type: type("disabled") }),
  z.strictObject({
    type: type("allowlist"),
    allowed_domains: z.array(text),
    domain_secrets: z.array(z.strictObject({ domain: text, name: text, value: text })).optional(),
  }),
]);
const containerFields = {
  file_ids: z.array(text).optional(),
  memory_limit: z.enum(["1g", "4g", "16g", "64g"]).nullish(),
  network_policy: networkPolicy.optional(),
};

const shellEnvironment = z.discriminatedUnion("type", [
  z.strictObject({
    type: type("container_auto"),
    ...containerFields,
    skills: z.array(object).optional(),
  }),
  z.strictObject({ type: type("local"), skills: z.array(object).optional() }),
  z.strictObject({ type: type("container_reference"), container_id: text }),
]);

/** A tool of any of OpenAI's types. */
export const conversationToolSchema: z.ZodType<Record<string, unknown>> = z.discriminatedUnion(
  "type",
  [
    functionTool,
    customTool,
    z.strictObject({
      type: type("file_search"),
      vector_store_ids: z.array(text),
      max_num_results: z.int().optional(),
      ranking_options: z
        .strictObject({
          ranker: text.optional(),
          score_threshold: z.number().optional(),
          hybrid_search: z.strictObject({ embedding_weight: z.number(), text_weight: z.number() }).optional(),
        })
        .optional(),
      filters: attributeFilterSchema.nullish(),
    }),
    z.strictObject({ type: type("computer") }),
    z.strictObject({
      type: type("computer_use_preview"),
      environment: z.enum(["windows", "mac", "linux", "ubuntu", "browser"]),
      display_width: z.int(),
      display_height: z.int(),
    }),
    z.strictObject({
      type: z.enum(["web_search", "web_search_2025_08_26"]),
      filters: z.strictObject({ allowed_domains: z.array(text).nullish() }).nullish(),
      user_location: userLocation,
      search_context_size: contextSize,
    }),
    z.strictObject({
      type: z.enum(["web_search_preview", "web_search_preview_2025_03_11"]),
      user_location: userLocation,
      search_context_size: contextSize,
      search_content_types: z.array(z.enum(["text", "image"])).optional(),
    }),
    z.strictObject({
      type: type("mcp"),
      server_label: text,
      server_url: text.optional(),
      connector_id: text.optional(),
      authorization: text.optional(),
      server_description: text.optional(),
      headers: z.record(text, text).nullish(),
      allowed_tools: z.union([z.array(text), toolNames]).nullish(),
      require_approval: z
        .union([
          z.enum(["always", "never"]),
          z.strictObject({ always: toolNames.optional(), never: toolNames.optional() }),
        ])
        .nullish(),
      defer_loading: z.boolean().optional(),
    }),
    z.strictObject({
      type: type("code_interpreter"),
      container: z.union([text, z.strictObject({ type: type("auto"), ...containerFields })]),
    }),
    z.strictObject({
      type: type("image_generation"),
      model: text.optional(),
      quality: z.enum(["low", "medium", "high", "auto"]).optional(),
      size: z.enum(["1024x1024", "1024x1536", "1536x1024", "auto"]).optional(),
      output_format: z.enum(["png", "webp", "jpeg"]).optional(),
      output_compression: z.int().min(0).max(100).optional(),
      moderation: z.enum(["auto", "low"]).optional(),
      background: z.enum(["transparent", "opaque", "auto"]).optional(),
      input_fidelity: z.enum(["high", "low"]).nullish(),
      input_image_mask: z.strictObject({ image_url: text.optional(), file_id: text.optional() }).optional(),
      partial_images: z.int().min(0).max(3).optional(),
      action: z.enum(["generate", "edit", "auto"]).optional(),
    }),
    z.strictObject({ type: type("local_shell") }),
    z.strictObject({ type: type("shell"), environment: shellEnvironment.nullish() }),
    z.strictObject({
      type: type("namespace"),
      name: text,
      description: text,
      tools: z.array(z.discriminatedUnion("type", [functionTool, customTool])),
    }),
    z.strictObject({
      type: type("tool_search"),
      execution: z.enum(["server", "client"]).optional(),
      description: text.nullish(),
      parameters: object.nullish(),
    }),
    z.strictObject({ type: type("apply_patch") }),
  ],
  { error: "The type of the tool is not one of OpenAI's" },
);
