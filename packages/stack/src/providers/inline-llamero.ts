import { z } from "zod";
import type { ProviderType } from "./provider-type.ts";

/** Our own engine; it is always there, and its models are those of the configuration's `models`. */
export const inlineLlamero: ProviderType = {
  schema: z.strictObject({
    id: z.enum(["llamero", ""], { error: "The engine of this process is called llamero" }),
    type: z.literal("inline::llamero"),
  }),
  create: () => null,
};
