import type { GeneratePart } from "../generate.ts";

type FinishPart = Extract<GeneratePart, { type: "finish" }>;

/** The end of an answer that no engine computed: nothing was used and no time passed, but for what is given. */
export function plainFinish(
  contextLimit: number,
  part: Pick<FinishPart, "reason" | "backend"> & Partial<FinishPart>,
): FinishPart {
  return {
    type: "finish",
    text: "",
    toolCalls: [],
    ids: [],
    usage: { promptTokens: 0, cachedTokens: 0, completionTokens: 0, contextUsed: 0, contextLimit },
    timings: {
      queueMs: 0,
      prefillMs: 0,
      decodeMs: 0,
      timeToFirstTokenMs: 0,
      prefillTokensPerSecond: 0,
      decodeTokensPerSecond: 0,
    },
    mode: "fast",
    degraded: [],
    ...part,
  };
}
