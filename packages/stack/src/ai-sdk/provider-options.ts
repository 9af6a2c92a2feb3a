import type { SharedV3ProviderOptions } from "@ai-sdk/provider";
import type { ContextPolicy, GenerateOptions } from "@llamero/core";
import { z } from "zod";

/** What `providerOptions.llamero` may hold: settings that the AI SDK has no names for. */
export interface LlameroOptions {
  minP?: number | undefined;
  repetitionPenalty?: number | undefined;
  /** Added to the logits of token ids. */
  logitBias?: Record<string, number> | undefined;
  parallelToolCalls?: boolean | undefined;
  /** What to do with a conversation that does not fit. */
  contextPolicy?: ContextPolicy | undefined;
  /** Name of a loaded LoRA adapter; of models of this process only. */
  adapter?: string | undefined;
}

const schema: z.ZodType<LlameroOptions> = z.strictObject({
  minP: z.number().min(0).max(1).optional(),
  repetitionPenalty: z.number().gt(0).optional(),
  logitBias: z.record(z.string().regex(/^\d+$/, "Keys are token ids"), z.number()).optional(),
  parallelToolCalls: z.boolean().optional(),
  contextPolicy: z.enum(["refuse", "drop-middle", "compact"]).optional(),
  adapter: z.string().min(1).optional(),
});

/** Reads `providerOptions.llamero`; those of other providers are theirs. Throws TypeError. */
export function readProviderOptions(given: SharedV3ProviderOptions = {}): LlameroOptions {
  const result = schema.safeParse(given["llamero"] ?? {});
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new TypeError(`${["providerOptions", "llamero", ...path].map(String).join(".")}: ${message}`);
}

/** The same in the words of the text layer, but for the sampling. */
export function toGenerateOptions({
  parallelToolCalls,
  contextPolicy,
  adapter,
}: LlameroOptions): GenerateOptions {
  return {
    ...(parallelToolCalls !== undefined && { parallelToolCalls }),
    ...(contextPolicy !== undefined && { contextPolicy }),
    ...(adapter !== undefined && { adapter }),
  };
}
