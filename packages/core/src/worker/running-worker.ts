import type { StartWorker, ToWorker, WorkerListener, WorkerPort } from "./protocol.ts";

/** One worker from start to exit. */
export class RunningWorker {
  readonly #port: WorkerPort;
  readonly #exited: Promise<void>;
  #killReason: string | null = null;
  #hasExited = false;

  constructor(start: StartWorker, listener: WorkerListener) {
    let exited: () => void;
    this.#exited = new Promise((resolve) => {
      exited = resolve;
    });
    this.#port = start({
      onMessage: (message) => listener.onMessage(message),
      onExit: (why) => {
        if (this.#hasExited) return;
        this.#hasExited = true;
        exited();
        listener.onExit(this.#killReason ?? why);
      },
    });
  }

  get pid(): number | null {
    return this.#port.pid;
  }

  send(message: ToWorker): void {
    if (!this.#hasExited) this.#port.send(message);
  }

  kill(why: string): void {
    this.#killReason ??= why;
    this.#port.kill();
  }

  /** Lets the worker give everything back; kills it when that takes too long. Resolves when it is gone. */
  async close(closeMs: number): Promise<void> {
    this.send({ type: "close" });
    const timer = setTimeout(() => this.#port.kill(), closeMs);
    await this.#exited;
    clearTimeout(timer);
  }
}
