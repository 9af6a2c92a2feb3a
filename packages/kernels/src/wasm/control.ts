/** Words at the start of the memory, shared by host and workers (indices of an Int32Array). */
export const CONTROL = {
  /** Number of the current job; a change wakes the workers. */
  job: 0,
  /** 1: stop as soon as possible. */
  cancel: 1,
  /** Changes when an instruction is done; threads that wait sleep on it. */
  progress: 2,
  /** Number of the last job whose plan is done or given up. */
  finished: 3,
  /** Number of the last job that was reported to the host. */
  reported: 4,
  /** Workers inside a job. */
  active: 5,
  /** 1: a worker has failed and says so by message. */
  failed: 6,
  /** Address and number of the plan's instructions. */
  plan: 8,
  planLength: 9,
  /** For each instruction how many units are claimed; behind them, how many are done. */
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
  /** Address of each row's adapter table (0: none), by row. */
  adapters: 21,
} as const;

/** Bytes kept for the control words. */
export const CONTROL_BYTES = 256;
