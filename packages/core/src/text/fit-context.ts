import type { Message } from "../chat/message.ts";
import { type DropPlan, planDrops } from "./drop-plan.ts";

/**
 * What to do with a conversation that does not fit the context.
 * - `refuse`: throw ContextOverflowError.
 * - `drop-middle`: leave turns out, oldest first, but neither system messages, the first message nor the latest.
 * - `compact`: the model itself summarises what is left out; the summary takes its place.
 */
export type ContextPolicy = "refuse" | "drop-middle" | "compact";

/** All policies, the default first. */
export const contextPolicies: readonly ContextPolicy[] = ["refuse", "drop-middle", "compact"];

/** What a policy left out of a conversation. */
export interface DroppedContext {
  policy: "drop-middle" | "compact";
  messages: number;
  /** Prompt tokens that they took. */
  tokens: number;
  /** Tokens of the summary in their place; 0 without one. */
  summaryTokens: number;
}

/** A conversation that fits, or as much as could be done. */
export interface FittedChat {
  messages: readonly Message[];
  dropped: DroppedContext | null;
}

/** What fitting needs to know. */
export interface FitOptions {
  /** Prompt tokens that there is room for. */
  maxTokens: number;
  /** Exact prompt tokens of a conversation in the model's chat format. */
  count: (messages: readonly Message[]) => number;
}

/** Tokens kept free for an answer of no given length: a quarter of the context, at most 1,024. */
export function answerReserve(contextLimit: number): number {
  return Math.max(1, Math.min(1024, Math.floor(contextLimit / 4)));
}

/** Fewest steps after which `fits` holds; all of them when it never does. More steps never take more tokens. */
export function fewestSteps(numSteps: number, fits: (numSteps: number) => boolean): number {
  let low = 0;
  let high = numSteps;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Leaves out as few turns as need be. The result may still be too long when what must stay is. */
export function dropMiddle(messages: readonly Message[], { maxTokens, count }: FitOptions): FittedChat {
  const total = count(messages);
  if (total <= maxTokens) return { messages, dropped: null };
  const plan = planDrops(messages);
  const numSteps = fewestSteps(plan.numSteps, (steps) => count(plan.keep(steps)) <= maxTokens);
  const kept = plan.keep(numSteps);
  return { messages: kept, dropped: describeDrop(plan, numSteps, total - count(kept), "drop-middle") };
}

/** The account of a drop; null when nothing was left out. */
export function describeDrop(
  plan: DropPlan,
  numSteps: number,
  tokens: number,
  policy: DroppedContext["policy"],
): DroppedContext | null {
  const { length } = plan.drop(numSteps);
  return length === 0 ? null : { policy, messages: length, tokens, summaryTokens: 0 };
}
