/** Times and counts that a supervisor goes by. */
export interface SupervisorPolicy {
  /** Unloads the model this long after its last answer; 0 at once, Infinity never. */
  keepAliveMs: number;
  /** A worker that has not said its first word after this is killed. */
  startMs: number;
  /** One that says nothing for so long later on is killed too. */
  stuckMs: number;
  /** A worker that has work but completes no step for so long is killed. */
  stepMs: number;
  /** Deaths in a row, without a token or an answer in between, after which the model is given up. */
  maxDeaths: number;
  /** Pause before the first restart; it doubles with each death in a row. */
  restartMs: number;
  maxRestartMs: number;
  /** A model that was given up is tried again after this. */
  retryMs: number;
  /** A worker that is told to close is killed after this. */
  closeMs: number;
}

const defaults: SupervisorPolicy = {
  keepAliveMs: 5 * 60_000,
  startMs: 60_000,
  stuckMs: 30_000,
  stepMs: 5 * 60_000,
  maxDeaths: 8,
  restartMs: 100,
  maxRestartMs: 5000,
  retryMs: 30_000,
  closeMs: 5000,
};

/** Fills what the caller left out. */
export function completePolicy(policy: Partial<SupervisorPolicy> = {}): SupervisorPolicy {
  return { ...defaults, ...policy };
}
