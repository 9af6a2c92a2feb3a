import type { Access } from "@llamero/core/net/request";
import { HttpError } from "../../http/http-error.ts";
import type { McpServerSettings } from "../tool-settings.ts";
import { HttpTransport, type HttpTransportOptions } from "./http-transport.ts";
import { McpClient, type McpToolInfo } from "./mcp-client.ts";
import { mcpLimits } from "./mcp-limits.ts";
import { SseTransport } from "./sse-transport.ts";
import { StdioTransport } from "./stdio-transport.ts";

/** A server that a request names by its address. */
export interface RequestedServer {
  label: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  authorization: string | null;
}

/** A connection and what it is known to have. */
export interface OpenServer {
  client: McpClient;
  /** Lists the tools once, and keeps the list for a while. */
  list(signal: AbortSignal): Promise<readonly McpToolInfo[]>;
}

const listKeptMs = 5 * 60_000;
const maxServers = 64;

/** Headers that say where a message ends or goes; they are not for requests to set. */
const ownHeaders =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|content-type|accept|mcp-.*|proxy-.*)$/i;

/** Connections to MCP servers, one for each server and its credentials, opened at first use. */
export class McpServers {
  readonly settings: readonly McpServerSettings[];
  readonly #allowedHosts: ReadonlySet<string>;
  readonly #open = new Map<string, OpenServer>();

  /** `allowedHosts`: hosts and ports that requests may name though they are not public, such as `127.0.0.1:9000`. */
  constructor(settings: readonly McpServerSettings[] = [], allowedHosts: readonly string[] = []) {
    this.settings = settings;
    this.#allowedHosts = new Set(allowedHosts);
  }

  /** A server of the configuration. */
  configured(settings: McpServerSettings): OpenServer {
    const { label, url, command, args = [], env = {}, cwd, headers = {} } = settings;
    return this.#get(`config ${label}`, () => {
      if (url !== undefined)
        return this.#overHttp({ label, url: new URL(url), headers, access: "public-after-redirect" });
      const stdio = { label, command: command!, args, env, cwd, limits: mcpLimits };
      return new McpClient({ label, limits: mcpLimits, transports: [() => new StdioTransport(stdio)] });
    });
  }

  /** A server that a request names; its address must be public or allowed. Each owner has connections of its own. */
  requested({ label, url: text, headers, authorization }: RequestedServer, owner: string): OpenServer {
    const refuse = (message: string): HttpError =>
      new HttpError(400, message, { param: "tools", code: "invalid_value" });
    let url: URL;
    try {
      url = new URL(text);
    } catch {
      throw refuse(`The MCP server ${label}: server_url is no URL: ${text.slice(0, 100)}`);
    }
    if (!/^https?:$/.test(url.protocol)) {
      throw refuse(
        `The MCP server ${label}: server_url begins with http:// or https://, not ${url.protocol}`,
      );
    }
    const bad = Object.keys(headers).find((name) => ownHeaders.test(name) || !/^[\w-]+$/.test(name));
    if (bad !== undefined)
      throw refuse(`The MCP server ${label}: the header ${bad.slice(0, 50)} cannot be set`);
    const line = [...Object.values(headers), authorization ?? ""].find((value) => /[\r\n\0]/.test(value));
    if (line !== undefined) throw refuse(`The MCP server ${label}: a header holds a line break`);
    const all = { ...headers, ...(authorization !== null && { authorization: `Bearer ${authorization}` }) };
    const access: Access = this.#allowedHosts.has(url.host) ? "public-after-redirect" : "public";
    const key = JSON.stringify([owner, url.href, label, Object.entries(all).sort()]);
    return this.#get(key, () => this.#overHttp({ label, url, headers: all, access }));
  }

  async close(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(all.map(({ client }) => client.close()));
  }

  #overHttp(options: Omit<HttpTransportOptions, "limits">): McpClient {
    const full = { ...options, limits: mcpLimits };
    const transports = [() => new HttpTransport(full), () => new SseTransport(full)];
    return new McpClient({ label: options.label, limits: mcpLimits, transports });
  }

  #get(key: string, create: () => McpClient): OpenServer {
    const found = this.#open.get(key);
    // The one used last goes last.
    if (found !== undefined) this.#open.delete(key);
    const server = found ?? openServer(create());
    this.#open.set(key, server);
    const [oldest] = this.#open;
    if (this.#open.size > maxServers && oldest !== undefined) {
      this.#open.delete(oldest[0]);
      void oldest[1].client.close();
    }
    return server;
  }
}

function openServer(client: McpClient): OpenServer {
  let listed: { tools: Promise<readonly McpToolInfo[]>; at: number } | null = null;
  return {
    client,
    async list(signal) {
      if (listed !== null && Date.now() - listed.at < listKeptMs) return await listed.tools;
      const tools = client.listTools(signal);
      const own = { tools, at: Date.now() };
      listed = own;
      try {
        return await tools;
      } catch (error) {
        if (listed === own) listed = null;
        throw error;
      }
    },
  };
}
