import type { Checkpoint } from "@llamero/core";
import { formatNumber } from "../terminal/human.ts";
import { kvBytesPerToken, weightBytesPerToken } from "./describe-checkpoint.ts";
import type { FinishPart } from "./stream-answer.ts";

/** What bounds generation: every token reads the weights and the KV cache from memory. */
export interface SpeedLimit {
  /** Tokens per second that the measured read bandwidth allows at a number of tokens in the context. */
  tokensPerSecond(contextUsed: number): number;
}

/** The limit of a model on a machine with this read bandwidth. */
export function speedLimit(
  checkpoint: Checkpoint,
  kv: "f16" | "int8",
  readBytesPerSecond: number,
  sizeOf: Parameters<typeof weightBytesPerToken>[1],
): SpeedLimit {
  const weightBytes = weightBytesPerToken(checkpoint, sizeOf);
  return {
    tokensPerSecond: (contextUsed) =>
      readBytesPerSecond / (weightBytes + kvBytesPerToken(checkpoint, kv, contextUsed)),
  };
}

/** One line about a finished answer. */
export function describeRun({ usage, timings, dropped }: FinishPart, limit: SpeedLimit | null): string {
  const share =
    limit === null || timings.decodeTokensPerSecond === 0
      ? ""
      : ` (${Math.round((100 * timings.decodeTokensPerSecond) / limit.tokensPerSecond(usage.contextUsed))} % of this machine's limit)`;
  const cached = usage.cachedTokens > 0 ? `, ${usage.cachedTokens} cached` : "";
  const miss = describeMiss(usage.cacheMiss);
  const count = (value: number): string => value.toLocaleString("en-US");
  return [
    `${count(usage.completionTokens)} tokens at ${formatNumber(timings.decodeTokensPerSecond)} tok/s${share}`,
    `prompt ${count(usage.promptTokens)}${cached}${miss} at ${formatNumber(timings.prefillTokensPerSecond)} tok/s`,
    `context ${count(usage.contextUsed)} of ${count(usage.contextLimit)}`,
    ...(dropped ? [describeDropped(dropped)] : []),
  ].join(" · ");
}

/** What was surprising about the prefix cache: that something new has to be computed is not. */
function describeMiss(miss: FinishPart["usage"]["cacheMiss"]): string {
  switch (miss?.reason) {
    case "differs": {
      const { position, wantedText = miss.wanted, cachedText = miss.cached } = miss;
      return ` (token ${position} is ${JSON.stringify(wantedText)}, not ${JSON.stringify(cachedText)} as before)`;
    }
    case "evicted":
      return ` (dropped for space from token ${miss.position} on)`;
    case "other-adapter":
      return " (computed before with another adapter)";
    default:
      return "";
  }
}

function describeDropped({ policy, messages, tokens }: NonNullable<FinishPart["dropped"]>): string {
  const how = policy === "compact" ? "summarised" : "left out";
  return `${messages} messages (${tokens.toLocaleString("en-US")} tokens) ${how}`;
}
