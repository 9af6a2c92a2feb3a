import { z } from "zod";

/** A version of a prompt; variables stand in it as `{{ name }}`. */
export interface Prompt {
  prompt_id: string;
  prompt: string;
  version: number;
  variables: string[];
  is_default: boolean;
}

export interface CreatePromptRequest {
  prompt: string;
  variables?: string[] | null | undefined;
}

export interface UpdatePromptRequest extends CreatePromptRequest {
  /** The newest version, which the change was made on. */
  version: number;
  /** Default true. */
  set_as_default?: boolean | undefined;
}

const prompt = z
  .string()
  .min(1, "A prompt needs at least one character")
  .max(2 ** 20);
const variables = z
  .array(z.string().regex(/^\w{1,64}$/, "A variable has 1 to 64 letters, digits and _"))
  .max(100)
  .refine((names) => new Set(names).size === names.length, "A variable is named twice");
const version = z
  .int()
  .min(1)
  .max(2 ** 31);

export const promptSchema: z.ZodType<Prompt> = z.strictObject({
  prompt_id: z.string(),
  prompt: z.string(),
  version: z.int().min(1),
  variables: z.array(z.string()),
  is_default: z.boolean(),
});

export const promptListSchema: z.ZodType<{ data: Prompt[] }> = z.strictObject({
  data: z.array(promptSchema),
});

export const createPromptSchema: z.ZodType<CreatePromptRequest> = z.strictObject({
  prompt,
  variables: variables.nullish(),
});

export const updatePromptSchema: z.ZodType<UpdatePromptRequest> = z.strictObject({
  prompt,
  variables: variables.nullish(),
  version,
  set_as_default: z.boolean().optional(),
});

export const promptVersionSchema: z.ZodType<{ version: number }> = z.strictObject({ version });

export const getPromptQuerySchema: z.ZodType<{ version?: number | undefined }> = z.strictObject({
  version: version.optional(),
});
