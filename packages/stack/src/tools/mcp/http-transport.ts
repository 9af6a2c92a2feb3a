import { RefusedRequestError } from "@llamero/core/net/policy";
import { type Access, request } from "@llamero/core/net/request";
import type { Json } from "../../api/json.ts";
import { answerTo, type RpcMessage, type RpcRequest, readMessages } from "./json-rpc.ts";
import { McpError } from "./mcp-error.ts";
import type { McpLimits } from "./mcp-limits.ts";
import { readSentEvents } from "./read-events.ts";
import type { Exchange, McpTransport } from "./transport.ts";

export interface HttpTransportOptions {
  label: string;
  url: URL;
  access: Access;
  headers: Readonly<Record<string, string>>;
  limits: McpLimits;
}

/** The streamable HTTP transport: each request is a POST, answered by JSON or by a stream of events. */
export class HttpTransport implements McpTransport {
  readonly #options: HttpTransportOptions;
  #session: string | null = null;
  #version: string | null = null;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
  }

  setVersion(version: string): void {
    this.#version = version;
  }

  async send(message: RpcRequest, exchange: Exchange): Promise<RpcMessage> {
    const { label, limits } = this.#options;
    const response = await this.#post(message as unknown as Json, exchange);
    this.#session = response.headers.get("mcp-session-id") ?? this.#session;
    const fail = (reason: string, cause?: unknown): McpError =>
      new McpError(label, reason, { step: exchange.step, cause });
    const isStream = /^text\/event-stream/i.test(response.headers.get("content-type") ?? "");
    const body = response.body as AsyncIterable<Uint8Array> | null;
    try {
      if (body === null) throw fail("the answer is empty");
      if (isStream) {
        let numMessages = 0;
        for await (const { data } of readSentEvents(body, limits.answerBytes)) {
          for (const each of readMessages(data) ?? []) {
            if (each.id === message.id && each.method === undefined) return each;
            if (++numMessages > limits.messages)
              throw fail(`it sent ${limits.messages} messages that do not answer the request`);
            const answer = answerTo(each);
            if (answer !== null) await this.notify(answer, exchange);
          }
        }
        throw fail("its stream ended without an answer");
      }
      const text = await readText(body, limits.answerBytes);
      const found = readMessages(text)?.find(({ id }) => id === message.id);
      if (found === undefined) throw fail(`the answer is no JSON-RPC: ${text.slice(0, 80)}`);
      return found;
    } catch (error) {
      if (error instanceof McpError || exchange.signal.aborted) throw error;
      throw fail(error instanceof Error ? error.message : String(error), error);
    } finally {
      // What is left of a stream is not wanted.
      await response.body?.cancel().catch(() => {});
    }
  }

  async notify(message: Json, exchange: Exchange): Promise<void> {
    const response = await this.#post(message, exchange);
    await response.body?.cancel();
  }

  async close(): Promise<void> {
    if (this.#session === null) return;
    const { url, access, headers } = this.#options;
    const signal = AbortSignal.timeout(2000);
    const session = { "mcp-session-id": this.#session };
    await request(url, {
      purpose: "mcp",
      access,
      method: "DELETE",
      headers: { ...headers, ...session },
      signal,
    })
      .then((response) => response.body?.cancel())
      .catch(() => {});
  }

  async #post(message: Json, exchange: Exchange): Promise<Response> {
    const { label, url, access, headers, limits } = this.#options;
    const response = await reach(label, exchange, () =>
      request(url, {
        purpose: "mcp",
        access,
        method: "POST",
        headers: {
          ...headers,
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...(this.#session !== null && { "mcp-session-id": this.#session }),
          ...(this.#version !== null && { "mcp-protocol-version": this.#version }),
        },
        body: JSON.stringify(message),
        headersTimeoutMs: exchange.step === "call" ? limits.callMs : limits.connectMs,
        signal: exchange.signal,
      }),
    );
    if (!response.ok) throw await refusal(label, response, exchange);
    return response;
  }
}

/** Makes a failure to reach a server one that says which and at what. */
export async function reach(
  label: string,
  { step, signal }: Exchange,
  send: () => Promise<Response>,
): Promise<Response> {
  try {
    return await send();
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    // Refused by our rules, no retry helps; no answer to a call: it may have run.
    const canRetry =
      !(error instanceof RefusedRequestError) && (step !== "call" || /ECONNREFUSED|ENOTFOUND/.test(reason));
    throw new McpError(label, reason, { step, canRetry, cause: error });
  }
}

/** The error of an answer that is none. */
export async function refusal(label: string, response: Response, { step }: Exchange): Promise<McpError> {
  const body = response.body as AsyncIterable<Uint8Array> | null;
  const text = body === null ? "" : await readText(body, 4096).catch(() => "");
  await response.body?.cancel().catch(() => {});
  const said = text.replaceAll(/\s+/g, " ").trim().slice(0, 200);
  return new McpError(label, said, { step, status: response.status });
}

async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let numBytes = 0;
  for await (const chunk of body) {
    numBytes += chunk.length;
    if (numBytes > maxBytes) throw new RangeError(`its answer is longer than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
