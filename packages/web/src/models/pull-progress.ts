import type { PullEvent } from "@llamero/stack/api/stored-models";

/** How far a pull is. */
export interface PullState {
  name: string | null;
  received: number;
  total: number | null;
  /** Bytes per second over the last moments; null before there are any. */
  speed: number | null;
  /** Moments and what was there then, the latest last. */
  marks: readonly { at: number; received: number }[];
}

export const newPull: PullState = { name: null, received: 0, total: null, speed: null, marks: [] };

const windowMs = 5000;

/** The state after an event, at a time in milliseconds. */
export function applyPullEvent(state: PullState, event: PullEvent, now: number): PullState {
  if (event.type === "plan") return { ...state, name: event.name, total: event.total_bytes };
  if (event.type !== "progress") return state;
  const marks = [
    ...state.marks.filter(({ at }) => now - at <= windowMs),
    { at: now, received: event.received_bytes },
  ];
  const [first, last] = [marks[0]!, marks.at(-1)!];
  const speed =
    last.at - first.at < 200 ? null : ((last.received - first.received) / (last.at - first.at)) * 1000;
  return { ...state, received: event.received_bytes, total: event.total_bytes, speed, marks };
}

/** Seconds until the pull is done; null where that is not known. */
export function secondsLeft({ received, total, speed }: PullState): number | null {
  return total === null || speed === null || speed <= 0 ? null : Math.max(0, (total - received) / speed);
}
