import type { Json } from "./document.ts";
import type { Stage } from "./stage.ts";

/** What a factory may need besides its options. */
export interface StageContext {
  /** Paths in options are relative to this folder: that of the configuration. */
  folder: string;
}

/** Makes a stage from the options written in a configuration. Unknown options and wrong values throw. */
export type StageFactory = (
  options: Readonly<Record<string, Json>>,
  context: StageContext,
) => Stage | Promise<Stage>;

/** Every stage a configuration can name; the file behind it loads only when it is named. One line each. */
export const stageFactories: Readonly<Record<string, () => Promise<StageFactory>>> = {
  length: async () => (await import("./pipeline/length.ts")).createLength,
  language: async () => (await import("./language/stage.ts")).createLanguage,
  "gopher-quality": async () => (await import("./filters/gopher-quality.ts")).createGopherQuality,
  "gopher-repetition": async () => (await import("./filters/gopher-repetition.ts")).createGopherRepetition,
  c4: async () => (await import("./filters/c4.ts")).createC4,
  fineweb: async () => (await import("./filters/fineweb.ts")).createFineweb,
  "code-quality": async () => (await import("./filters/code-quality.ts")).createCodeQuality,
  "word-list": async () => (await import("./filters/word-list.ts")).createWordList,
  "word-distribution": async () => (await import("./filters/word-distribution.ts")).createWordDistribution,
  gibberish: async () => (await import("./filters/gibberish.ts")).createGibberish,
  "url-dedup": async () => (await import("./dedup/url-dedup.ts")).createUrlDedup,
  "exact-dedup": async () => (await import("./dedup/exact-dedup.ts")).createExactDedup,
  "line-dedup": async () => (await import("./dedup/line-dedup.ts")).createLineDedup,
  minhash: async () => (await import("./dedup/minhash.ts")).createMinhash,
  pii: async () => (await import("./pii/stage.ts")).createPii,
  safety: async () => (await import("./safety/stage.ts")).createSafety,
  decontaminate: async () => (await import("./decontaminate/stage.ts")).createDecontaminate,
  quality: async () => (await import("./quality/stage.ts")).createQuality,
};
