import type { Json } from "../../api/json.ts";
import { version } from "../../version.ts";
import type { RpcMessage } from "./json-rpc.ts";
import { McpError, type McpStep } from "./mcp-error.ts";
import type { McpLimits } from "./mcp-limits.ts";
import type { McpTransport } from "./transport.ts";

/** A tool as its server describes it. */
export interface McpToolInfo {
  name: string;
  description: string;
  inputSchema: Record<string, Json>;
  annotations: { readOnlyHint?: boolean; destructiveHint?: boolean };
}

/** What a tool gave back. */
export interface McpCallResult {
  text: string;
  isError: boolean;
}

const protocolVersions = ["2025-06-18", "2025-03-26", "2024-11-05"];

export interface McpClientOptions {
  label: string;
  limits: McpLimits;
  /** Ways to the server, the preferred one first; the next is tried where the server does not speak one. */
  transports: readonly (() => McpTransport)[];
}

/** One connection to an MCP server, opened with the first request. */
export class McpClient {
  readonly #options: McpClientOptions;
  #numRequests = 0;
  #connected: Promise<McpTransport> | null = null;

  constructor(options: McpClientOptions) {
    this.#options = options;
  }

  /** The tools of the server as they come; a server that lists without end is cut. */
  async listTools(signal: AbortSignal): Promise<McpToolInfo[]> {
    const { label, limits } = this.#options;
    const tools: McpToolInfo[] = [];
    const seen = new Set<string>();
    for (let cursor: string | null = null; ; ) {
      const result = await this.#request("tools/list", cursor === null ? {} : { cursor }, {
        step: "list tools",
        ms: limits.listMs,
        signal,
      });
      const page: Json | undefined = objectOf(result)["tools"];
      if (!Array.isArray(page))
        throw new McpError(label, "the answer has no list of tools", { step: "list tools" });
      for (const each of page) tools.push(this.#toTool(each));
      if (tools.length > limits.listedTools) {
        throw new McpError(label, `it lists more than ${limits.listedTools} tools`, { step: "list tools" });
      }
      const next: Json | undefined = objectOf(result)["nextCursor"];
      if (typeof next !== "string" || next === "") return tools;
      if (seen.has(next) || seen.size >= 100)
        throw new McpError(label, "its list has no end", { step: "list tools" });
      seen.add(next);
      cursor = next;
    }
  }

  /** Calls a tool. */
  async callTool(
    name: string,
    args: { readonly [key: string]: Json },
    signal: AbortSignal,
  ): Promise<McpCallResult> {
    const { limits } = this.#options;
    const params = { name, arguments: args as Json };
    const result = objectOf(
      await this.#request("tools/call", params, { step: "call", ms: limits.callMs, signal }),
    );
    const content = Array.isArray(result["content"]) ? result["content"] : [];
    const parts = content.map(describeContent);
    if (parts.length === 0 && result["structuredContent"] !== undefined) {
      parts.push(JSON.stringify(result["structuredContent"]));
    }
    return { text: parts.join("\n"), isError: result["isError"] === true };
  }

  async close(): Promise<void> {
    const transport = await this.#connected?.catch(() => null);
    this.#connected = null;
    await transport?.close();
  }

  #toTool(value: Json): McpToolInfo {
    const { label } = this.#options;
    const { name, description, inputSchema, annotations } = objectOf(value);
    if (typeof name !== "string" || name === "") {
      throw new McpError(label, "a tool of its list has no name", { step: "list tools" });
    }
    const hints = objectOf(annotations);
    return {
      name,
      description: typeof description === "string" ? description : "",
      inputSchema: isObject(inputSchema) ? inputSchema : { type: "object", properties: {} },
      annotations: {
        ...(typeof hints["readOnlyHint"] === "boolean" && { readOnlyHint: hints["readOnlyHint"] }),
        ...(typeof hints["destructiveHint"] === "boolean" && { destructiveHint: hints["destructiveHint"] }),
      },
    };
  }

  async #request(method: string, params: Json, limit: Limit): Promise<Json | undefined> {
    const transport = await this.#connect(limit.signal);
    try {
      return await this.#exchange(transport, method, params, limit);
    } catch (error) {
      if (!(error instanceof McpError)) throw error;
      // 404 with a session: it has ended; a process that has ended is started again by whoever tries again.
      const isGone = error.status === 404 || error.step === "connect";
      if (!isGone) throw error;
      this.#connected = null;
      void transport.close().catch(() => {});
      if (error.status !== 404) throw error;
      return await this.#exchange(await this.#connect(limit.signal), method, params, limit);
    }
  }

  #connect(signal: AbortSignal): Promise<McpTransport> {
    if (this.#connected === null) {
      const connecting = this.#open(signal);
      this.#connected = connecting;
      connecting.catch(() => {
        if (this.#connected === connecting) this.#connected = null;
      });
    }
    return this.#connected;
  }

  async #open(signal: AbortSignal): Promise<McpTransport> {
    const { transports, limits } = this.#options;
    for (const [at, create] of transports.entries()) {
      const transport = create();
      try {
        const limit: Limit = { step: "connect", ms: limits.connectMs, signal };
        const params: Json = {
          protocolVersion: protocolVersions[0]!,
          capabilities: {},
          clientInfo: { name: "llamero", version },
        };
        const result = objectOf(await this.#exchange(transport, "initialize", params, limit));
        const agreed = result["protocolVersion"];
        transport.setVersion(typeof agreed === "string" ? agreed : protocolVersions[0]!);
        await transport.notify({ jsonrpc: "2.0", method: "notifications/initialized" }, limit);
        return transport;
      } catch (error) {
        void transport.close().catch(() => {});
        // These are how a server that speaks only the older transport answers a POST.
        const isOther = error instanceof McpError && [400, 404, 405, 406, 415].includes(error.status ?? 0);
        if (!isOther || at === transports.length - 1) throw error;
        return await this.#openRest(at + 1, signal).catch((later: unknown) => {
          // What the preferred transport said is what the user can do something about, unless the other asks who it is.
          throw later instanceof McpError && [401, 403].includes(later.status ?? 0) ? later : error;
        });
      }
    }
    throw new TypeError("There is no transport");
  }

  async #openRest(from: number, signal: AbortSignal): Promise<McpTransport> {
    const { transports } = this.#options;
    const rest = new McpClient({ ...this.#options, transports: transports.slice(from) });
    return await rest.#open(signal);
  }

  async #exchange(
    transport: McpTransport,
    method: string,
    params: Json,
    limit: Limit,
  ): Promise<Json | undefined> {
    const { label } = this.#options;
    const { step, ms } = limit;
    const timeout = AbortSignal.timeout(ms);
    const signal = AbortSignal.any([limit.signal, timeout]);
    const id = ++this.#numRequests;
    let answer: RpcMessage;
    try {
      answer = await transport.send({ jsonrpc: "2.0", id, method, params }, { step, signal });
    } catch (error) {
      if (!timeout.aborted || limit.signal.aborted) throw error;
      throw new McpError(label, `no answer within ${ms / 1000} s`, {
        step,
        canRetry: step !== "call",
        cause: error,
      });
    }
    if (answer.error !== undefined) {
      const { code, message } = answer.error;
      throw new McpError(label, `error ${code}: ${String(message).slice(0, 500)}`, { step });
    }
    return answer.result;
  }
}

interface Limit {
  step: McpStep;
  ms: number;
  signal: AbortSignal;
}

const isObject = (value: Json | undefined): value is Record<string, Json> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const objectOf = (value: Json | undefined): Record<string, Json | undefined> =>
  isObject(value) ? value : {};

/** A part of a result as a model reads it; what is no text is named. */
function describeContent(part: Json): string {
  const { type, text, resource, uri, name, mimeType } = objectOf(part);
  if (type === "text" && typeof text === "string") return text;
  if (type === "resource") {
    const inside = objectOf(resource);
    return typeof inside["text"] === "string" ? inside["text"] : `[resource ${String(inside["uri"])}]`;
  }
  if (type === "resource_link") return `[${String(name ?? "resource")}](${String(uri)})`;
  return `[${String(type)}${typeof mimeType === "string" ? ` ${mimeType}` : ""}, which the model cannot read]`;
}
