import type { IncomingMessage, ServerResponse } from "node:http";
import type { Companion } from "./companion.ts";
import type { GraphApi } from "./graph-api.ts";
import { answerChallenge, type IncomingText, isSigned, readTexts } from "./webhook.ts";

export interface AppOptions {
  companion: Companion;
  graph: GraphApi;
  /** Signs what Meta posts. */
  appSecret: string;
  /** What was entered beside the address of the webhook. */
  verifyToken: string;
  /** Told what went wrong behind an answer that was sent already. */
  onError: (error: unknown) => void;
  /** Pages of one's own, such as the simulator; true when it answered. */
  otherRoutes?: ((request: IncomingMessage, response: ServerResponse) => Promise<boolean>) | undefined;
}

const maxBodyBytes = 256 * 1024;
/** Meta repeats deliveries for some time; what is older is somebody's replay. */
const maxAgeMs = 36 * 3_600_000;
const maxSeenIds = 10_000;

/** The webhook: `GET` answers Meta's challenge, `POST` takes messages. */
export class StudyApp {
  readonly #options: AppOptions;
  readonly #seenIds = new Set<string>();
  /** What each user waits for, so that answers come in order. */
  readonly #queues = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();

  constructor(options: AppOptions) {
    this.#options = options;
  }

  /** Answers a request of an HTTP server. */
  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    this.#route(request, response).catch((error: unknown) => {
      this.#options.onError(error);
      if (!response.headersSent) answer(response, 500, "Something failed");
    });
  };

  /** Resolves when everything that was taken is answered. */
  async settled(): Promise<void> {
    await Promise.all(this.#queues.values());
  }

  /** Ends what is under way. */
  close(): void {
    this.#closing.abort();
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname === "/webhook" && request.method === "GET") {
      const challenge = answerChallenge(url.searchParams, this.#options.verifyToken);
      return answer(response, challenge === null ? 403 : 200, challenge ?? "Wrong token");
    }
    if (url.pathname === "/webhook" && request.method === "POST") return await this.#take(request, response);
    if ((await this.#options.otherRoutes?.(request, response)) !== true) answer(response, 404, "Not here");
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body === null) return answer(response, 413, `At most ${maxBodyBytes} bytes`);
    const signature = request.headers["x-hub-signature-256"];
    // Before anything of it is parsed.
    if (!isSigned(body, typeof signature === "string" ? signature : undefined, this.#options.appSecret))
      return answer(response, 403, "The signature is not that of the body");
    let notification: unknown;
    try {
      notification = JSON.parse(body.toString());
    } catch {
      return answer(response, 400, "Not JSON");
    }
    const texts = readTexts(notification).filter((text) => this.#isNew(text));
    // At once: Meta repeats what takes long.
    answer(response, 200, texts.length === 0 ? "Nothing new" : "Taken");
    for (const text of texts) this.#enqueue(text);
  }

  #isNew({ channel, id, sentAt }: IncomingText): boolean {
    const key = `${channel}:${id}`;
    if (this.#seenIds.has(key) || Date.now() - sentAt.getTime() > maxAgeMs) return false;
    this.#seenIds.add(key);
    const [oldest] = this.#seenIds;
    if (this.#seenIds.size > maxSeenIds && oldest !== undefined) this.#seenIds.delete(oldest);
    return true;
  }

  #enqueue(incoming: IncomingText): void {
    const { companion, graph, onError } = this.#options;
    const { channel, account, user, text } = incoming;
    const key = `${channel}:${user}`;
    const { signal } = this.#closing;
    const done = (this.#queues.get(key) ?? Promise.resolve())
      .then(async () => {
        signal.throwIfAborted();
        await graph.send({ channel, account, user, text: await companion.answer(key, text, signal) }, signal);
      })
      .catch((error: unknown) => {
        if (!signal.aborted) onError(error);
      })
      .finally(() => {
        if (this.#queues.get(key) === done) this.#queues.delete(key);
      });
    this.#queues.set(key, done);
  }
}

/** Ends a response with a short text. */
export function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}

/** The bytes of a request as they came; null when they are too many. */
export async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
  }
  return size <= maxBodyBytes ? Buffer.concat(chunks) : null;
}
