import { z } from "zod";

/** Whether a stored answer came out the same again, token for token. */
export interface ReplayResult {
  id: string;
  object: "replay";
  model: string;
  identical: boolean;
  num_tokens: number;
  /** A null token: one of the two had ended. */
  first_difference: { generation: number; token: number; expected: number | null; got: number | null } | null;
  /** Only `deterministic` promises the same tokens whatever else runs. */
  mode: string;
  /** What is not as it was. */
  changed: string[];
}

export const replayRequestSchema: z.ZodType<{ id: string }> = z.strictObject({
  id: z.string().min(1).max(200),
});

export const replayResultSchema: z.ZodType<ReplayResult> = z.strictObject({
  id: z.string(),
  object: z.literal("replay"),
  model: z.string(),
  identical: z.boolean(),
  num_tokens: z.int(),
  first_difference: z
    .strictObject({
      generation: z.int(),
      token: z.int(),
      expected: z.int().nullable(),
      got: z.int().nullable(),
    })
    .nullable(),
  mode: z.string(),
  changed: z.array(z.string()),
});
