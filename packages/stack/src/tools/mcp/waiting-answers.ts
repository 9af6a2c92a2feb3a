import type { Json } from "../../api/json.ts";
import { answerTo, type RpcMessage, readMessages } from "./json-rpc.ts";
import type { Exchange } from "./transport.ts";

interface Waiting {
  resolve: (message: RpcMessage) => void;
  reject: (error: unknown) => void;
}

/** Requests over one line of messages, each until its answer comes. */
export class WaitingAnswers {
  readonly #waiting = new Map<number, Waiting>();
  #failure: unknown = null;

  /** Takes a message of the other side; a question of its own is answered by `reply`. */
  take(text: string, reply: (message: Json) => void): void {
    for (const message of readMessages(text) ?? []) {
      const waiting =
        typeof message.id === "number" && message.method === undefined
          ? this.#waiting.get(message.id)
          : undefined;
      if (waiting !== undefined) waiting.resolve(message);
      else {
        const answer = answerTo(message);
        if (answer !== null) reply(answer);
      }
    }
  }

  /** Sends a request and waits for its answer. */
  async wait(id: number, { signal }: Exchange, send: () => Promise<void> | void): Promise<RpcMessage> {
    signal.throwIfAborted();
    if (this.#failure !== null) throw this.#failure;
    let onAbort = (): void => {};
    const answered = new Promise<RpcMessage>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
    });
    // A failure to send comes first.
    answered.catch(() => {});
    try {
      await send();
      return await answered;
    } finally {
      this.#waiting.delete(id);
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** The line is broken: nothing will be answered any more. */
  fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}
