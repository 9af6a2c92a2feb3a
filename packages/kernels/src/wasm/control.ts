/** Words at the start of the memory, shared by host and workers (indices of an Int32Array). */
export const CONTROL = {
  /** Number of the current job; a change wakes the workers. */
  job: 0,
  /** 1: stop as soon as possible. */
  cancel: 1,
  barrierCount: 2,
  barrierTurn: 3,
  /** Workers that have finished the job. */
  done: 4,
  /** 1: a worker has failed and says so by message. */
  failed: 5,
  /** Address and number of the plan's instructions. */
  plan: 8,
  planLength: 9,
  /** One claim counter per instruction. */
  counters: 10,
  rows: 11,
  outputs: 12,
  /** Addresses of the step's tables. */
  tokens: 13,
  positions: 14,
  slots: 15,
  outputRows: 16,
  tiles: 17,
  numTiles: 18,
  /** Scratch of thread 0, and bytes of each thread's. */
  scratch: 19,
  scratchBytes: 20,
} as const;

/** Bytes kept for the control words. */
export const CONTROL_BYTES = 256;
