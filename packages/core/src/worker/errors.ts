/** What became of a worker or of a request that worker after worker died of. */
export type WorkerErrorCode = "worker-lost" | "request-kills-worker";

/** A request that no worker could answer. */
export class WorkerError extends Error {
  override readonly name = "WorkerError";
  readonly code: WorkerErrorCode;

  constructor(code: WorkerErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
