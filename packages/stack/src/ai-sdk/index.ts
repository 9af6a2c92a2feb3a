/** Provider for the Vercel AI SDK; needs `@ai-sdk/provider` for its types. */
export {
  createLlamero,
  type LlameroProvider,
  type LlameroServer,
  llamero,
  llameroEmbedding,
} from "./create-llamero.ts";
export type { LlameroOptions } from "./provider-options.ts";
