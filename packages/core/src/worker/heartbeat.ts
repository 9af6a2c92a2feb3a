import type { SupervisorPolicy } from "./policy.ts";

/** A worker must show a sign of life within the time of this many beats. */
const beats = 4;

interface Watch {
  ping(): void;
  /** True while the worker has something to compute. */
  isBusy(): boolean;
  onStuck(why: string): void;
}

/**
 * Notices a worker that does not answer, or whose steps do not end. Beats are counted, not time: when this process
 * itself was held up, one beat has passed, and the answers in the pipe still count.
 */
export class Heartbeat implements Disposable {
  readonly #timer: NodeJS.Timeout;
  #hasStarted = false;
  #missedBeats = 0;
  #busyBeats = 0;

  constructor(policy: Pick<SupervisorPolicy, "startMs" | "stuckMs" | "stepMs">, watch: Watch) {
    const { stuckMs, stepMs } = policy;
    const beatMs = stuckMs / beats;
    this.#timer = setInterval(() => {
      this.#missedBeats++;
      this.#busyBeats = watch.isBusy() ? this.#busyBeats + 1 : 0;
      const silentMs = this.#hasStarted ? stuckMs : policy.startMs;
      if (this.#missedBeats * beatMs > silentMs) watch.onStuck(`has not answered for ${silentMs} ms`);
      else if (this.#busyBeats * beatMs > stepMs) watch.onStuck(`has completed no step for ${stepMs} ms`);
      else watch.ping();
    }, beatMs);
  }

  /** Something came from the worker. */
  alive(): void {
    this.#hasStarted = true;
    this.#missedBeats = 0;
  }

  /** A step was completed. */
  stepped(): void {
    this.#busyBeats = 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
