/** Parts of the messages and results that conversations keep. */
import { z } from "zod";
import type { Json } from "./json.ts";

const text = z.string();
const object = z.record(z.string(), z.json() as z.ZodType<Json>);
const detail = z.enum(["low", "high", "auto", "original"]).optional();

const inputParts = [
  z.strictObject({ type: z.literal("input_text"), text }),
  z.strictObject({
    type: z.literal("input_image"),
    detail,
    file_id: text.nullish(),
    image_url: text.nullish(),
  }),
  z.strictObject({
    type: z.literal("input_file"),
    file_data: text.nullish(),
    file_id: text.nullish(),
    file_url: text.nullish(),
    filename: text.nullish(),
  }),
] as const;

/** Part of what a function or a custom tool gave. */
export const resultPartSchema: z.ZodType<Record<string, unknown>> = z.discriminatedUnion("type", inputParts, {
  error: "Parts of results are input_text, input_image and input_file",
});

/** Part of a message. */
export const contentPartSchema: z.ZodType<Record<string, unknown>> = z.discriminatedUnion(
  "type",
  [
    ...inputParts,
    z.strictObject({
      type: z.literal("output_text"),
      text,
      annotations: z.array(object).optional(),
      logprobs: z.array(object).nullish(),
    }),
    z.strictObject({ type: z.literal("refusal"), refusal: text }),
    z.strictObject({ type: z.literal("text"), text }),
    z.strictObject({ type: z.literal("summary_text"), text }),
    z.strictObject({ type: z.literal("reasoning_text"), text }),
    z.strictObject({
      type: z.literal("computer_screenshot"),
      detail,
      file_id: text.nullish(),
      image_url: text.nullish(),
    }),
  ],
  {
    error:
      "Parts are input_text, input_image, input_file, output_text, refusal, text, summary_text, reasoning_text and computer_screenshot",
  },
);
