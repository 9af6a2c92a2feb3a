/** A request that does not fit the context. */
export class ContextOverflowError extends Error {
  override readonly name = "ContextOverflowError";
  readonly promptTokens: number;
  readonly maxTokens: number;
  readonly contextLimit: number;

  constructor(sizes: { promptTokens: number; maxTokens: number; contextLimit: number }) {
    const { promptTokens, maxTokens, contextLimit } = sizes;
    super(
      `Prompt of ${promptTokens} tokens plus ${maxTokens} to generate is ${promptTokens + maxTokens}, ` +
        `more than the context of ${contextLimit}; shorten the prompt or ask for fewer tokens`,
    );
    this.promptTokens = promptTokens;
    this.maxTokens = maxTokens;
    this.contextLimit = contextLimit;
  }
}

/** The waiting line is full; the caller may try again later. */
export class QueueFullError extends Error {
  override readonly name = "QueueFullError";
  readonly queueLimit: number;
  /** Requests that were being answered. */
  readonly numRunning: number;
  /** When a place in the line is likely to be free. */
  readonly retryAfterMs: number;

  constructor(queueLimit: number, load: { numRunning?: number; retryAfterMs?: number } = {}) {
    const { numRunning = 0, retryAfterMs = 1000 } = load;
    const seconds = Math.ceil(retryAfterMs / 1000);
    super(
      `${queueLimit} requests are already waiting, which is the limit, and ${numRunning} are being answered; ` +
        `try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}`,
    );
    this.queueLimit = queueLimit;
    this.numRunning = numRunning;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A model that needs more memory than there is. */
export class InsufficientMemoryError extends Error {
  override readonly name = "InsufficientMemoryError";
  readonly neededBytes: number;
  readonly availableBytes: number;

  constructor(message: string, sizes: { neededBytes: number; availableBytes: number }) {
    super(message);
    this.neededBytes = sizes.neededBytes;
    this.availableBytes = sizes.availableBytes;
  }
}
