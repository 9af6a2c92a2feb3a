import type { RequestSample } from "./open-loop.ts";
import { type LatencySummary, summarize } from "./statistics.ts";

/** What a load did to a server. */
export interface ServeResult {
  numRequests: number;
  numErrors: number;
  errors: Readonly<Record<string, number>>;
  seconds: number;
  requestsPerSecond: number;
  outputTokensPerSecond: number;
  /** Requests per second that were answered within both limits. */
  goodput: number;
  timeToFirstTokenMs: LatencySummary;
  interTokenMs: LatencySummary;
  totalMs: LatencySummary;
}

/** What counts as a good answer. */
export interface ServiceLimits {
  timeToFirstTokenMs: number;
  /** Mean over one answer. */
  interTokenMs: number;
}

/** Adds the requests up. */
export function summarizeLoad(
  samples: readonly RequestSample[],
  seconds: number,
  limits: ServiceLimits,
): ServeResult {
  const answered = samples.filter(({ error }) => error === null);
  const errors: Record<string, number> = {};
  for (const { error } of samples) if (error !== null) errors[error] = (errors[error] ?? 0) + 1;
  const tokensOf = ({ completionTokens, interTokenMs }: RequestSample): number =>
    completionTokens ?? interTokenMs.length + 1;
  const isGood = ({ timeToFirstTokenMs, interTokenMs }: RequestSample): boolean =>
    timeToFirstTokenMs !== null &&
    timeToFirstTokenMs <= limits.timeToFirstTokenMs &&
    interTokenMs.reduce((sum, gap) => sum + gap, 0) <= limits.interTokenMs * Math.max(1, interTokenMs.length);
  return {
    numRequests: samples.length,
    numErrors: samples.length - answered.length,
    errors,
    seconds,
    requestsPerSecond: answered.length / seconds,
    outputTokensPerSecond: answered.reduce((sum, each) => sum + tokensOf(each), 0) / seconds,
    goodput: answered.filter(isGood).length / seconds,
    timeToFirstTokenMs: summarize(answered.flatMap(({ timeToFirstTokenMs: time }) => time ?? [])),
    interTokenMs: summarize(answered.flatMap(({ interTokenMs }) => interTokenMs)),
    totalMs: summarize(answered.map(({ totalMs }) => totalMs)),
  };
}
