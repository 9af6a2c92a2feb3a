import { request } from "@llamero/core/net/request";
import type { Json } from "../../api/json.ts";
import { type HttpTransportOptions, reach, refusal } from "./http-transport.ts";
import type { RpcMessage, RpcRequest } from "./json-rpc.ts";
import { McpError } from "./mcp-error.ts";
import { readSentEvents } from "./read-events.ts";
import type { Exchange, McpTransport } from "./transport.ts";
import { WaitingAnswers } from "./waiting-answers.ts";

/** The older HTTP transport: one stream of events from the server, which names where to POST. */
export class SseTransport implements McpTransport {
  readonly #options: HttpTransportOptions;
  readonly #answers = new WaitingAnswers();
  readonly #closed = new AbortController();
  #opened: Promise<URL> | null = null;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
  }

  setVersion(): void {}

  async send(message: RpcRequest, exchange: Exchange): Promise<RpcMessage> {
    return await this.#answers.wait(message.id, exchange, () =>
      this.notify(message as unknown as Json, exchange),
    );
  }

  async notify(message: Json, exchange: Exchange): Promise<void> {
    this.#opened ??= this.#open(exchange);
    const url = await this.#opened;
    const { label, access, headers, limits } = this.#options;
    const response = await reach(label, exchange, () =>
      request(url, {
        purpose: "mcp",
        access,
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(message),
        headersTimeoutMs: limits.connectMs,
        signal: exchange.signal,
      }),
    );
    if (!response.ok) throw await refusal(label, response, exchange);
    await response.body?.cancel();
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  async #open(exchange: Exchange): Promise<URL> {
    const { label, url, access, headers, limits } = this.#options;
    const response = await reach(label, exchange, () =>
      request(url, {
        purpose: "mcp",
        access,
        headers: { ...headers, accept: "text/event-stream" },
        headersTimeoutMs: limits.connectMs,
        signal: AbortSignal.any([this.#closed.signal]),
      }),
    );
    if (!response.ok) throw await refusal(label, response, exchange);
    const isStream = /^text\/event-stream/i.test(response.headers.get("content-type") ?? "");
    if (!isStream || response.body === null) {
      await response.body?.cancel();
      throw new McpError(label, "it speaks neither streamable HTTP nor server-sent events", {
        step: "connect",
      });
    }
    const body = response.body as unknown as AsyncIterable<Uint8Array>;
    return await new Promise<URL>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new McpError(label, "its stream names no endpoint", { step: "connect" }));
        this.#closed.abort();
      }, limits.connectMs);
      this.#read(body, (endpoint) => {
        clearTimeout(timer);
        const target = new URL(endpoint, url);
        // Its tokens must not go to another host.
        if (target.origin === url.origin) resolve(target);
        else reject(new McpError(label, `its endpoint lies on ${target.origin}`, { step: "connect" }));
      }).catch((error: unknown) => {
        clearTimeout(timer);
        const reason = error instanceof Error ? error.message : String(error);
        const failure = new McpError(label, reason, { step: "connect", cause: error });
        reject(failure);
        this.#answers.fail(failure);
      });
    });
  }

  async #read(body: AsyncIterable<Uint8Array>, onEndpoint: (endpoint: string) => void): Promise<void> {
    const exchange: Exchange = { step: "call", signal: this.#closed.signal };
    for await (const { event, data } of readSentEvents(body, this.#options.limits.answerBytes)) {
      if (event === "endpoint") onEndpoint(data);
      else this.#answers.take(data, (message) => void this.notify(message, exchange).catch(() => {}));
    }
    throw new Error("its stream has ended");
  }
}
